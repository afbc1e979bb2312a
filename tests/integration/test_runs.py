"""Runs as a whole: in scripts and other processes, cancelled, interrupted, reopened, killed."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pandas as pd
import pytest

from dpnb import InlineExecutor, Orchestrator, TaskContext, Workspace, get_planner, get_run, runs, task
from dpnb.errors import (
    CorruptResultError,
    LedgerReadOnlyError,
    PlanError,
    RunExistsError,
    RunNotFoundError,
    RunTimeoutError,
    TaskFailedError,
    TaskNotFinishedError,
    TransportError,
    UnknownTaskError,
)
from dpnb.orchestrator.driver import RunDriver
from tests.outcomes import states
from tests.processes import is_gone
from tests.waiting import until

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("registry")]


@pytest.fixture
def orchestrator():
    return Orchestrator(workers=2)


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


def test_cancel_ends_a_run_and_its_processes(orchestrator, tmp_path):
    @task
    def endless() -> None:
        (tmp_path / "pid").write_text(str(os.getpid()))
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        while True:
            time.sleep(1)

    @task
    def after(endless) -> None: ...

    run = orchestrator.start_pipeline(plan())
    until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text())
    run.cancel().wait(10)
    assert run.status == "cancelled"
    assert set(states(run).values()) <= {"cancelled", "skipped"}
    assert is_gone(int((tmp_path / "pid").read_text()))
    assert run.cancel().status == "cancelled"


def test_an_interrupt_while_waiting_cancels_the_run(orchestrator, tmp_path):
    @task
    def endless() -> None:
        (tmp_path / "started").touch()
        time.sleep(600)

    run = orchestrator.start_pipeline(plan())
    until((tmp_path / "started").exists)
    threading.Timer(0.2, os.kill, [os.getpid(), signal.SIGINT]).start()
    with pytest.raises(KeyboardInterrupt):
        run.wait(60)
    assert run.status == "cancelled"


def test_interrupts_that_come_while_a_run_is_cancelled_do_not_break_that_off(orchestrator, tmp_path, monkeypatch):
    @task
    def endless() -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        (tmp_path / "started").touch()
        time.sleep(600)

    cancel, wishes = RunDriver.cancel, []

    def cancel_amid_interrupts(driver, *, at_once=False):
        signal.raise_signal(signal.SIGINT)
        wishes.append(at_once)
        cancel(driver, at_once=at_once)
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(RunDriver, "cancel", cancel_amid_interrupts)
    handler = signal.getsignal(signal.SIGINT)
    run = orchestrator.start_pipeline(plan())
    until((tmp_path / "started").exists)
    threading.Timer(0.2, os.kill, [os.getpid(), signal.SIGINT]).start()
    with pytest.raises(KeyboardInterrupt) as caught:
        run.wait(60)
    assert caught.value.__context__ is None
    assert wishes == [False, True]
    assert run.status == "cancelled"
    assert signal.getsignal(signal.SIGINT) is handler

    @task
    def one() -> int:
        return 1

    assert orchestrator.start_pipeline(plan(targets=["one"])).wait(60)["one"] == 1


def test_a_timeout_ends_the_attempt_within_a_second(orchestrator):
    @task(timeout=0.3, fail_safe=True)
    def endless() -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        while True:
            pass

    @task(dependencies=["endless"])
    def after() -> int:
        return 1

    run = orchestrator.start_pipeline(plan()).wait(60)
    assert states(run) == {"endless": "timed_out", "after": "succeeded"}
    assert run.tasks.set_index("task").loc["endless", "duration"].total_seconds() < 1.5
    assert "0.3 s" in run.failures["error"].iloc[0]


def test_a_cooperative_task_hears_that_it_is_cancelled(orchestrator, tmp_path):
    @task
    def polite(context: TaskContext) -> None:
        (tmp_path / "started").touch()
        while not context.cancelled:
            time.sleep(0.01)
        (tmp_path / "heard").touch()

    run = orchestrator.start_pipeline(plan())
    until((tmp_path / "started").exists)
    run.cancel().wait(10)
    assert (tmp_path / "heard").exists()


def test_killed_worker_costs_only_its_own_attempt(orchestrator, tmp_path):
    @task(max_retries=1, retry_delay=0)
    def dies_once(context: TaskContext) -> int:
        if context.attempt == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return context.attempt

    @task
    def sibling() -> int:
        time.sleep(0.3)
        return 1

    run = orchestrator.start_pipeline(plan()).wait(60)
    assert run["dies_once"] == 2
    assert run.tasks.set_index("task")["attempts"].to_dict() == {"dies_once": 2, "sibling": 1}
    assert run.failures["exit_status"].tolist() == ["signal 9 (SIGKILL)"]
    assert "signal 9" in run.failures["error"].iloc[0]


def test_a_worker_that_is_lost_while_it_writes_leaves_nothing_half_written(orchestrator, tmp_path, home):
    note = tmp_path / "note"

    class Deadly:
        def __reduce__(self):
            if not note.exists():
                note.touch()
                os.kill(os.getppid(), signal.SIGKILL)  # the fork server, and this worker with it
                time.sleep(60)
            return str, ("second time",)

    @task
    def deadly():
        return [bytes(3_000_000), Deadly()]

    run = orchestrator.start_pipeline(plan()).wait(30)
    assert run["deadly"][1] == "second time"
    assert run.tasks.loc[0, "attempts"] == 1
    assert not list(home.rglob("*.tmp"))


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


def test_a_run_of_a_killed_process_is_interrupted_and_its_workers_are_gone(tmp_path, home):
    script = tmp_path / "killed.py"
    script.write_text(
        textwrap.dedent("""
            import os, sys, time
            from dpnb import Orchestrator, get_planner, task

            @task
            def quick() -> int: return 1

            @task
            def endless(quick: int) -> None:
                print(os.getpid(), flush=True)
                time.sleep(600)

            run = Orchestrator(workers=1).start_pipeline(get_planner().create_execution_plan())
            while not run.logs("endless"): time.sleep(0.01)
            run.record  # all that has happened is in the ledger
            print(run.run_id, run.logs("endless"), flush=True)
            time.sleep(600)
        """)
    )
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        run_id, pid = process.stdout.readline().split()
        process.kill()
    until(lambda: is_gone(int(pid)), seconds=2)
    run = get_run(run_id)
    assert run.status == "interrupted"
    assert run["quick"] == 1
    assert runs()["status"].astype(str).tolist() == ["interrupted"]


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


def test_a_run_that_is_not_waited_for_ends_with_its_process(tmp_path, home):
    script = tmp_path / "left.py"
    script.write_text(
        textwrap.dedent("""
            import time
            from dpnb import Orchestrator, get_planner, task

            @task
            def endless() -> None: time.sleep(600)

            run = Orchestrator(workers=1).start_pipeline(get_planner().create_execution_plan())
            while run.tasks["state"].iloc[0] != "running": time.sleep(0.01)
        """)
    )
    execute(script)
    assert runs()["status"].astype(str).tolist() == ["cancelled"]


def test_an_interrupted_workspace_is_where_it_should_be(tmp_path, monkeypatch):
    monkeypatch.delenv("DPNB_HOME")
    project = tmp_path / "project"
    (project / "notebooks").mkdir(parents=True)
    (project / "pyproject.toml").touch()
    monkeypatch.chdir(project / "notebooks")
    assert Workspace().home == project / ".dpnb"
    (project / "notebooks" / ".dpnb").mkdir()
    assert Workspace().home == project / "notebooks" / ".dpnb"


def test_runs_of_one_name_in_two_workspaces_are_two_runs(tmp_path):
    @task
    def endless() -> None:
        time.sleep(600)

    first, second = (Workspace(tmp_path / name) for name in ("first", "second"))
    for workspace in (first, second):
        Orchestrator(workers=1, workspace=workspace).start_pipeline(plan(), run_id="same")
    assert get_run("same", first).cancel().wait(10).status == "cancelled"
    assert get_run("same", second).is_running
    assert get_run("same", second).cancel().wait(10).status == "cancelled"


def test_a_flood_of_output_holds_up_neither_kernel_nor_run(orchestrator):
    @task
    def flood() -> int:
        sys.stdout.write("y" * 30_000_000)
        return 1

    run = orchestrator.start_pipeline(plan()).wait(60)
    assert run["flood"] == 1
    assert len(run.logs("flood")) < 11 * 2**20


def test_a_workspace_that_may_only_be_read_is_browsed_and_not_run_in(orchestrator, home, monkeypatch):
    @task
    def one() -> int:
        return 1

    run_id = orchestrator.start_pipeline(plan()).wait(60).run_id
    may = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK and may(path, mode))
    workspace = Workspace(home)
    assert workspace.runs()["run_id"].tolist() == [run_id]
    assert get_run(run_id, workspace)["one"] == 1
    with pytest.raises(LedgerReadOnlyError, match="DPNB_HOME"):
        Orchestrator(workers=1, workspace=workspace).start_pipeline(plan())


def test_a_result_that_took_another_s_place_is_noticed(orchestrator):
    @task
    def value(x: int) -> int:
        return x

    first, second = (orchestrator.start_pipeline(plan(params={"x": x})).wait(60) for x in (1, 2))
    path, other = (run.results["path"].iloc[0] for run in (first, second))
    Path(path).write_bytes(Path(other).read_bytes())
    with pytest.raises(CorruptResultError):
        first["value"]
    assert second["value"] == 2


def test_results_are_plain_pickles_at_their_paths(orchestrator):
    @task
    def frame() -> pd.DataFrame:
        return pd.DataFrame({"값": [1, 2]})

    run = orchestrator.start_pipeline(plan()).wait(60)
    pd.testing.assert_frame_equal(pd.read_pickle(run.results["path"].iloc[0]), run["frame"])


def test_an_interrupt_at_an_inline_task_cancels_the_run():
    @task
    def interrupted() -> None:
        signal.raise_signal(signal.SIGINT)

    @task(dependencies=["interrupted"])
    def after() -> None: ...

    with pytest.raises(KeyboardInterrupt):
        Orchestrator(executor=InlineExecutor()).start_pipeline(plan())
    assert runs()["status"].astype(str).tolist() == ["cancelled"]


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


def test_an_endless_message_is_cut(orchestrator):
    @task(fail_safe=True)
    def wordy() -> None:
        raise ValueError("x" * 5_000_000)

    run = orchestrator.start_pipeline(plan()).wait(60)
    assert len(run.tasks["reason"].iloc[0]) < 400
    assert len(run.failures["traceback"].iloc[0]) < 50_000


def test_a_log_that_cannot_be_written_holds_up_no_run(orchestrator, monkeypatch):
    @task
    def loud() -> int:
        print("x" * 100_000)
        return 1

    def full(**_) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(orchestrator.workspace.logs, "append", full)
    assert orchestrator.start_pipeline(plan()).wait(30)["loud"] == 1


def short_ones_then_long_ones(registry, *, broken: bool) -> None:
    """Define tasks whose pace has long ones handed out ahead of their turn."""

    def short() -> None: ...

    def fails() -> None:
        raise ValueError("한 번도")

    def long() -> None:
        time.sleep(0.3)

    for number in range(30):
        task(short, name=f"a{number:02}", registry=registry)
    if broken:
        task(fails, name="b", registry=registry)
    for number in range(20):
        task(long, name=f"c{number:02}", registry=registry)


def test_a_failed_run_starts_nothing_that_was_handed_out_ahead(registry, orchestrator):
    short_ones_then_long_ones(registry, broken=True)
    run = orchestrator.start_pipeline(plan()).wait(30)
    table = run.tasks.set_index("task")
    skipped = table[table["state"] == "skipped"]
    assert len(skipped) >= 20 - 2 * run.record.workers
    assert (skipped["attempts"] == 0).all()
    assert skipped["started"].isna().all()
    assert set(skipped["reason"]) == {"task 'b' failed"}


def test_a_cancelled_run_tells_of_no_attempt_that_never_began(registry, orchestrator):
    short_ones_then_long_ones(registry, broken=False)
    run = orchestrator.start_pipeline(plan())
    until(lambda: any(name.startswith("c") and state == "running" for name, state in states(run).items()))
    run.cancel().wait(30)
    table = run.tasks
    cancelled = table[table["state"] == "cancelled"]
    assert (cancelled["attempts"] == 1).sum() <= 2
    assert cancelled.loc[cancelled["attempts"] == 0, ["started", "duration"]].isna().all(axis=None)
    assert len(run.attempts) == table["attempts"].sum()


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


def test_a_rule_for_retries_that_takes_its_time_holds_up_no_deadline(orchestrator, tmp_path):
    beat = tmp_path / "beat"

    def slow_rule(attempt):
        time.sleep(30)
        return float(attempt)

    @task(max_retries=1, retry_delay=slow_rule, fail_safe=True)
    def failing():
        raise ValueError

    @task(timeout=0.5, fail_safe=True)
    def endless():
        while True:
            beat.touch()

    run = orchestrator.start_pipeline(plan())
    until(lambda: run.tasks.set_index("task").state["endless"] == "timed_out")
    assert run.is_running
    assert run.cancel().wait(10).status == "cancelled"
    assert run.tasks.set_index("task").state["failing"] in ("cancelled", "failed")
