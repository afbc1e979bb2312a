"""What it costs to run a task: in the bare pool, and with orchestrator, store and ledger around it.

All have two workers that are warm and import nothing more than the tasks need. The peers store nothing. Ours and the
peers take turns, and no round deletes what an earlier one has written (`fresh_folder` says why).
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

from dpnb import Orchestrator, Workspace
from dpnb.orchestrator import PoolExecutor, PoolOptions, ProcessPool
from dpnb.planner import DAGBuilder, Planner
from dpnb.registry import TaskRegistry, task
from tests.benchmark.peers import WORKERS, installed_pools, process_pool_executor
from tests.benchmark.workload import noop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dpnb.planner import ExecutionPlan

TASKS = 5_000
IN_MEMORY = Path("/dev/shm")
STORES_NOTHING = "ProcessPoolExecutor, stores nothing"


def call_all(submit: Callable[..., Any]) -> None:
    for future in [submit(noop) for _ in range(TASKS)]:
        future.result()


@pytest.fixture
def peers() -> Iterator[dict[str, Callable[[], object]]]:
    """Give what makes all calls in each pool that is installed."""
    with ExitStack() as opened:
        submits = {name: opened.enter_context(pool()) for name, pool in installed_pools().items()}
        yield {name: partial(call_all, submit) for name, submit in submits.items()}


@pytest.fixture
def peer() -> Iterator[dict[str, Callable[[], object]]]:
    with process_pool_executor() as submit:
        yield {STORES_NOTHING: partial(call_all, submit)}


@pytest.fixture(scope="module")
def plan() -> ExecutionPlan:
    registry = TaskRegistry()
    for number in range(TASKS):
        task(noop, name=f"task_{number:05d}", registry=registry)
    return Planner(DAGBuilder(registry)).create_execution_plan()


@pytest.fixture
def run_all(plan, request, fresh_folder) -> Callable[[], None]:
    """Give a function that runs the plan in a folder of its own, with the fork server warm."""
    executor = PoolExecutor(WORKERS, options=PoolOptions(preload=()))
    workspace = Workspace(fresh_folder(getattr(request, "param", None)))
    orchestrator = Orchestrator(executor=executor, workspace=workspace)

    def run() -> None:
        assert orchestrator.start_pipeline(plan).wait().status == "succeeded"

    return run


@pytest.mark.benchmark(group="5,000 calls in the bare pool")
def test_bare_pool(benchmark, in_turns, peers):
    benchmark.extra_info["goal_ratio"] = {"ProcessPoolExecutor": 1}
    with ProcessPool(WORKERS, options=PoolOptions(preload=())) as pool:
        in_turns(partial(call_all, pool.submit), peers)


def make_files(home: Path) -> None:
    """Make one folder and one small file a task, renamed into place: what the disk alone takes, in one process."""
    for number in range(TASKS):
        folder = f"{home}/task_{number:05d}"
        os.mkdir(folder)  # noqa: PTH102 - the system call is what is measured
        descriptor = os.open(f"{folder}/.tmp", os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        os.write(descriptor, bytes(230))
        os.close(descriptor)
        os.rename(f"{folder}/.tmp", f"{folder}/result_001.pkl")  # noqa: PTH104 - as above


@pytest.mark.benchmark(group="5,000 no-op tasks, stored, on disk")
def test_tasks_on_disk(benchmark, in_turns, run_all, peer, fresh_folder):
    benchmark.extra_info["goal_ratio"] = {STORES_NOTHING: 1.5}
    in_turns(run_all, {**peer, "the disk alone: mkdir, write, rename": lambda: make_files(fresh_folder())})


@pytest.mark.skipif(not IN_MEMORY.is_dir(), reason="this system has no file system in memory at /dev/shm")
@pytest.mark.parametrize("run_all", [IN_MEMORY], indirect=True, ids=["in memory"])
@pytest.mark.benchmark(group="5,000 no-op tasks, stored, in memory")
def test_tasks_in_memory(benchmark, in_turns, run_all, peer):
    benchmark.extra_info["goal_ratio"] = {STORES_NOTHING: 1.5}
    in_turns(run_all, peer)


@pytest.fixture
def run_heard(plan, fresh_folder) -> Iterator[Callable[[], None]]:
    """Give a function that runs the plan while somebody hears, through a broker, all that the run says."""
    workspace = Workspace(fresh_folder())
    orchestrator = Orchestrator(executor=PoolExecutor(WORKERS, options=PoolOptions(preload=())), workspace=workspace)
    heard: list[str] = []
    with workspace.broker.consumer().consume("run.**") as subscription:
        listener = Thread(target=lambda: heard.extend(event.topic for event in subscription))
        listener.start()

        def run() -> None:
            assert orchestrator.start_pipeline(plan).wait().status == "succeeded"

        yield run
        assert workspace.speaker.flush(60)
        assert workspace.speaker.dropped == 0
    listener.join()
    assert len(heard) > TASKS


@pytest.mark.benchmark(group="5,000 no-op tasks, stored, heard by a subscriber")
def test_tasks_that_somebody_hears(benchmark, in_turns, run_heard, run_all):
    benchmark.extra_info["goal_ratio"] = {"the same, nobody listens": 1.3}
    in_turns(run_heard, {"the same, nobody listens": run_all})
