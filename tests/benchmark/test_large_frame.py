"""A frame of 400 MB through three tasks: one makes it, one doubles it, one reduces it to a number.

Two workers each, warm, with pandas imported; a first round that does not count; what a round stored goes before the
next. dpnb stores both frames, and maps them: on disk beside a hand-over in parquet files, written and read uncompressed
in `ProcessPoolExecutor`'s workers, and in memory beside Ray, whose object store lies in shared memory. Dask distributed
runs all three tasks where the frame is, hands nothing over and keeps nothing: that is the bare computation.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dpnb import Orchestrator, Workspace
from dpnb.orchestrator import PoolExecutor
from dpnb.planner import DAGBuilder, Planner
from dpnb.registry import TaskRegistry, task
from tests.benchmark.peers import WORKERS
from tests.benchmark.workload import doubled, make_frame, mean

if TYPE_CHECKING:
    from dpnb.planner import ExecutionPlan

ROUNDS = 3

ON_DISK = pytest.mark.benchmark(group="a 400 MB frame through three tasks, on disk")
IN_MEMORY = pytest.mark.benchmark(group="a 400 MB frame through three tasks, in memory")
SHARED_MEMORY = Path("/dev/shm")

pytestmark = pytest.mark.filterwarnings("default")  # what the peers warn of is theirs


@pytest.fixture
def plan() -> ExecutionPlan:
    registry = TaskRegistry()
    task(make_frame, name="made", registry=registry)
    task(name="doubled", inputs={"frame": "made"}, registry=registry)(doubled)
    task(name="mean", inputs={"frame": "doubled"}, registry=registry)(mean)
    return Planner(DAGBuilder(registry)).create_execution_plan()


def make_file(path: str) -> None:
    make_frame().to_parquet(path, compression=None)


def double_file(path: str, target: str) -> None:
    import pandas as pd

    doubled(pd.read_parquet(path)).to_parquet(target, compression=None)


def mean_of_file(path: str) -> float:
    import pandas as pd

    return mean(pd.read_parquet(path))


def is_right(number: float) -> bool:
    return abs(number - 1) < 0.001


def measure_dpnb(benchmark: Any, plan: ExecutionPlan, folder: Path) -> None:
    workspace = Workspace(folder)
    orchestrator = Orchestrator(executor=PoolExecutor(WORKERS), workspace=workspace)
    runs: list[str] = []

    def clear() -> None:
        while runs:
            workspace.io_manager.clear_run(run_id=runs.pop())

    def run() -> None:
        done = orchestrator.start_pipeline(plan).wait()
        runs.append(done.run_id)
        assert is_right(done["mean"])

    benchmark.pedantic(run, setup=clear, rounds=ROUNDS, warmup_rounds=1)
    clear()


@ON_DISK
def test_frame_on_disk(benchmark, plan, fresh_folder):
    benchmark.extra_info["goal_ratio"] = {"parquet hand-over": 1}
    measure_dpnb(benchmark, plan, fresh_folder())


@ON_DISK
def test_parquet_peer(benchmark, submit, fresh_folder):
    benchmark.extra_info["peer"] = "parquet hand-over"
    folder = fresh_folder()
    made, double = str(folder / "made.parquet"), str(folder / "doubled.parquet")

    def clear() -> None:
        for file in folder.iterdir():
            file.unlink()

    def run() -> None:
        submit(make_file, made).result()
        submit(double_file, made, double).result()
        assert is_right(submit(mean_of_file, double).result())

    benchmark.pedantic(run, setup=clear, rounds=ROUNDS, warmup_rounds=1)
    clear()


@IN_MEMORY
@pytest.mark.skipif(not SHARED_MEMORY.is_dir(), reason="this system has no file system in memory at /dev/shm")
def test_frame_in_memory(benchmark, plan, fresh_folder):
    benchmark.extra_info["goal_ratio"] = {"Ray": 1}
    measure_dpnb(benchmark, plan, fresh_folder(SHARED_MEMORY))


@IN_MEMORY
def test_ray_peer(benchmark, ray):
    benchmark.extra_info["peer"] = "Ray"
    make, double, reduce = (ray.remote(func) for func in (make_frame, doubled, mean))

    def run() -> None:
        assert is_right(ray.get(reduce.remote(double.remote(make.remote()))))

    benchmark.pedantic(run, rounds=ROUNDS, warmup_rounds=1)


@IN_MEMORY
def test_dask_peer(benchmark, client):
    benchmark.extra_info["peer"] = "Dask distributed"

    def run() -> None:
        frame = client.submit(make_frame, pure=False)
        assert is_right(client.submit(mean, client.submit(doubled, frame, pure=False), pure=False).result())

    benchmark.pedantic(run, rounds=ROUNDS, warmup_rounds=1)
