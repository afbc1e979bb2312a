"""Runs whose tasks wait for each other: a chain, and ten stages that fan out and in again.

All have two workers that are warm. dpnb stores every result and records every task; the peers store nothing.
`ProcessPoolExecutor` knows no dependencies: this process waits for the results and hands them on. Dask distributed is
told the whole graph at once, as dpnb is; it gets one round, being slow.
"""

from __future__ import annotations

from functools import partial
from inspect import Parameter, Signature
from typing import TYPE_CHECKING, Any

import pytest

from dpnb import Orchestrator, Workspace
from dpnb.orchestrator import PoolExecutor, PoolOptions
from dpnb.planner import DAGBuilder, Planner
from dpnb.registry import TaskRegistry, task
from tests.benchmark.peers import WORKERS
from tests.benchmark.workload import first, greatest, one_more

if TYPE_CHECKING:
    from collections.abc import Callable

LENGTH = 1_000
STAGES = 10
WIDTH = 500

CHAIN = pytest.mark.benchmark(group=f"a chain of {LENGTH:,} tasks")
FANS = pytest.mark.benchmark(group=f"fan-out and fan-in, {STAGES} × {WIDTH} tasks")


@pytest.fixture
def run_tasks(fresh_folder) -> Callable[[TaskRegistry, int], Callable[[], None]]:
    """Give a function that makes a registry's tasks into what runs them and checks the last one's result."""

    def prepare(registry: TaskRegistry, expected: int) -> Callable[[], None]:
        plan = Planner(DAGBuilder(registry)).create_execution_plan()
        executor = PoolExecutor(WORKERS, options=PoolOptions(preload=()))
        orchestrator = Orchestrator(executor=executor, workspace=Workspace(fresh_folder()))
        last = plan.execution_order[-1]

        def run() -> None:
            assert orchestrator.start_pipeline(plan).wait()[last] == expected

        return run

    return prepare


def chain_of_tasks() -> TaskRegistry:
    registry = TaskRegistry()
    task(first, name="task_0", registry=registry)
    for number in range(1, LENGTH):
        task(name=f"task_{number}", inputs={"number": f"task_{number - 1}"}, registry=registry)(one_more)
    return registry


def chain_of_calls(submit: Callable[..., Any]) -> None:
    number = submit(first).result()
    for _ in range(1, LENGTH):
        number = submit(one_more, number).result()
    assert number == LENGTH - 1


def chain_in_dask(client: Any) -> None:
    future = client.submit(first, pure=False)
    for _ in range(1, LENGTH):
        future = client.submit(one_more, future, pure=False)
    assert future.result() == LENGTH - 1


def join(names: list[str]) -> Callable[..., int]:
    """Return `greatest` with a parameter of each name."""

    def joined(**named: int) -> int:
        return greatest(**named)

    parameters = [Parameter(name, Parameter.KEYWORD_ONLY, annotation=int) for name in names]
    joined.__signature__ = Signature(parameters, return_annotation=int)  # type: ignore[attr-defined]
    return joined


def fans_of_tasks() -> TaskRegistry:
    registry = TaskRegistry()
    task(first, name="join_0", registry=registry)
    for stage in range(1, STAGES + 1):
        task(name=f"source_{stage}", inputs={"number": f"join_{stage - 1}"}, registry=registry)(one_more)
        names = [f"part_{stage}_{number}" for number in range(WIDTH)]
        for name in names:
            task(name=name, inputs={"number": f"source_{stage}"}, registry=registry)(one_more)
        task(name=f"join_{stage}", registry=registry)(join(names))
    return registry


def fans_of_calls(submit: Callable[..., Any]) -> None:
    number = submit(first).result()
    for _ in range(STAGES):
        source = submit(one_more, number).result()
        parts = [submit(one_more, source) for _ in range(WIDTH)]
        number = submit(greatest, *[part.result() for part in parts]).result()
    assert number == 2 * STAGES


def fans_in_dask(client: Any) -> None:
    joined = client.submit(first, pure=False)
    for _ in range(STAGES):
        source = client.submit(one_more, joined, pure=False)
        parts = [client.submit(one_more, source, pure=False) for _ in range(WIDTH)]
        joined = client.submit(greatest, *parts, pure=False)
    assert joined.result() == 2 * STAGES


@CHAIN
def test_chain(benchmark, in_turns, run_tasks, submit):
    benchmark.extra_info["goal_ratio"] = {"Dask distributed": 1}
    run = run_tasks(chain_of_tasks(), LENGTH - 1)
    in_turns(run, {"ProcessPoolExecutor, stores nothing": partial(chain_of_calls, submit)})


@CHAIN
@pytest.mark.filterwarnings("default")
def test_chain_in_dask(benchmark, client):
    benchmark.extra_info["peer"] = "Dask distributed"
    benchmark.pedantic(chain_in_dask, args=(client,), rounds=2)


@FANS
def test_fans(benchmark, in_turns, run_tasks, submit):
    benchmark.extra_info["goal_ratio"] = {"Dask distributed": 1}
    run = run_tasks(fans_of_tasks(), 2 * STAGES)
    in_turns(run, {"ProcessPoolExecutor, stores nothing": partial(fans_of_calls, submit)}, rounds=2)


@FANS
@pytest.mark.filterwarnings("default")
def test_fans_in_dask(benchmark, client):
    benchmark.extra_info["peer"] = "Dask distributed"
    benchmark.pedantic(fans_in_dask, args=(client,), rounds=1)
