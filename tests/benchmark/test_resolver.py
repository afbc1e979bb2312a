"""Deciding on 100,000 tasks, beside graphlib, which only sorts: no ranks, capacity, retries, failures or reasons.

Goals: 200,000 events a second and more; construction linear in tasks and edges.
"""

from __future__ import annotations

import random
from collections import deque
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any

import pytest

from dpnb.orchestrator.commands import AttemptEnded, StartAttempt
from dpnb.orchestrator.resolver import TaskDependencyResolver
from dpnb.orchestrator.simulator import simulate
from dpnb.orchestrator.task_facts import TaskFacts
from dpnb.planner.node import WhenMissing
from dpnb.results.records import TaskState

if TYPE_CHECKING:
    from collections.abc import Callable

TASKS = 100_000
GOAL_PER_S = 200_000
CAPACITY = 8
ROUNDS = 7


def banded(count: int) -> list[TaskFacts]:
    """Make tasks of two upstream tasks each, among the hundred before."""
    chance = random.Random(1)
    tasks = []
    for i in range(count):
        upstream = tuple(sorted({f"t{chance.randrange(max(0, i - 100), i)}" for _ in range(2)})) if i else ()
        rules = dict.fromkeys(upstream, WhenMissing.SKIP)
        tasks.append(TaskFacts(name=f"t{i}", upstream=upstream, when_missing=rules))
    return tasks


def with_dpnb(tasks: list[TaskFacts]) -> Callable[[AttemptEnded], object]:
    """Construct a resolver; return what takes an event and gives the commands."""
    resolver = TaskDependencyResolver(tasks, capacity=CAPACITY)
    resolver.start()
    return resolver.handle


def with_graphlib(tasks: list[TaskFacts]) -> Callable[[AttemptEnded], object]:
    """Construct a sorter; return what takes an event and gives the names that are ready."""
    sorter = TopologicalSorter({facts.name: facts.upstream for facts in tasks})
    sorter.prepare()
    sorter.get_ready()

    def handle(ended: AttemptEnded) -> tuple[str, ...]:
        sorter.done(ended.task)
        return sorter.get_ready()

    return handle


def events_of(tasks: list[TaskFacts]) -> list[AttemptEnded]:
    """Let every attempt of a run succeed, the first started first, and return how they were told."""
    resolver = TaskDependencyResolver(tasks, capacity=CAPACITY)
    inbox, events = deque(resolver.start()), []
    while inbox:
        command = inbox.popleft()
        if isinstance(command, StartAttempt):
            events.append(AttemptEnded(task=command.task, attempt=command.attempt, state=TaskState.SUCCEEDED))
            inbox += resolver.handle(events[-1])
    assert len(events) == len(tasks)
    return events


def note_rate(benchmark: Any) -> None:
    if benchmark.stats is not None:
        benchmark.extra_info["events_per_s"] = TASKS / benchmark.stats.stats.min


@pytest.mark.benchmark(group=f"resolver: {TASKS:,} events")
@pytest.mark.parametrize("make", [with_dpnb, with_graphlib])
def test_every_event_is_answered(benchmark, make):
    benchmark.extra_info["goal_per_s"] = GOAL_PER_S
    tasks = banded(TASKS)
    events = events_of(tasks)

    def answer(handle: Callable[[AttemptEnded], object]) -> None:
        for event in events:
            handle(event)

    benchmark.pedantic(answer, setup=lambda: ((make(tasks),), {}), rounds=ROUNDS)
    note_rate(benchmark)


def with_groups(tasks: list[TaskFacts]) -> list[TaskFacts]:
    """Put a third of the tasks into a group of four, and each of the others into one of 1,000 groups of one."""
    return [
        facts._replace(groups=(("db", 4),) if i % 3 == 0 else ((f"table {i % 1000}", 1),))
        for i, facts in enumerate(tasks)
    ]


def with_places(tasks: list[TaskFacts]) -> list[TaskFacts]:
    """Let one task in three take two places, or all."""
    return [facts._replace(places=(1, 1, 1, 2, 1, CAPACITY)[i % 6]) for i, facts in enumerate(tasks)]


@pytest.mark.benchmark(group=f"resolver: {TASKS:,} events of tasks with needs")
@pytest.mark.parametrize("needs", ["groups", "places"])
def test_every_event_is_answered_where_tasks_have_needs(benchmark, needs):
    tasks = {"groups": with_groups, "places": with_places}[needs](banded(TASKS))
    events = events_of(tasks)

    def answer(handle: Callable[[AttemptEnded], object]) -> None:
        for event in events:
            handle(event)

    benchmark.pedantic(answer, setup=lambda: ((with_dpnb(tasks),), {}), rounds=3)
    note_rate(benchmark)


@pytest.mark.benchmark(group="resolver: construction")
@pytest.mark.parametrize("count", [10_000, TASKS])
@pytest.mark.parametrize("make", [with_dpnb, with_graphlib])
def test_tasks_are_connected_and_ranked(benchmark, make, count):
    tasks = banded(count)
    benchmark.pedantic(make, args=(tasks,), rounds=ROUNDS)


@pytest.mark.benchmark(group="resolver: simulation")
@pytest.mark.parametrize("workers", [8, 1_000])
def test_run_is_simulated(benchmark, workers):
    tasks = banded(TASKS // 10)
    benchmark.pedantic(simulate, args=(tasks, {}), kwargs={"workers": workers}, rounds=ROUNDS)
