"""The rules of DESIGN.md, section 1, one by one, and what happens between them."""

from __future__ import annotations

from typing import Any, Optional

import pytest

from dpnb import TaskContext, task
from dpnb.errors import PlanError
from dpnb.planner import Binding, DAGBuilder, Selection, Source, WhenMissing


@pytest.fixture
def bind(registry):
    """Return a task's bindings as ``parameter → source``."""

    def bind(name, *, params=None, **asked):
        node = DAGBuilder(registry).build(Selection.of(**asked), params).nodes[name]
        return {binding.parameter: binding.task or binding.source.value for binding in node.bindings}

    return bind


@pytest.fixture
def problems(registry):
    def problems(*, params=None, **asked):
        return DAGBuilder(registry).draft(Selection.of(**asked), params or {}).problems

    return problems


def test_rule_1_inputs_say_which_task(define, bind):
    define("a")
    define("b")
    define("c", "a", inputs={"a": "b"})
    assert bind("c") == {"a": "b"}


def test_rule_1_holds_beside_dependencies(define, registry):
    define("a")
    define("b")
    define("c", "rows", dependencies=["a"], inputs={"rows": "b"})
    node = DAGBuilder(registry).build().nodes["c"]
    assert node.upstream == ("a", "b")
    assert node.control_upstream == ("a",)


def test_rule_2_names_of_parameters_are_names_of_tasks(define, bind):
    define("delays", "flights, planes")  # cells may run in any order
    define("planes")
    define("flights")
    assert bind("delays") == {"flights": "flights", "planes": "planes"}


def test_rule_2_given_dependencies_are_the_only_ones(define, bind, problems):
    define("flights")
    define("year")
    define("delays", "flights, year=2013", dependencies=["flights"])
    assert bind("delays") == {"flights": "flights", "year": "default"}


def test_rule_2_an_empty_list_of_dependencies_means_none(define, bind):
    define("year")
    define("delays", "year=2013", dependencies=[])
    assert bind("delays") == {"year": "default"}


def test_rule_2_a_parameter_with_a_default_takes_the_task_of_its_name(define, bind):
    define("flights")
    define("delays", "flights=None")
    assert bind("delays") == {"flights": "flights"}


def test_rule_2_a_task_does_not_take_its_own_result(define, bind):
    define("flights", "flights=3")
    assert bind("flights") == {"flights": "default"}


def test_rule_3_a_run_parameter_comes_before_the_default(define, bind):
    define("flights", "year=2013, month=1")
    assert bind("flights", params={"year": 2014}) == {"year": "param", "month": "default"}


def test_rule_3_a_task_comes_before_a_run_parameter(define, problems):
    define("year")
    define("flights", "year")
    [text] = problems(params={"year": 3})
    assert text == "Run parameter 'year' has no effect: task 'year' gives it; exclude that task to replace it."


def test_rule_4_the_last_dependency_and_the_last_parameter_find_each_other(define, bind):
    define("extract_data")
    define("transform_data", "data, year=2013", dependencies=["extract_data"])
    assert bind("transform_data") == {"data": "extract_data", "year": "default"}


def test_rule_4_comes_after_names_and_run_parameters(define, bind):
    define("a")
    define("b")
    define("c", "a, rows, year", dependencies=["a", "b"])
    assert bind("c", params={"year": 1}) == {"a": "a", "rows": "b", "year": "param"}


def test_rule_4_two_parameters_for_one_dependency_are_refused(define, problems):
    define("a")
    define("c", "rows, more", dependencies=["a"])
    first, second = problems()
    assert "'c': nothing gives its parameter 'rows'" in first
    assert "inputs={'rows': …} with 'a'" in first
    assert "'more'" in second


def test_rule_4_two_dependencies_for_one_parameter_are_refused(define, problems):
    define("a")
    define("b")
    define("c", "rows", dependencies=["a", "b"])
    [text] = problems()
    assert "inputs={'rows': …} with 'a' or 'b'" in text


def test_rule_4_leaves_optional_parameters_alone(define, registry):
    define("a")
    define("c", "rows=None", dependencies=["a"])
    node = DAGBuilder(registry).build().nodes["c"]
    assert node.control_upstream == ("a",)
    assert node.bindings == (Binding(parameter="rows", source=Source.DEFAULT),)


def test_rule_5_names_the_closest_tasks_and_parameters(define, problems):
    define("flights")
    define("delays", "fligths, yaer")
    first, second = problems(params={"year": 3}, targets="delays", exclude=None)[:2]
    assert first == (
        "Task 'delays': nothing gives its parameter 'fligths' (close to it: task 'flights'); "
        "give it as a run parameter, params={'fligths': …}."
    )
    assert "(close to it: run parameter 'year')" in second


def test_rule_5_says_when_dependencies_leave_the_task_out(define, problems):
    define("flights")
    define("setup")
    define("delays", "flights, year", dependencies=["setup"])
    first, second = problems()
    assert "since its dependencies do not list the task 'flights'; add it there" in first
    assert "inputs={'year': …} with 'setup'" in second


def test_rule_5_says_that_a_task_cannot_take_its_own_result(define, problems):
    define("flights", "flights")
    [text] = problems()
    assert "a task cannot take its own result" in text


def test_positional_only_and_keyword_only_parameters_are_bound_alike(define, bind):
    define("a")
    define("c", "a, /, *rows, year, **more")
    assert bind("c", params={"year": 3}) == {"a": "a", "year": "param"}


def test_bindings_keep_the_order_of_the_signature(define, registry):
    define("b")
    define("c", "z=1, b=None, a=2")
    assert [b.parameter for b in DAGBuilder(registry).build().nodes["c"].bindings] == ["z", "b", "a"]


def test_a_context_is_given_whatever_its_name(registry, bind):
    @task(registry=registry)
    def a(): ...

    @task(registry=registry, dependencies=[a])
    def b(a: TaskContext, ctx: Optional[TaskContext], text: "TaskContext", rows): ...  # noqa: UP045

    assert bind("b") == {"a": "context", "ctx": "context", "text": "context", "rows": "a"}


def test_an_excluded_task_gives_way_to_a_run_parameter_or_the_default(define, bind):
    define("flights")
    define("delays", "flights")
    define("planes", "flights=None")
    assert bind("delays", exclude="flights", params={"flights": []}) == {"flights": "param"}
    assert bind("planes", exclude=["flights", "delays"]) == {"flights": "default"}


def test_an_excluded_task_that_is_needed_is_a_problem(define, problems):
    define("flights")
    define("delays", "flights")
    define("other", "rows", inputs={"rows": "flights"})
    first, second = problems(exclude="flights")
    assert "'delays': nothing gives its parameter 'flights', because task 'flights' is excluded" in first
    assert "or exclude 'delays' too" in first
    assert "'rows', because task 'flights' is excluded" in second


def test_an_excluded_task_that_would_be_bound_as_the_last_one_left_is_named(define, problems):
    define("flights")
    define("extract")
    define("load", "flights, rows", dependencies=["flights", "extract"])
    (refusal,) = problems(exclude="extract")
    assert "'load': nothing gives its parameter 'rows': task 'extract', which would, is excluded" in refusal
    assert "params={'rows': …}, or exclude 'load' too" in refusal
    by_name, left_over = problems(exclude=["extract", "flights"])
    assert "'flights', because task 'flights' is excluded" in by_name
    assert "'rows': task 'extract', which would, is excluded" in left_over


def test_an_excluded_task_that_no_rule_would_have_bound_is_not_to_blame(define, problems):
    define("first")
    define("second")
    define("flights")
    define("either", "rows", dependencies=["first", "second"])
    define("taken", "flights=None, *, rows", dependencies=["flights"])
    assert all("excluded" not in refusal for refusal in problems(exclude=["first", "second", "flights"]))


def test_an_excluded_task_that_only_comes_first_is_left_out(define, registry):
    define("prepare")
    define("load", dependencies=["prepare"])
    dag = DAGBuilder(registry).build(Selection.of(exclude="prepare"))
    assert list(dag) == ["load"]
    assert dag.upstream("load") == ()
    assert dag.dangling == ()


@pytest.mark.parametrize(
    ("annotation", "default", "when_missing"),
    [
        (int, ..., WhenMissing.SKIP),
        (Any, ..., WhenMissing.SKIP),
        (None, ..., WhenMissing.NONE),
        (int | None, ..., WhenMissing.NONE),
        ("Optional[int]", ..., WhenMissing.NONE),
        (int, 3, WhenMissing.DEFAULT),
        (int | None, None, WhenMissing.DEFAULT),
    ],
)
def test_a_missing_result_has_a_stand_in_where_the_signature_offers_one(
    registry, define, annotation, default, when_missing
):
    define("rows")

    def total(rows): ...

    total.__annotations__["rows"] = annotation
    if default is not ...:
        total.__defaults__ = (default,)
    task(total, registry=registry)
    [binding] = DAGBuilder(registry).build().nodes["total"].bindings
    assert binding == Binding(parameter="rows", source=Source.TASK, task="rows", when_missing=when_missing)


def test_every_problem_is_told_at_once(define, registry):
    define("a", "one, two")
    define("b", "three")
    with pytest.raises(PlanError) as refused:
        DAGBuilder(registry).build(params={"four": 4})
    assert len(refused.value.problems) == 4


def test_thousands_of_problems_are_told_in_seconds(define, problems):
    for number in range(1500):
        define(f"task_{number}", f"missing_{number}")
    found = problems()
    assert len(found) == 1500
    assert str(PlanError(found)).splitlines()[-2] == "  … and 1450 more in the error's `problems`."
