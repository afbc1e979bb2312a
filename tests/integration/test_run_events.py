"""Runs that speak: to this process and to others, live and afterwards, whatever becomes of listeners and brokers."""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import sys
import textwrap
import threading
import time
from collections import defaultdict

import pytest

from dpnb import InlineExecutor, Orchestrator, Workspace, get_planner, get_run, task
from dpnb.errors import BrokerUnavailableError
from dpnb.registry import TaskContext
from dpnb.run_events import RunFinished, RunResumed, RunSnapshot, Speaker, TaskChanged, run_pattern
from tests.fake_broker import FakeBroker
from tests.outcomes import states
from tests.waiting import until

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("registry")]


def plan():
    return get_planner().create_execution_plan()


def by_task(events) -> dict[str, list[str]]:
    words = defaultdict(list)
    for event in events:
        if ".task." in event.topic:
            words[event.task].append(event.topic.rpartition(".")[2])
    return dict(words)


async def test_a_loop_hears_a_run_as_it_goes_and_again_afterwards(orchestrator, tmp_path):
    gate = tmp_path / "gate"

    @task(stream_output=True)
    def 조각():
        yield 1
        while not gate.exists():
            time.sleep(0.005)
        yield 2

    @task(max_retries=1, retry_delay=0)
    def flaky(context: TaskContext) -> int:
        if context.attempt == 1:
            raise ValueError("아직")
        context.progress(0.5, "반쯤")
        return 1

    @task
    def after(조각, flaky) -> None: ...

    run = orchestrator.start_pipeline(plan())
    live = []
    async for event in run.events():
        live.append(event)
        if event.topic.endswith(".chunk"):
            assert run.results["task"].tolist().count("조각") >= 1, "what is told can be read"
            gate.touch()
    assert by_task(live) == {
        "조각": ["running", "chunk", "chunk", "succeeded"],
        "flaky": ["running", "retrying", "running", "progress", "succeeded"],
        "after": ["running", "succeeded"],
    }
    assert await asyncio.to_thread(list, run.events()) == live
    code = f"""
        from dpnb import get_run
        for event in get_run({run.run_id!r}).events():
            print(event.to_json())
    """
    told = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=60
    )
    assert told.stdout.splitlines() == [event.to_json() for event in live], told.stderr


def test_a_run_of_another_process_is_followed_and_its_death_is_told(home, tmp_path):
    script = f"""
        import time
        from dpnb import Orchestrator, get_planner, task

        @task
        def first() -> int: return 1

        @task
        def endless(first) -> None:
            open({str(tmp_path / "runs")!r}, "w").close()
            time.sleep(600)

        Orchestrator(workers=1).start_pipeline(get_planner().create_execution_plan(), run_id="그 런").wait()
    """
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)])
    until((tmp_path / "runs").exists)
    run = get_run("그 런", Workspace(home))
    heard = []
    for event in run.events():
        heard.append(event)
        if event.topic.endswith("endless.running"):
            process.kill()
            process.wait()
    assert by_task(heard) == {"first": ["running", "succeeded"], "endless": ["running", "cancelled"]}
    assert isinstance(heard[-1], RunFinished)
    assert heard[-1].status == "interrupted"
    assert RunSnapshot.of(heard).tasks["endless"].reason == "the process that drove the run has ended"


def test_a_resumed_run_tells_of_both_of_its_times(pipeline):
    def first() -> int:
        return 1

    def second(first: int) -> int:
        raise ValueError("not yet")

    pipeline.define(first)
    pipeline.define(second)
    run = pipeline.run()
    before = list(run.events())

    def second(first: int) -> int:  # type: ignore[no-redef]
        return first + 1

    pipeline.define(second)
    run = pipeline.resume(run)
    events = list(run.events())
    assert events[: len(before)] == before
    assert isinstance(events[len(before)], RunResumed)
    assert by_task(events[len(before) :]) == {"second": ["pending", "running", "succeeded"]}
    snapshot = run.snapshot()
    assert (snapshot.status, snapshot.resumptions) == ("succeeded", 1)
    assert {name: str(one.state) for name, one in snapshot.tasks.items()} == states(run)
    assert [(snapshot.tasks[row.task].attempts, snapshot.tasks[row.task].reason) for row in run.task_records()] == [
        (row.attempts, row.reason) for row in run.task_records()
    ]


def test_what_is_reused_is_told_with_the_run_that_made_it(pipeline):
    def kept() -> list[int]:
        return [1]

    pipeline.define(kept)
    run = pipeline.run()
    again = pipeline.rerun(run)
    assert by_task(again.events()) == {"kept": ["reused"]}
    assert again.snapshot().tasks["kept"].origin == run.run_id


def test_a_cancelled_run_says_so_of_every_task(orchestrator, tmp_path):
    @task
    def slow() -> None:
        (tmp_path / "runs").touch()
        time.sleep(600)

    @task
    def never(slow) -> None: ...

    run = orchestrator.start_pipeline(plan())
    until((tmp_path / "runs").exists)
    run.cancel(at_once=True).wait(60)
    events = list(run.events())
    assert by_task(events) == {"slow": ["running", "cancelled"], "never": ["cancelled"]}
    assert isinstance(events[-1], RunFinished)
    assert events[-1].status == "cancelled"


def many_tasks(count: int = 30) -> None:
    def nothing() -> None: ...

    for number in range(count):
        task(nothing, name=f"일 {number}")


def test_all_that_the_ledger_keeps_goes_to_the_broker(home):
    many_tasks()
    workspace = Workspace(home)
    heard = workspace.broker.consumer().consume(run_pattern())
    run = Orchestrator(workers=2, workspace=workspace).start_pipeline(plan()).wait(60)
    told = list(run.events())
    assert [heard.get_sync(30) for _ in told] == told
    assert sum(isinstance(event, TaskChanged) for event in told) == 60


def test_without_a_listener_there_is_neither_broker_nor_thread(home):
    many_tasks(3)
    workspace = Workspace(home)
    Orchestrator(executor=InlineExecutor(), workspace=workspace).start_pipeline(plan())
    assert "broker" not in vars(workspace)
    assert "speaker" not in vars(workspace)


def test_a_subscriber_that_hangs_holds_no_run_up(home):
    many_tasks()
    workspace = Workspace(home)
    subscription = workspace.broker.consumer().consume(run_pattern(), maxsize=1, overflow="block")
    run = Orchestrator(workers=2, workspace=workspace).start_pipeline(plan())
    assert run.wait(60).status == "succeeded"
    subscription.close()


def hang(_event) -> None:
    threading.Event().wait()


def dead(_event) -> None:
    raise BrokerUnavailableError("redis://nowhere", reason="connection refused", hint="start it.")


def faulty(_event) -> None:
    raise RuntimeError("a fault of the client's")


@pytest.mark.parametrize("before", [hang, dead, faulty])
def test_a_broker_that_does_not_work_holds_no_run_up(home, before):
    many_tasks()
    workspace = Workspace(home, broker=FakeBroker(before))
    run = Orchestrator(workers=2, workspace=workspace).start_pipeline(plan())
    assert run.wait(60).status == "succeeded"
    assert len(list(run.events())) == 62


def test_a_broker_that_comes_back_hears_of_the_run_once_and_in_order(home):
    many_tasks()
    is_back = threading.Event()

    def down(event) -> None:
        if not is_back.is_set():
            dead(event)

    broker = FakeBroker(down)
    workspace = Workspace(home, broker=broker)
    workspace.__dict__["speaker"] = Speaker(broker, workspace.ledger, pauses=lambda: itertools.repeat(0.01))
    run = Orchestrator(executor=InlineExecutor(), workspace=workspace).start_pipeline(plan())
    assert broker.taken == []
    is_back.set()
    assert workspace.speaker.flush(30)
    assert broker.taken == [event.event_id for event in run.events()]


def test_one_setting_names_the_broker_and_a_wrong_one_is_refused_before_anything_starts(home, monkeypatch):
    many_tasks(1)
    monkeypatch.setenv("DPNB_BROKER", "carrier-pigeon:")
    workspace = Workspace(home)
    with pytest.raises(BrokerUnavailableError, match="carrier-pigeon"):
        Orchestrator(executor=InlineExecutor(), workspace=workspace).start_pipeline(plan())
    assert len(workspace.runs()) == 0
    monkeypatch.setenv("DPNB_BROKER", "memory:")
    workspace = Workspace(home)
    Orchestrator(executor=InlineExecutor(), workspace=workspace).start_pipeline(plan())
    assert workspace.speaker.flush(30)
    assert workspace.speaker.told == 4


def test_workspaces_of_one_folder_speak_to_whoever_listens_at_any_of_them(home):
    many_tasks(1)
    heard = Workspace(home).broker.consumer().consume("run.*.finished")
    run = Orchestrator(executor=InlineExecutor(), workspace=Workspace(home)).start_pipeline(plan())
    assert heard.get_sync(timeout=30).data["run_id"] == run.run_id
