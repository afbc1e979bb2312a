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


def test_a_stale_task_is_explained_down_to_what_changed(flights):
    flights.cell("def load(year): return [year, year]")
    explanation = flights.plan().explain("report")
    assert explanation.freshness == (
        "stale: upstream `delays` will run ← upstream `flights` will run ← helper `load` changed",
        "It is reused after all if what runs upstream comes out as it did.",
    )
    ((caption, diff),) = explanation.changes
    assert caption == "helper `load` changed"
    assert diff.splitlines()[1:] == [" def load(year):", "-    return [year]", "+    return [year, year]"]
    text = repr(explanation)
    assert "\n  freshness   stale: upstream `delays` will run ←" in text
    assert text.endswith("\n    +    return [year, year]")


def test_a_task_that_is_stale_for_certain_has_no_way_out(flights):
    flights.cell("def load(year): return [year, year]")
    assert flights.plan().explain("flights").freshness == ("stale: helper `load` changed",)


def test_a_fresh_task_tells_since_when(flights):
    explanation = flights.plan().explain("flights")
    assert explanation.freshness == ("fresh since run_1, 2.0 s ago",)
    assert explanation.changes == ()


def test_a_plan_that_reuses_nothing_says_nothing_of_freshness(flights):
    explanation = flights.plan(None).explain("flights")
    assert (explanation.freshness, explanation.changes) == ((), ())
    assert "freshness" not in repr(explanation)


def test_changed_values_are_shown_before_and_after(flights):
    flights.run(params={"year": 2014})
    explanation = flights.plan(params={"year": 2015}).explain("delays")
    assert explanation.changes == (("parameter `year`: 2014 → 2015", "@@ -1 +1 @@\n-2014\n+2015"),)


def test_what_is_too_long_is_cut(notebook):
    names = [f"a{number}" for number in range(9)]
    for name in names:
        notebook.define(name)
    notebook.define("all", ", ".join(names))
    notebook.run()
    for name in names:
        notebook.define(name, "", "[" + ",\n ".join(map(str, range(90))) + "]")
    explanation = notebook.plan().explain("all")
    assert len(explanation.freshness) == 8
    assert explanation.freshness[6] == "and more"
    assert len(explanation.changes) == 4


def test_an_explanation_shows_itself_with_tinted_diffs(flights):
    flights.cell("def load(year): return [year, '<b>']")
    explanation = flights.plan().explain("flights")
    bundle = explanation._repr_mimebundle_()
    assert bundle["text/plain"] == repr(explanation)
    assert "background-color: rgba(46, 160, 67" in bundle["text/html"]
    assert "&#x27;&lt;b&gt;&#x27;]" in bundle["text/html"]
