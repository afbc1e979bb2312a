"""Runs as a whole: in scripts and other processes, waited for, looked at, several at once."""

from __future__ import annotations

import asyncio
import multiprocessing
import subprocess
import sys
import textwrap
import threading
import time

import pytest

from dpnb import InlineExecutor, Orchestrator, get_planner, get_run, runs, task
from dpnb.errors import (
    PlanError,
    RunExistsError,
    RunNotFoundError,
    RunTimeoutError,
    TaskFailedError,
    TaskNotFinishedError,
    TransportError,
    UnknownTaskError,
)
from tests.waiting import until

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("registry")]


def plan(**options):
    return get_planner().create_execution_plan(**options)


SCRIPT = """
    import sys
    if len(sys.argv) > 1:
        import multiprocessing
        multiprocessing.set_start_method(sys.argv[1])
    from dpnb import Orchestrator, get_planner, task

    FACTOR = 3

    class Box:
        def __init__(self, content): self.content = content

    def helper(x): return x * FACTOR

    @task
    def box() -> Box: return Box(helper(14))

    @task
    def opened(box: Box) -> int: return box.content

    run = Orchestrator(workers=2).start_pipeline(get_planner().create_execution_plan()).wait()
    print(run.run_id, run["opened"], type(run["box"]) is Box)
"""


def execute(script, *arguments) -> str:
    done = subprocess.run(
        [sys.executable, str(script), *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("start_method", ["fork", "spawn", "forkserver"])
def test_a_script_without_a_main_guard_runs_under_every_start_method(tmp_path, start_method):
    assert start_method in multiprocessing.get_all_start_methods()
    script = tmp_path / "pipeline.py"
    script.write_text(textwrap.dedent(SCRIPT))
    assert execute(script, start_method).split()[1:] == ["42", "True"]


def test_a_new_process_gets_everything_that_the_live_run_gave(orchestrator):
    @task
    def 이름() -> dict[str, list[int]]:
        print("찍힌 말")
        return {"값": [1, 2]}

    @task(fail_safe=True)
    def broken(이름) -> None:
        raise ValueError("까닭")

    run = orchestrator.start_pipeline(plan(), metadata={"누구": "나"}).wait(60)
    code = f"""
        from dpnb import get_run
        run = get_run({run.run_id!r})
        print(run.status, run["이름"], run.metadata, run.logs("이름").strip(), sep="|")
        print(*(f.to_json(date_format="iso") for f in (run.tasks, run.results, run.failures, run.attempts)))
        print(run._repr_mimebundle_()["text/html"])
    """
    told = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=60, check=True
    ).stdout
    first, frames, html = told.split("\n", 2)
    assert first == "succeeded|{'값': [1, 2]}|{'누구': '나'}|찍힌 말"
    assert frames == " ".join(
        f.to_json(date_format="iso") for f in (run.tasks, run.results, run.failures, run.attempts)
    )
    assert html.rstrip("\n") == run._repr_mimebundle_()["text/html"]


def test_start_returns_at_once_and_wait_may_give_up(orchestrator, tmp_path):
    gate = tmp_path / "gate"

    @task
    def gated() -> str:
        while not gate.exists():
            time.sleep(0.01)
        return "through"

    run = orchestrator.start_pipeline(plan())
    assert run.is_running
    with pytest.raises(RunTimeoutError):
        run.wait(0.05)
    with pytest.raises(TaskNotFinishedError):
        run["gated"]
    gate.touch()
    assert run.wait(60)["gated"] == "through"


def test_logs_and_chunks_can_be_looked_at_while_the_task_runs(orchestrator, tmp_path):
    gate = tmp_path / "gate"

    @task(stream_output=True)
    def parts():
        print("first is out", flush=True)
        yield "first"
        while not gate.exists():
            time.sleep(0.01)
        yield "second"

    run = orchestrator.start_pipeline(plan())
    until(lambda: len(run.results) == 1)
    assert list(run["parts"]) == ["first"]
    until(lambda: "first is out" in run.logs("parts"))
    gate.touch()
    assert list(run.wait(60)["parts"]) == ["first", "second"]


def test_await_lets_the_loop_go_on(orchestrator):
    @task
    def slow() -> int:
        time.sleep(0.2)
        return 1

    async def scenario():
        ticks = 0

        async def tick():
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep(0.01)

        ticking = asyncio.create_task(tick())
        run = await orchestrator.start_pipeline(plan())
        ticking.cancel()
        return run["slow"], ticks, (await run)["slow"]

    value, ticks, again = asyncio.run(scenario())
    assert value == again == 1
    assert ticks > 3


def test_a_cell_run_again_while_the_run_goes_on_changes_nothing_in_it(orchestrator, tmp_path):
    gate = tmp_path / "gate"

    @task
    def first() -> None:
        while not gate.exists():
            time.sleep(0.01)

    def define(word: str) -> None:
        @task(dependencies=["first"])
        def second() -> str:
            return word

    define("old")
    run = orchestrator.start_pipeline(plan())
    define("new")
    gate.touch()
    assert run.wait(60)["second"] == "old"


def test_what_cannot_travel_is_refused_before_anything_starts(orchestrator):
    connection = {"deep": [threading.Lock()]}

    @task
    def uses() -> int:
        return len(connection)

    with pytest.raises(TransportError, match=r"connection\['deep'\]\[0\] \(lock\)"):
        orchestrator.start_pipeline(plan())
    assert runs().empty


def test_a_run_parameter_that_cannot_travel_is_named(orchestrator):
    @task
    def uses(thing=None) -> None: ...

    with pytest.raises(TransportError, match=r"params\['thing'\]"):
        orchestrator.start_pipeline(plan(), params={"thing": threading.Lock()})


def test_a_huge_global_is_warned_of_with_its_size(orchestrator):
    block = bytes(11 * 2**20)

    @task
    def uses() -> int:
        return len(block)

    with pytest.warns(UserWarning, match=r"11 MiB of them in 'block'"):
        run = orchestrator.start_pipeline(plan())
    assert run.wait(60)["uses"] == len(block)


def test_parameters_override_those_of_the_plan(orchestrator):
    @task
    def year(start: int, offset: int = 1) -> int:
        return start + offset

    made = plan(params={"start": 2000})
    assert orchestrator.start_pipeline(made).wait(60)["year"] == 2001
    run = orchestrator.start_pipeline(made, params={"start": 2013, "offset": 2}).wait(60)
    assert run["year"] == 2015
    assert run.params == {"start": 2013, "offset": 2}
    with pytest.raises(PlanError, match="starts"):
        orchestrator.start_pipeline(made, params={"starts": 1})


def test_run_ids_are_the_user_s_to_choose_once(orchestrator):
    @task
    def one() -> int:
        return 1

    assert orchestrator.start_pipeline(plan(), run_id="밤/1").wait(60)["one"] == 1
    assert get_run("밤/1")["one"] == 1
    with pytest.raises(RunExistsError):
        orchestrator.start_pipeline(plan(), run_id="밤/1")
    with pytest.raises(RunNotFoundError, match="밤/1"):
        get_run("밤/2")
    with pytest.raises(UnknownTaskError, match="one"):
        get_run("밤/1")["onee"]
    assert runs()["run_id"].tolist() == ["밤/1"]


def test_two_runs_go_on_at_once(orchestrator):
    @task
    def slow(x: int = 0) -> int:
        time.sleep(0.3)
        return x

    made = plan()
    both = [orchestrator.start_pipeline(made, params={"x": x}) for x in (1, 2)]
    assert [run.wait(60)["slow"] for run in both] == [1, 2]
    first, second = (run.tasks.iloc[0] for run in both)
    assert second["started"] < first["started"] + first["duration"]


def test_a_thousand_tasks_run_in_order(orchestrator):
    @task(name="n0")
    def zero() -> int:
        return 0

    for number in range(1, 300):

        @task(name=f"n{number}", inputs={"before": f"n{number - 1}"})
        def step(before: int) -> int:
            return before + 1

    for number in range(700):

        @task(name=f"wide{number}")
        def wide(n0: int) -> int:
            return n0

    run = orchestrator.start_pipeline(plan()).wait(120)
    assert run["n299"] == 299
    assert (run.tasks["state"] == "succeeded").all()
    assert len(run.tasks) == 1000


def test_an_inline_failure_keeps_the_exception_with_the_user_s_frames():
    @task
    def broken() -> None:
        raise ValueError("까닭")

    run = Orchestrator(executor=InlineExecutor()).start_pipeline(plan())
    with pytest.raises(TaskFailedError) as caught:
        run["broken"]
    cause = caught.value.__cause__
    assert isinstance(cause, ValueError)
    assert cause.__traceback__ is not None
    assert cause.__traceback__.tb_frame.f_code.co_name == "broken"


def test_what_has_not_run_says_where_to_look_instead(orchestrator):
    @task(fail_safe=True)
    def broken() -> None:
        raise ValueError("x")

    @task
    def after(broken) -> None: ...

    run = orchestrator.start_pipeline(plan()).wait(30)
    with pytest.raises(TaskFailedError, match=r"run\.debug\('broken'\)"):
        run["broken"]
    with pytest.raises(TaskFailedError, match="was skipped") as caught:
        run["after"]
    assert "run.debug" not in str(caught.value)
