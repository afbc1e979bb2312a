from __future__ import annotations

import json

import pytest

from dpnb.errors import PlanError, PlanMismatchError
from dpnb.planner import DAGBuilder, ExecutionPlan, Planner
from dpnb.registry import TaskRegistry, task


@pytest.fixture
def registry():
    return TaskRegistry(notify=None)


def define(registry: TaskRegistry, name: str, group: str | list[str] | None = None, **options) -> None:
    def nothing() -> None: ...

    task(registry=registry, name=name, concurrency_group=group or (), **options)(nothing)


def plan(registry: TaskRegistry, **selection) -> ExecutionPlan:
    return Planner(DAGBuilder(registry)).create_execution_plan(**selection)


def test_a_limit_that_one_task_states_counts_for_all(registry):
    define(registry, "a", "db")
    define(registry, "b", "db:2")
    define(registry, "c", ["db:2", "api:1"])
    assert plan(registry).groups == {"db": 2, "api": 1}


def test_a_limit_may_come_from_a_task_that_is_not_planned(registry):
    define(registry, "a", "db")
    define(registry, "b", "db:2")
    define(registry, "c", "other:1")
    assert plan(registry, targets="a").groups == {"db": 2}


def test_two_limits_are_refused_with_both_tasks(registry):
    define(registry, "a", "db:2")
    define(registry, "b", "db:3")
    with pytest.raises(PlanError, match="group 'db' is limited to 2 by task 'a' and to 3 by task 'b'"):
        plan(registry)
    assert plan(registry, targets="b").groups == {"db": 3}


def test_two_limits_beyond_the_plan_are_refused_where_they_matter(registry):
    define(registry, "a", "db")
    define(registry, "b", "db:2")
    define(registry, "c", "db:3")
    define(registry, "d")
    assert plan(registry, targets="d").groups == {}
    with pytest.raises(PlanError, match="limited to 2 by task 'b' and to 3 by task 'c'"):
        plan(registry, targets="a")


def test_a_group_without_limit_is_refused(registry):
    define(registry, "a", "디비")
    with pytest.raises(PlanError, match="Task 'a' is in the concurrency group '디비', whose limit no task states"):
        plan(registry)


def test_needs_are_shown_where_there_are_some(registry):
    define(registry, "a", "db")
    define(registry, "b", ["db:2"], cpus=2, memory_limit="500MB", max_retries=2, retry_on=(OSError, "Busy"))
    made = plan(registry)
    text = made._repr_mimebundle_()["text/plain"]
    assert "needs" in text
    assert "2 cpus · 500.0 MB · db:2" in text
    told = repr(made.explain("b"))
    assert "2 cpus · 500.0 MB · db:2" in told
    assert "up to 2, after OSError, Busy" in told
    assert "db:2" in repr(made.explain("a"))
    assert "needs" not in plan_without_needs()._repr_mimebundle_()["text/plain"]


def plan_without_needs() -> ExecutionPlan:
    registry = TaskRegistry()
    define(registry, "a")
    return plan(registry)


def test_needs_are_columns_of_the_frame(registry):
    define(registry, "a", "db")
    define(registry, "b", ["db:2"], cpus=2, memory_limit="500MB", max_retries=2, retry_on="Busy")
    frame = plan(registry).to_frame().set_index("task")
    assert frame["concurrency_group"].tolist() == ["db:2", "db:2"]
    assert frame["memory_limit"].tolist()[1] == 500_000_000
    assert frame["cpus"].tolist()[1] == 2.0
    assert frame["retry_on"].tolist() == ["", "Busy"]


def test_needs_are_stored_with_the_outline(registry):
    define(registry, "a", "db:2", cpus=1.5, memory_limit="1GiB")
    define(registry, "b")
    made = plan(registry)
    assert type(made.outline).from_json(made.to_json()) == made.outline
    written = json.loads(made.to_json())["tasks"]
    assert {"memory_limit", "cpus", "groups"} <= written[0].keys()
    assert not {"memory_limit", "cpus", "groups"} & written[1].keys()
    assert ExecutionPlan.from_json(made.to_json(), registry).groups == {"db": 2}


def test_a_stored_plan_is_refused_where_its_groups_no_longer_agree(registry):
    define(registry, "a", "db:2")
    define(registry, "b", "db:2")
    stored = plan(registry).to_json()
    registry.unregister("b")
    define(registry, "b", "db:3")
    with pytest.raises(PlanMismatchError, match="limited to 2 by task 'a' and to 3 by task 'b'"):
        ExecutionPlan.from_json(stored, registry)
