from __future__ import annotations

import json

import pytest

from dpnb import TaskContext, task
from dpnb.errors import PlanMismatchError
from dpnb.planner import ExecutionPlan, PlanOutline, ReusePolicy


@pytest.fixture
def outline(registry, planner):
    @task(registry=registry, tags=["etl"], name="항공편")
    def flights(year: int, context: TaskContext):
        """Load."""
        yield year

    @task(registry=registry, dependencies=["항공편"], stream_output=True)
    def delays(rows: list[int] | None, limit=3):
        yield from rows or []

    @task(registry=registry, dependencies=["delays"])
    def last(): ...

    return planner.create_execution_plan(tags="etl", targets=["l*"], params={"year": 2013}).outline


def test_an_outline_comes_back_whole(outline):
    assert PlanOutline.from_json(outline.to_json()) == outline


def test_text_is_kept_as_it_is_written(outline):
    assert "항공편" in outline.to_json()


def test_levels_are_read_back(outline):
    assert PlanOutline.from_json(outline.to_json()).parallel_levels == [["항공편"], ["delays"], ["last"]]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("not JSON", "not JSON"),
        ("[]", "not a plan"),
        ('{"format": "other"}', "not a plan"),
        ('{"format": "dpnb plan", "version": 99}', "a newer dpnb"),
    ],
)
def test_other_texts_are_refused(text, reason):
    with pytest.raises(PlanMismatchError, match=reason):
        PlanOutline.from_json(text)


def test_it_is_plain_json(outline):
    facts = json.loads(outline.to_json())
    assert facts["format"] == "dpnb plan"
    assert [one["name"] for one in facts["tasks"]] == ["항공편", "delays", "last"]
    assert facts["tasks"][1]["bindings"][0] == {
        "parameter": "rows",
        "source": "task",
        "task": "항공편",
        "when_missing": "none",
    }


def test_what_was_reused_and_why_comes_back(flights):
    flights.cell("def load(year): return 'other'")
    policy = ReusePolicy(forced=frozenset({"report"}), untracked="warn")
    outline = flights.plan(policy).outline
    read = PlanOutline.from_json(outline.to_json())
    assert read == outline
    assert read.reuse == policy
    assert [(task.name, task.freshness, task.because) for task in read.tasks] == [
        ("flights", "stale", "helper `load` changed"),
        ("delays", "unsettled", "upstream `flights` will run"),
        ("report", "stale", "it is to run, whatever is stored"),
    ]


def test_a_plan_that_reuses_nothing_is_written_as_ever(outline):
    facts = json.loads(outline.to_json())
    assert "reuse" not in facts
    assert all("freshness" not in task and "because" not in task for task in facts["tasks"])
    assert PlanOutline.from_json(outline.to_json()).reuse is None


def test_a_restored_plan_reuses_what_it_was_to_reuse(flights):
    text = flights.plan().to_json()
    restored = ExecutionPlan.from_json(text, flights.registry)
    assert restored.reuse == ReusePolicy.fresh()
    assert restored.verdicts == {}
