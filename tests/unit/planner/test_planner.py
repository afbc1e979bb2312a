from __future__ import annotations

import pytest

from dpnb import get_planner, task
from dpnb.errors import PlanError, TypeMismatchWarning
from dpnb.planner import DAGBuilder, Planner, SchemaValidator, Source
from dpnb.registry import TaskRegistry, describe_task


def test_the_plan_of_the_seeds_example(registry):
    @task(name="extract", tags=["etl"], registry=registry)
    def extract():
        return {"data": [1, 2, 3]}

    @task(name="transform", tags=["etl"], dependencies=["extract"], registry=registry)
    def transform():
        return [2, 4, 6]

    @task(name="load", tags=["etl"], dependencies=["transform"], registry=registry)
    def load(): ...

    plan = Planner(DAGBuilder(registry)).create_execution_plan(tags=["etl"])
    assert str(plan.execution_order) == "['extract', 'transform', 'load']"
    assert str(plan.parallel_levels) == "[['extract'], ['transform'], ['load']]"


def test_the_seeds_task_whose_parameter_has_another_name(registry, planner):
    @task(name="extract_data", tags=["etl", "extract"], registry=registry)
    def extract_data() -> dict[str, list[int]]: ...

    @task(name="transform_data", tags=["etl", "transform"], dependencies=["extract_data"], registry=registry)
    async def transform_data(data: dict[str, list[int]]) -> list[int]: ...

    [binding] = planner.create_execution_plan(tags=["etl"]).dag.nodes["transform_data"].bindings
    assert (binding.parameter, binding.source, binding.task) == ("data", Source.TASK, "extract_data")


def test_the_default_planner_plans_the_default_registry():
    from dpnb.registry import get_registry

    default = get_registry()
    default.clear()
    try:
        task(describe_nothing)
        assert get_planner().create_execution_plan().execution_order == ["describe_nothing"]
    finally:
        default.clear()


def describe_nothing(): ...


def test_problems_of_every_kind_come_in_one_error(registry, define, planner):
    define("a", "b")
    define("b", "a")
    define("lonely", "nothing")
    define("late", dependencies=["ghost"])
    define("self", dependencies=["self"])

    @task(registry=registry)
    def text() -> str: ...

    @task(registry=registry)
    def number(text: int): ...

    with pytest.raises(PlanError) as refused:
        planner.create_execution_plan(tags="zz", targets="*", params={"year": 3})
    kinds = ["tag 'zz'", "'nothing'", "'year'", "'ghost'", "a → b → a", "itself", "takes 'text' as int"]
    assert len(refused.value.problems) == len(kinds)
    for kind, problem in zip(kinds, refused.value.problems, strict=True):
        assert kind in problem
    assert "7 problems" in str(refused.value)


def test_an_empty_registry_is_refused(planner):
    with pytest.raises(PlanError, match="run the cells that define them"):
        planner.create_execution_plan()


def test_types_are_only_warned_of_where_the_planner_is_told_so(registry):
    @task(registry=registry)
    def text() -> str: ...

    @task(registry=registry)
    def number(text: int): ...

    lenient = Planner(DAGBuilder(registry), schema_validator=SchemaValidator("warn"))
    with pytest.warns(TypeMismatchWarning):
        plan = lenient.create_execution_plan()
    assert plan.types == "warn"
    assert len(plan.notes) == 1
    silent = Planner(DAGBuilder(registry), schema_validator=SchemaValidator("off")).create_execution_plan()
    assert (silent.types, silent.notes) == ("off", ())


def test_the_warning_points_at_the_line_that_plans(registry):
    @task(registry=registry)
    def text() -> str: ...

    @task(registry=registry)
    def number(text: int): ...

    with pytest.warns(TypeMismatchWarning) as warned:
        Planner(DAGBuilder(registry), schema_validator=SchemaValidator("warn")).create_execution_plan()
    assert warned[0].filename == __file__


def test_run_parameters_are_copied(define, planner):
    define("flights", "year")
    params = {"year": 2013}
    plan = planner.create_execution_plan(params=params)
    params["year"] = 1
    assert plan.params == {"year": 2013}


@pytest.mark.parametrize("size", [10_000])
def test_a_chain_of_ten_thousand_is_planned_without_recursion(size):
    registry = TaskRegistry(notify=None)
    for number in range(size):
        upstream = {"rows": f"t{number - 1:05}"} if number else {}
        registry.register(describe_task(link if number else start, name=f"t{number:05}", inputs=upstream))
    plan = Planner(DAGBuilder(registry)).create_execution_plan(targets=f"t{size - 1:05}")
    assert plan.execution_order == [f"t{number:05}" for number in range(size)]
    assert len(plan.levels) == size
    assert plan.from_json(plan.to_json(), registry).dag_id == plan.dag_id


def start() -> list[int]: ...
def link(rows: list[int]) -> list[int]: ...
