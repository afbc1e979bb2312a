from __future__ import annotations

import pytest

from dpnb import TaskContext, task


@pytest.fixture
def plan(registry, planner):
    @task(registry=registry)
    def raw(): ...

    @task(registry=registry)
    def setup(): ...

    @task(registry=registry, dependencies=["raw", "setup"], tags=["etl"])
    def clean(raw, year, limit=3, *, context: TaskContext): ...

    @task(registry=registry)
    def report(clean: int | None, raw=None): ...

    return planner.create_execution_plan(tags="etl", targets="rep*", params={"year": 2013})


def test_selected_tasks_say_by_what(plan):
    assert plan.explain("clean").why == "selected: it has the tag 'etl'"
    assert plan.explain("report").why == "selected: its name fits 'rep*'"


def test_ancestors_say_for_whom(plan):
    assert plan.explain("setup").why == "needed by 'clean', 'report', selected"


def test_every_task_is_selected_where_nothing_was_asked(planner, define):
    define("a")
    assert planner.create_execution_plan().explain("a").why == "selected: every task is selected"


def test_many_dependants_are_counted(planner, define):
    define("root")
    for number in range(8):
        define(f"leaf_{number}", "root", tags=["leaves"])
    assert planner.create_execution_plan(tags="leaves").explain("root").why.endswith("'leaf_4' and 3 more, selected")


def test_each_argument_has_its_source(plan):
    assert plan.explain("clean").arguments == {
        "raw": "result of task 'raw'",
        "year": "run parameter 2013",
        "limit": "its default",
        "context": "the attempt's TaskContext",
    }
    assert plan.explain("report").arguments == {
        "clean": "result of task 'clean', or None where that is missing",
        "raw": "result of task 'raw', or its default where that is missing",
    }


def test_it_reads_as_a_table(plan):
    text = repr(plan.explain("clean"))
    assert text.splitlines()[0] == "Task 'clean'"
    assert "  raw         ← result of task 'raw'" in text
    assert "  after       setup (order only)" in text
    assert "  downstream  report" in text
    assert "  level       1 of 0 to 2" in text


def test_it_shows_itself_in_a_notebook(plan):
    bundle = plan.explain("clean")._repr_mimebundle_(include=None, exclude=None)
    assert bundle["text/plain"] == repr(plan.explain("clean"))
    assert "result of task" in bundle["text/html"]


def test_long_values_are_shortened(planner, define):
    define("a", "rows")
    plan = planner.create_execution_plan(params={"rows": list(range(1000))})
    assert len(plan.explain("a").arguments["rows"]) < 80
