"""What it costs to run a task on a Dask cluster, beside a plain ``client.submit`` to the same workers.

Dask stores nothing and dpnb does: each attempt's result, log and row lie in the workspace at the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dpnb import Orchestrator, Workspace
from dpnb.orchestrator import DaskExecutor
from dpnb.planner import DAGBuilder, Planner
from dpnb.registry import TaskRegistry, task
from tests.benchmark.workload import noop

if TYPE_CHECKING:
    from collections.abc import Callable

TASKS = 500
PLAIN = "Dask’s client.submit, stores nothing"


@pytest.fixture
def run_all(client: Any, fresh_folder) -> Callable[[], None]:
    registry = TaskRegistry()
    for number in range(TASKS):
        task(noop, name=f"task_{number:05d}", registry=registry)
    plan = Planner(DAGBuilder(registry)).create_execution_plan()
    orchestrator = Orchestrator(executor=DaskExecutor(client), workspace=Workspace(fresh_folder()))

    def run() -> None:
        assert orchestrator.start_pipeline(plan).wait().status == "succeeded"

    return run


@pytest.mark.benchmark(group="500 no-op tasks on Dask")
def test_tasks_on_dask(benchmark, in_turns, run_all, client):
    benchmark.extra_info["goal_ratio"] = {PLAIN: 1.3}

    def submit_all() -> None:
        client.gather([client.submit(noop, number, pure=False) for number in range(TASKS)])

    in_turns(run_all, {PLAIN: submit_all})
