from __future__ import annotations

from datetime import timedelta

import pytest

from dpnb.planner import DAGBuilder, ExecutionPlan, Planner, RunHistory
from dpnb.planner.forecast import forecast_of
from dpnb.registry import TaskRegistry, task


@pytest.fixture
def registry():
    return TaskRegistry()


def define(registry, name, *upstream, **options):
    def nothing() -> None: ...

    task(registry=registry, name=name, dependencies=list(upstream), **options)(nothing)


def plan(registry: TaskRegistry, durations: dict[str, float] | None = None, workers: int = 2) -> ExecutionPlan:
    history = None if durations is None else RunHistory(durations_s=lambda _tasks, _dag_id: durations, workers=workers)
    return Planner(DAGBuilder(registry), history=history).create_execution_plan()


def seconds(registry: TaskRegistry, durations: dict[str, float], workers: int = 2) -> float:
    told = plan(registry, durations, workers).forecast
    assert told is not None
    return told.duration.total_seconds()


def test_the_longest_path_or_the_shared_work_decides(registry):
    define(registry, "a")
    define(registry, "b", "a")
    define(registry, "c")
    durations = {"a": 2.0, "b": 3.0, "c": 7.0}
    assert seconds(registry, durations, workers=1) == 12.0
    assert seconds(registry, durations, workers=2) == 7.0
    assert seconds(registry, {**durations, "c": 1.0}, workers=2) == 5.0


def test_groups_and_processors_are_counted(registry):
    define(registry, "a", concurrency_group="db:2")
    define(registry, "b", concurrency_group="db")
    define(registry, "c", cpus=2)
    assert seconds(registry, {"a": 4.0, "b": 4.0, "c": 0.0}, workers=9) == 4.0
    assert seconds(registry, {"a": 5.0, "b": 9.0, "c": 1.0}, workers=9) == 9.0
    assert seconds(registry, {"a": 1.0, "b": 1.0, "c": 6.0}, workers=2) == 7.0
    assert seconds(registry, {"a": 1.0, "b": 1.0, "c": 6.0}, workers=1) == 8.0


def test_a_group_of_one_runs_one_by_one(registry):
    define(registry, "a", concurrency_group="db:1")
    define(registry, "b", concurrency_group="db")
    assert seconds(registry, {"a": 4.0, "b": 3.0}, workers=9) == 7.0


def test_a_task_that_never_ran_counts_as_the_mean(registry):
    for name in "abcd":
        define(registry, name)
    told = plan(registry, {"a": 1.0, "b": 3.0}, workers=1).forecast
    assert told is not None
    assert told.duration == timedelta(seconds=8)
    assert str(told) == "about 8.0 s on 1 worker; 2 of 4 tasks have run before"


def test_nothing_is_said_where_nothing_is_known(registry):
    define(registry, "a")
    assert plan(registry, {}).forecast is None
    assert plan(registry, None).forecast is None
    assert forecast_of([], {}, 2) is None
    assert "expected" not in plan(registry, {})._repr_mimebundle_()["text/plain"]


def test_a_plan_shows_how_long_it_will_take_as_it_is_known_then(registry):
    define(registry, "a")
    define(registry, "b")
    facts = {"a": 90.0}
    made = plan(registry, facts)
    assert "expected: about 1 min 30 s on 2 workers; 1 of 2 tasks" in made._repr_mimebundle_()["text/plain"]
    facts["b"] = 200.0
    for mime in ("text/plain", "text/html"):
        shown = made._repr_mimebundle_()[mime]
        assert "expected: about 3 min 20 s on 2 workers" in shown
        assert "have run before" not in shown
    assert made.with_params({}).forecast == made.forecast
