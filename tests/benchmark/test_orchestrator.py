"""What it costs to run a task: in the bare pool, and with orchestrator, store and ledger around it."""

from __future__ import annotations

import os
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from dpnb import Orchestrator, Workspace
from dpnb.orchestrator import PoolExecutor, PoolOptions, ProcessPool
from dpnb.planner import DAGBuilder, Planner
from dpnb.registry import TaskRegistry, task

TASKS = 5_000
WORKERS = 2
ROUNDS = 4
IN_MEMORY = Path("/dev/shm")


def noop() -> None: ...


def call_all(pool) -> None:
    for future in [pool.submit(noop) for _ in range(TASKS)]:
        future.result()


@pytest.fixture
def peer_pool():
    with ProcessPoolExecutor(WORKERS) as pool:
        call_all(pool)
        yield pool


@pytest.fixture(scope="module")
def plan():
    registry = TaskRegistry()
    for number in range(TASKS):
        task(noop, name=f"task_{number:05d}", registry=registry)
    return Planner(DAGBuilder(registry)).create_execution_plan()


@pytest.fixture
def run_all(plan, request):
    """Give a function that runs the plan in a new workspace, with the fork server warm."""
    folder = getattr(request, "param", None)
    with tempfile.TemporaryDirectory(dir=folder) as home:
        options = PoolOptions(preload=())
        orchestrator = Orchestrator(executor=PoolExecutor(WORKERS, options=options), workspace=Workspace(home))

        def run() -> None:
            assert orchestrator.start_pipeline(plan).wait().status == "succeeded"

        yield run


@pytest.mark.benchmark(group="5,000 calls in the bare pool")
def test_bare_pool(benchmark):
    benchmark.extra_info["goal_ratio"] = 1
    with ProcessPool(WORKERS, options=PoolOptions(preload=())) as pool:
        benchmark.pedantic(call_all, args=(pool,), rounds=ROUNDS, warmup_rounds=1)


@pytest.mark.benchmark(group="5,000 calls in the bare pool")
def test_bare_pool_peer(benchmark, peer_pool):
    benchmark.extra_info["peer"] = "ProcessPoolExecutor"
    benchmark.pedantic(call_all, args=(peer_pool,), rounds=ROUNDS)


@pytest.mark.benchmark(group="5,000 no-op tasks, stored, on disk")
def test_tasks_on_disk(benchmark, run_all):
    benchmark.extra_info["goal_ratio"] = 2
    benchmark.pedantic(run_all, rounds=ROUNDS, warmup_rounds=1)


@pytest.mark.benchmark(group="5,000 no-op tasks, stored, on disk")
def test_tasks_on_disk_peer(benchmark, peer_pool):
    benchmark.extra_info["peer"] = "ProcessPoolExecutor, stores nothing"
    benchmark.pedantic(call_all, args=(peer_pool,), rounds=ROUNDS)


@pytest.mark.skipif(not IN_MEMORY.is_dir(), reason="this system has no file system in memory at /dev/shm")
@pytest.mark.parametrize("run_all", [IN_MEMORY], indirect=True, ids=["in memory"])
@pytest.mark.benchmark(group="5,000 no-op tasks, stored, in memory")
def test_tasks_in_memory(benchmark, run_all):
    benchmark.extra_info["goal_ratio"] = 2
    benchmark.pedantic(run_all, rounds=ROUNDS, warmup_rounds=1)


@pytest.mark.benchmark(group="5,000 no-op tasks, stored, in memory")
def test_tasks_in_memory_peer(benchmark, peer_pool):
    benchmark.extra_info["peer"] = "ProcessPoolExecutor, stores nothing"
    benchmark.pedantic(call_all, args=(peer_pool,), rounds=ROUNDS)


@pytest.mark.benchmark(group="5,000 no-op tasks beside the disk alone")
def test_tasks_beside_the_disk(benchmark, run_all):
    benchmark.pedantic(run_all, rounds=ROUNDS, warmup_rounds=1)


@pytest.mark.benchmark(group="5,000 no-op tasks beside the disk alone")
def test_folders_and_files_alone_peer(benchmark):
    """One folder and one small file a task, renamed into place, by one process that does nothing else."""
    benchmark.extra_info["peer"] = "mkdir, write, rename"

    def make(home: str) -> None:
        for number in range(TASKS):
            folder = f"{home}/task_{number:05d}"
            os.mkdir(folder)  # noqa: PTH102 - the system call is what is measured
            descriptor = os.open(f"{folder}/.tmp", os.O_WRONLY | os.O_CREAT | os.O_EXCL)
            os.write(descriptor, bytes(230))
            os.close(descriptor)
            os.rename(f"{folder}/.tmp", f"{folder}/result_001.pkl")  # noqa: PTH104 - as above

    def setup():
        return (tempfile.mkdtemp(dir=root),), {}

    with tempfile.TemporaryDirectory() as root:
        benchmark.pedantic(make, setup=setup, rounds=ROUNDS)
