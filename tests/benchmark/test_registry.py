"""Looking tasks up by name, in a plain loop. The goal: 5 million a second and more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dpnb.registry import TaskRegistry, describe_task

LOOKUPS = 1_000_000
ROUNDS = 9
GOAL_PER_S = 5_000_000


def some_task() -> None: ...


@pytest.mark.benchmark(group="registry look-ups, a million of 1,000 tasks")
def test_look_up(benchmark):
    registry = TaskRegistry()
    definition = describe_task(some_task)
    for number in range(1_000):
        registry.register(replace(definition, name=f"task_{number}"))
    names = registry.names() * (LOOKUPS // 1_000)

    def look_up() -> None:
        for name in names:
            registry.get(name)

    benchmark.pedantic(look_up, rounds=ROUNDS, warmup_rounds=1)
    benchmark.extra_info["events_per_s"] = LOOKUPS / benchmark.stats.stats.min
    benchmark.extra_info["goal_per_s"] = GOAL_PER_S


@pytest.mark.benchmark(group="define a task, cold")
def test_define(benchmark):
    """Read signature, source and digests of a function that was not seen before, as each run of a cell does."""

    def fresh() -> tuple[tuple[object, ...], dict[str, object]]:
        scope: dict[str, object] = {}
        exec(compile(SOURCE, "nowhere", "exec"), scope)
        return (scope["load"],), {}

    benchmark.pedantic(describe_task, setup=fresh, rounds=300)


SOURCE = """
def load(flights: list[int], limit: int = 10) -> dict[str, int]:
    total = 0
    for flight in flights:
        if flight > limit and flight not in {1, 2, 3}:
            total += flight
    return {"total": total}
"""
