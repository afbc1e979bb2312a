from __future__ import annotations

import datetime as dt

import pytest

from dpnb import TaskRegistry, task
from dpnb.errors import PlanError, PlanMismatchError
from dpnb.planner import DAGBuilder, ExecutionPlan, Planner


def _registry(*changes, delays_options=None, without=()):
    """Register a small pipeline, changed as asked."""
    registry = TaskRegistry(notify=None)

    def flights(year: int, day: dt.date | None = None) -> list[int]: ...
    def flights_otherwise(year: str, day: dt.date | None = None) -> list[int]: ...
    def flights_yielding(year: int, day: dt.date | None = None) -> list[int]:  # type: ignore[misc]
        yield year

    def planes() -> list[int]: ...
    def delays(flights: list[int], planes: list[int] = ()) -> int: ...  # type: ignore[assignment]
    def limits() -> int: ...

    chosen = next((f for f in (flights_otherwise, flights_yielding) if f.__name__ in changes), flights)
    if "flights" not in without:
        task(chosen, registry=registry, name="flights", tags=["etl"])
    task(planes, registry=registry)
    task(limits, registry=registry)
    task(delays, registry=registry, **(delays_options or {}))
    return registry


@pytest.fixture
def plan():
    day = dt.date(2013, 1, 31)
    return Planner(DAGBuilder(_registry())).create_execution_plan(targets="delays", params={"year": 2013, "day": day})


def _problems(plan, registry):
    with pytest.raises(PlanMismatchError) as refused:
        ExecutionPlan.from_json(plan.to_json(), registry)
    assert isinstance(refused.value, PlanError)
    return list(refused.value.problems)


def test_an_unchanged_plan_comes_back_equal():
    registry = _registry()
    plan = Planner(DAGBuilder(registry)).create_execution_plan(targets="delays", params={"year": 2013})
    assert ExecutionPlan.from_json(plan.to_json(), registry) == plan


def test_a_plan_fits_the_same_tasks_in_another_session(plan):
    again = ExecutionPlan.from_json(plan.to_json(), _registry())
    assert again.dag_id == plan.dag_id
    assert again.params == {"year": 2013, "day": dt.date(2013, 1, 31)}
    assert again.execution_order == plan.execution_order
    assert again.selection == plan.selection


def test_tasks_that_were_not_planned_do_not_matter(plan):
    registry = _registry()
    registry.unregister("limits")
    assert ExecutionPlan.from_json(plan.to_json(), registry).dag_id == plan.dag_id


def test_a_new_task_named_like_a_parameter_does_not_change_a_stored_plan(plan):
    registry = _registry()

    @task(registry=registry)
    def year() -> int: ...

    assert ExecutionPlan.from_json(plan.to_json(), registry).dag_id == plan.dag_id


def test_a_task_that_is_gone_is_named(plan):
    registry = _registry(without=["flights"])

    @task(registry=registry)
    def flight() -> list[int]: ...

    problems = _problems(plan, registry)
    place = plan.dag.nodes["flights"].task.location
    assert f"Task 'flights' is not registered; it was defined in {place}; close to it: 'flight'." in problems


def test_a_changed_signature_is_shown_before_and_after(plan):
    [text] = _problems(plan, _registry("flights_otherwise"))
    was, now = text.split(", is now ")
    assert was == "Task 'flights' was (year: int, day: dt.date | None = …) → list[int]"
    assert now == "(year: str, day: dt.date | None = …) → list[int]."


def test_a_changed_kind_is_told(plan):
    assert _problems(plan, _registry("flights_yielding")) == ["Task 'flights' was a function, is now a generator."]


def test_a_changed_source_is_told(plan):
    registry = _registry(delays_options={"dependencies": ["flights", "limits"]})
    [text] = _problems(plan, registry)
    assert text == "Task 'delays': 'planes' came from task 'planes', now from its default."


def test_a_changed_order_is_told():
    def first(): ...
    def second(): ...
    def last(): ...

    one, two = TaskRegistry(), TaskRegistry()
    for registry, before in ((one, ["first"]), (two, ["second"])):
        task(first, registry=registry)
        task(second, registry=registry)
        task(last, registry=registry, dependencies=before)
    plan = Planner(DAGBuilder(one)).create_execution_plan()
    assert _problems(plan, two) == ["Task 'last' came after 'first', now after 'second'."]


def test_parameters_that_were_stored_as_text_are_told():
    registry = _registry()

    @task(registry=registry)
    def other(source: object): ...

    plan = Planner(DAGBuilder(registry)).create_execution_plan(targets="other", params={"source": Ellipsis})
    assert _problems(plan, registry) == ["Run parameter 'source' was stored as text only: Ellipsis."]
