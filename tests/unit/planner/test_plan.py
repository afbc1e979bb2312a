from __future__ import annotations

import pytest

from dpnb import task
from dpnb.errors import PlanError, UnknownTaskError
from dpnb.planner import Source


@pytest.fixture
def plan(registry, planner):
    @task(registry=registry, tags=["etl"])
    def flights(year: int = 2013, month: int | None = None) -> list[int]: ...

    @task(registry=registry, dependencies=["flights"])
    def delays(flights: list[int], limit: float = 1.5) -> int: ...

    return planner.create_execution_plan(params={"year": 2014})


def _sources(plan, task):
    return {binding.parameter: binding.source for binding in plan.dag.nodes[task].bindings}


def test_order_and_levels_are_lists_of_their_own(plan):
    plan.execution_order.append("more")
    plan.parallel_levels[0].append("more")
    assert plan.execution_order == ["flights", "delays"]
    assert plan.parallel_levels == [["flights"], ["delays"]]


def test_it_is_frozen(plan):
    with pytest.raises(AttributeError):
        plan.dag_id = "other"


def test_it_says_what_it_is(plan):
    assert repr(plan) == f"ExecutionPlan({plan.dag_id!r}, 2 tasks in 2 levels)"
    assert len(plan) == 2


def test_parameters_can_be_given_later(plan):
    later = plan.with_params({"month": 3, "limit": 2})
    assert later.params == {"year": 2014, "month": 3, "limit": 2}
    assert _sources(later, "flights") == {"year": Source.PARAM, "month": Source.PARAM}
    assert _sources(later, "delays")["limit"] is Source.PARAM
    assert (later.dag_id, later.levels) == (plan.dag_id, plan.levels)
    assert _sources(plan, "flights")["month"] is Source.DEFAULT
    assert plan.params == {"year": 2014}


def test_later_parameters_replace_earlier_ones(plan):
    assert plan.with_params({"year": 2015}).params == {"year": 2015}


def test_no_parameters_change_nothing(plan):
    assert plan.with_params({}) is plan


def test_later_parameters_are_checked_like_earlier_ones(plan):
    with pytest.raises(PlanError) as refused:
        plan.with_params({"yaer": 1, "month": "March", "flights": []})
    unknown, taken, wrong = refused.value.problems
    assert "did you mean 'year'" in unknown
    assert "task 'flights' gives it" in taken
    assert "takes 'month' as int | None" in wrong


def test_only_known_tasks_are_explained(plan):
    with pytest.raises(UnknownTaskError, match="'delays'"):
        plan.explain("delay")


def test_the_outline_needs_no_functions(plan):
    outline = plan.outline
    assert outline.execution_order == plan.execution_order
    assert outline.parallel_levels == plan.parallel_levels
    assert outline.tasks[1].signature == "(flights: list[int], limit: float = …) → int"
    assert outline.tasks[1].argument_texts() == {"flights": "task 'flights'", "limit": "its default"}
