"""What executors promise, and how a run tells what it misses."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from dpnb import InlineExecutor, Orchestrator, Workspace, get_run
from dpnb.errors import ExecutorKindError
from dpnb.notebook.panel.board import Board
from dpnb.orchestrator import FuturesExecutor, Guarantees, PoolExecutor, Timeouts
from dpnb.orchestrator.guarantees import missing_of
from dpnb.orchestrator.pool import PoolOptions, ProcessPool
from dpnb.planner import DAGBuilder, Planner
from dpnb.registry import TaskRegistry, task

LAX = "it cannot kill: timeouts are noticed, not enforced"


def plan_of(**options):
    registry = TaskRegistry()

    @task(registry=registry, **options)
    def 하나() -> int:
        return 1

    return Planner(DAGBuilder(registry)).create_execution_plan()


@pytest.fixture
def threads():
    with ThreadPoolExecutor(1) as made:
        yield made


def test_what_promises_all_misses_nothing():
    assert Guarantees().missing({"timeout", "memory_limit", "stream_output"}) == ()
    assert missing_of(PoolExecutor(1, options=PoolOptions(preload=())), plan_of(timeout=1)) == ()


def test_only_what_tasks_ask_for_is_missed():
    promises = Guarantees(timeouts=Timeouts.NOTICED, kill=False, memory_limits=False, live_streams=False)
    assert promises.missing() == ("it cannot kill an attempt that runs",)
    assert promises.missing({"timeout"}) == (LAX,)
    assert promises.missing({"memory_limit"})[1:] == ("memory limits are not enforced",)
    assert promises.missing({"stream_output"})[1:] == ("a stream is read once it is complete",)
    assert Guarantees(timeouts=Timeouts.IGNORED).missing({"timeout"}) == ("timeouts are not looked after",)


def test_a_run_tells_what_it_misses_wherever_it_is_shown(threads, tmp_path):
    workspace = Workspace(tmp_path / "store")
    run = Orchestrator(executor=threads, workspace=workspace).start_pipeline(plan_of(timeout=60)).wait(60)
    line = f"On concurrent.futures.ThreadPoolExecutor: {LAX}; a process that dies takes other attempts with it."
    assert run.missing == line
    assert get_run(run.run_id, workspace).missing == line
    assert Board(names=list(run), snapshot=run.snapshot()).moment(0)["missing"] == line
    assert LAX in run._repr_mimebundle_()["text/plain"]
    assert LAX in run._repr_mimebundle_()["text/html"]


def test_another_owner_of_the_run_speaks_for_itself(threads, tmp_path):
    registry = TaskRegistry()
    flag = tmp_path / "flag"

    @task(registry=registry, timeout=60)
    def once() -> int:
        if not flag.exists():
            raise ConnectionError
        return 1

    plan = Planner(DAGBuilder(registry)).create_execution_plan()
    workspace = Workspace(tmp_path / "store")
    run = Orchestrator(executor=threads, workspace=workspace).start_pipeline(plan).wait(60)
    assert run.missing
    flag.touch()
    run.resume(executor=ProcessPool(1, options=PoolOptions(preload=())), registry=registry).wait(60)
    assert run.status == "succeeded"
    assert run.missing == run.snapshot().executor == ""


def test_what_is_no_executor_is_refused():
    for given in (object(), InlineExecutor, "dask"):
        with pytest.raises(ExecutorKindError, match="Hint: a Dask client"):
            Orchestrator(executor=given)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="not both"):
        Orchestrator(workers=1, executor=InlineExecutor())


def test_an_executor_of_futures_says_how_many_run_at_once(threads):
    assert FuturesExecutor(threads).capacity == 1
    assert FuturesExecutor(threads, workers=7).capacity == 7
    assert Orchestrator(executor=threads).executor.name == "concurrent.futures.ThreadPoolExecutor"
