"""From nothing to the first task's result: a fresh interpreter that imports, starts two workers and runs one task.

Each does what its documentation shows, with two workers. dpnb plans, runs, stores, records and reads back; its fork
server preloads pandas, as always. `ProcessPoolExecutor` forks a process that has imported nothing; Dask's workers and
Ray's have not imported pandas either.
"""

from __future__ import annotations

import subprocess
import sys
from typing import IO, TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

DPNB = """
from dpnb import Orchestrator, get_planner, task

@task
def answer():
    return 42

run = Orchestrator(workers=2).start_pipeline(get_planner().create_execution_plan()).wait()
print(run["answer"], flush=True)
"""
PROCESS_POOL = """
from concurrent.futures import ProcessPoolExecutor

def answer():
    return 42

with ProcessPoolExecutor(2) as pool:
    print(pool.submit(answer).result(), flush=True)
"""
DASK = """
from distributed import Client

def answer():
    return 42

if __name__ == "__main__":
    with Client(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as client:
        print(client.submit(answer).result(), flush=True)
"""
RAY = """
import ray

ray.init(num_cpus=2, include_dashboard=False)

@ray.remote
def answer():
    return 42

print(ray.get(answer.remote()), flush=True)
ray.shutdown()
"""
PATIENCE_S = 60

pytestmark = pytest.mark.benchmark(group="first result in a fresh process")


@pytest.fixture
def first_result(benchmark, fresh_folder) -> Iterator[Callable[..., None]]:
    """Give a function that measures until a script prints 42; that its process ends is waited for in between."""
    started: list[subprocess.Popen[str]] = []

    def settle() -> None:
        while started:
            process = started.pop()
            process.communicate(timeout=PATIENCE_S)

    def start(script: Path) -> None:
        process = subprocess.Popen(
            [sys.executable, script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=script.parent
        )
        started.append(process)
        assert _line_of(process.stdout) == "42"

    def measure(code: str, *, rounds: int) -> None:
        script = fresh_folder() / "script.py"
        script.write_text(code)
        benchmark.pedantic(start, args=(script,), setup=settle, rounds=rounds, warmup_rounds=min(1, rounds - 1))

    yield measure
    settle()


def _line_of(stdout: IO[str] | None) -> str:
    """Return what is printed first, past what a peer says about itself."""
    assert stdout is not None
    return next((line.strip() for line in stdout if line.strip() == "42"), "")


def test_dpnb(benchmark, first_result):
    benchmark.extra_info["goal_ratio"] = {"Dask distributed": 1, "Ray": 1}
    first_result(DPNB, rounds=8)


def test_process_pool(benchmark, first_result):
    benchmark.extra_info["peer"] = "ProcessPoolExecutor, stores nothing"
    first_result(PROCESS_POOL, rounds=8)


def test_dask(benchmark, first_result):
    pytest.importorskip("distributed")
    benchmark.extra_info["peer"] = "Dask distributed"
    first_result(DASK, rounds=3)


def test_ray(benchmark, first_result):
    pytest.importorskip("ray")
    benchmark.extra_info["peer"] = "Ray"
    first_result(RAY, rounds=1)
