from __future__ import annotations

import pytest

from dpnb import task
from dpnb.planner import PlanOutline
from dpnb.render import EdgeFacts


@pytest.fixture
def plan(registry, planner):
    @task(registry=registry, tags=["etl"])
    def flights(year: int = 2013) -> list[int]:
        """Load the flights."""

    @task(registry=registry)
    def setup(): ...

    @task(registry=registry, dependencies=["flights", "setup"])
    def delays(flights: list[int], again: Missing = None): ...  # type: ignore[name-defined]  # noqa: F821

    return planner.create_execution_plan(targets="delays", params={"year": 2014})


def test_the_picture_has_every_task_and_edge(plan):
    facts = plan.graph_facts()
    assert [(node.name, node.level, node.state) for node in facts.nodes] == [
        ("flights", 0, ""),
        ("setup", 0, ""),
        ("delays", 1, ""),
    ]
    assert facts.edges == (
        EdgeFacts(upstream="flights", downstream="delays", parameter="flights"),
        EdgeFacts(upstream="setup", downstream="delays", parameter=None),
    )


def test_tooltips_tell_what_a_task_does_takes_and_where_it_is(plan):
    tooltip = dict(plan.graph_facts().nodes[0].tooltip)
    assert tooltip["does"] == "Load the flights."
    assert tooltip["signature"] == "(year: int = …) → list[int]"
    assert tooltip["year"] == "← run parameter"
    assert "test_display.py:" in tooltip["defined in"]


def test_a_run_adds_its_states_and_tooltips(plan):
    facts = plan.graph_facts(states={"setup": "succeeded"}, tooltips={"setup": (("rows", "3"),)})
    setup = facts.nodes[1]
    assert setup.state == "succeeded"
    assert setup.tooltip[-1] == ("rows", "3")


def test_a_stored_plan_is_drawn_like_the_plan_itself(plan):
    assert PlanOutline.from_json(plan.to_json()).graph_facts() == plan.graph_facts()


def test_a_plan_shows_its_picture_its_tasks_and_its_notes(plan):
    bundle = plan._repr_mimebundle_(include=None, exclude=None)
    plain = bundle["text/plain"]
    assert plain.startswith("ExecutionPlan: 3 tasks in 2 levels")
    assert plan.dag_id in plain
    assert "targets delays · run parameters year = 2014" in plain
    assert "year ← run parameter" in plain
    assert "Missing, is not checked" in plain
    assert "<img" in bundle["text/html"]
    assert bundle["image/svg+xml"].lstrip().startswith("<")


def test_many_notes_are_cut(planner, define, registry):
    for number in range(8):
        define(f"t{number}", f"x: 'Missing{number}' = None")
    plain = planner.create_execution_plan()._repr_mimebundle_()["text/plain"]
    assert plain.count("is not checked") == 5
    assert "and 3 more in plan.notes" in plain


def test_fresh_and_stale_tasks_look_different_and_a_legend_tells_how(flights):
    flights.define("other")
    flights.run()
    flights.cell("def load(year): return 'other'")
    plan = flights.plan()
    nodes = {node.name: node for node in plan.graph_facts().nodes}
    assert {name: node.state for name, node in nodes.items()} == {
        "flights": "stale",
        "delays": "unsettled",
        "report": "unsettled",
        "other": "fresh",
    }
    assert nodes["flights"].tooltip[0] == ("because", "helper `load` changed")
    bundle = plan._repr_mimebundle_()
    assert (
        "expected: 3 of 4 tasks run, 2 of them only if what they are given changes; 1 is reused; at most about"
        in (bundle["text/plain"])
    )
    assert (
        "◐ stale: it runs · ◔ stale?: it runs if what it is given changes · ◇ fresh: its stored result is reused"
        in (bundle["text/plain"])
    )
    for state in ("stale", "unsettled", "fresh"):
        assert f"state-{state}" in bundle["image/svg+xml"]


def test_the_legend_names_only_what_there_is(flights):
    plain = flights.plan()._repr_mimebundle_()["text/plain"]
    assert "expected: nothing runs; 3 tasks are reused.\n◇ fresh: its stored result is reused\n" in plain
    assert "stale" not in plain


def test_a_plan_that_reuses_nothing_looks_as_ever(flights):
    plain = flights.plan(None)._repr_mimebundle_()["text/plain"]
    assert "expected: about 30.0 s on 1 worker\n" in plain
    assert "freshness" not in plain


def test_the_state_of_a_run_stands_above_what_was_planned(flights):
    facts = flights.plan().graph_facts(states={"flights": "running"})
    assert [node.state for node in facts.nodes] == ["running", "fresh", "fresh"]
