"""Planning beside graphlib, which only sorts the same graph: no binding, types, identity or explanation.

The goal: 8 times graphlib's ``static_order`` at most, for 10,000 tasks as for 100,000.
"""

from __future__ import annotations

import gc
import random
from dataclasses import replace
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

import pytest

from dpnb.planner import DAGBuilder, Planner
from dpnb.registry import TaskRegistry, describe_task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

type Graph = dict[str, list[str]]

GOAL_RATIO = 8
ROUNDS = {10_000: 25, 100_000: 5}


def load(year: int = 2013) -> list[int]: ...


def clean(rows: list[int], limit: float = 1.5) -> list[int]: ...


def join(rows: list[int], others: list[int] | None, limit: float = 1.5) -> list[int]: ...


def chain(count: int) -> Graph:
    return {f"t{number}": [f"t{number - 1}"] if number else [] for number in range(count)}


def banded(count: int) -> Graph:
    """Give each task one or two upstream tasks among the thousand before it."""
    chance = random.Random(1)
    graph: Graph = {}
    for number in range(count):
        drawn = {f"t{chance.randrange(max(0, number - 1000), number)}" for _ in range(2)} if number else ()
        graph[f"t{number}"] = sorted(drawn)
    return graph


@pytest.fixture(autouse=True)
def freed() -> Iterator[None]:
    yield
    gc.collect()


def registry_of(graph: Graph) -> TaskRegistry:
    registry = TaskRegistry(notify=None)
    definitions = [describe_task(func) for func in (load, clean, join)]
    for name, upstream in graph.items():
        inputs = dict(zip(("rows", "others"), upstream, strict=False))
        registry.register(replace(definitions[len(upstream)], name=name, inputs=inputs))
    return registry


def with_dpnb(graph: Graph) -> Callable[[], None]:
    planner = Planner(DAGBuilder(registry_of(graph)))

    def plan() -> None:
        made = planner.create_execution_plan()
        assert len(made) == len(graph)

    return plan


def with_graphlib(graph: Graph) -> Callable[[], None]:
    def sort() -> None:
        assert sum(1 for _ in TopologicalSorter(graph).static_order()) == len(graph)

    return sort


@pytest.mark.parametrize("shape", [chain, banded])
@pytest.mark.parametrize("count", ROUNDS)
@pytest.mark.parametrize("made_with", [with_graphlib, with_dpnb])
def test_plan(benchmark, made_with, count, shape):
    benchmark.group = f"plan {count:,} tasks, {shape.__name__}"
    benchmark.extra_info["goal_ratio"] = GOAL_RATIO
    benchmark.pedantic(made_with(shape(count)), rounds=ROUNDS[count], warmup_rounds=1)


def with_ten_times_less(graph: Graph) -> Callable[[], None]:
    """Plan a tenth of the graph ten times: what planning all of it would cost if it were linear."""
    planner = Planner(DAGBuilder(registry_of(banded(len(graph) // 10))))

    def plan() -> None:
        for _ in range(10):
            planner.create_execution_plan()

    return plan


@pytest.mark.benchmark(group="plan 100,000 tasks, beside ten times 10,000 (linear is 1×)")
@pytest.mark.parametrize("made_with", [with_ten_times_less, with_dpnb])
def test_plan_is_linear(benchmark, made_with):
    benchmark.extra_info["goal_ratio"] = 2
    count = max(ROUNDS)
    benchmark.pedantic(made_with(banded(count)), rounds=ROUNDS[count], warmup_rounds=1)
