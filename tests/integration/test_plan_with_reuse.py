"""What plans say of stored results beside what runs then make of it, with a ledger on the disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dpnb.planner import DAGBuilder, Planner
from dpnb.results import TaskState
from tests.noted_pipeline import NotedPipeline

if TYPE_CHECKING:
    from pathlib import Path

    from dpnb.planner import ExecutionPlan

pytestmark = pytest.mark.integration


@pytest.fixture
def pipeline(tmp_path: Path) -> NotedPipeline:
    return NotedPipeline(tmp_path)


def define(pipeline: NotedPipeline, *, factor: int = 1, shift: int = 1, broken: bool = False) -> None:
    note = pipeline.note

    def clean(number: int) -> int:
        return number * factor

    def flights(year: int = 2013) -> int:
        note("flights")
        return clean(year) // factor

    def delays(flights: int) -> int:
        note("delays")
        return flights + shift

    def report(delays: int) -> int:
        note("report")
        if broken:
            raise ValueError("not yet")
        return -delays

    for function in (flights, delays, report):
        pipeline.define(function)


def planned(pipeline: NotedPipeline, **options: object) -> ExecutionPlan:
    planner = Planner(DAGBuilder(pipeline.registry), history=pipeline.workspace.history)
    return planner.create_execution_plan(reuse="fresh", params=options)


def states(plan: ExecutionPlan) -> dict[str, str]:
    return {name: verdict.state for name, verdict in plan.verdicts.items()}


def execute(pipeline: NotedPipeline, plan: ExecutionPlan) -> list[str]:
    pipeline.ran()
    pipeline.orchestrator().start_pipeline(plan).wait(60)
    return pipeline.ran()


def test_before_the_first_run_nothing_is_stored_and_no_ledger_is_made(pipeline):
    define(pipeline)
    plan = planned(pipeline)
    assert set(states(plan).values()) == {"stale"}
    assert not (pipeline.workspace.home / "ledger.db").exists()
    assert execute(pipeline, plan) == ["flights", "delays", "report"]


def test_a_plan_of_unchanged_tasks_runs_nothing(pipeline):
    define(pipeline)
    run = pipeline.run().wait(60)
    define(pipeline)  # the same cells, run again
    plan = planned(pipeline)
    assert str(plan.summary()) == "nothing runs; 3 tasks are reused."
    assert plan.verdicts["report"].causes[0].text.startswith(f"fresh since {run.run_id}, ")
    assert execute(pipeline, plan) == []
    assert set(states(planned(pipeline)).values()) == {"fresh"}
    assert planned(pipeline).verdicts["report"].causes[0].text.startswith(f"fresh since {run.run_id}, ")


def test_an_edited_helper_is_explained_from_the_ledgers_source_and_equal_results_cut_off(pipeline):
    define(pipeline)
    pipeline.run().wait(60)
    define(pipeline, factor=2)
    plan = planned(pipeline)
    assert states(plan) == {"flights": "stale", "delays": "unsettled", "report": "unsettled"}
    line, *_, reprieve = plan.explain("report").freshness
    assert line.startswith("stale: upstream `delays` will run ← upstream `flights` will run ← ")
    assert "factor" in "".join(diff for _, diff in plan.explain("report").changes)
    assert reprieve.startswith("It is reused after all")
    assert execute(pipeline, plan) == ["flights"]


def test_what_comes_out_otherwise_runs_on(pipeline):
    define(pipeline)
    pipeline.run().wait(60)
    define(pipeline, shift=2)
    plan = planned(pipeline)
    assert states(plan) == {"flights": "fresh", "delays": "stale", "report": "unsettled"}
    assert execute(pipeline, plan) == ["delays", "report"]


def test_a_task_that_failed_says_so_until_it_has_succeeded(pipeline):
    define(pipeline, broken=True)
    run = pipeline.run().wait(60)
    plan = planned(pipeline)
    assert states(plan) == {"flights": "fresh", "delays": "fresh", "report": "stale"}
    stored, failed = plan.verdicts["report"].causes
    assert stored.text == "nothing is stored of it"
    assert failed.text.startswith(f"it failed in {run.run_id}, ")
    define(pipeline)
    assert execute(pipeline, planned(pipeline)) == ["report"]
    assert set(states(planned(pipeline)).values()) == {"fresh"}


def test_a_parameter_is_compared_by_its_value(pipeline):
    define(pipeline)
    pipeline.run(year=2014).wait(60)
    assert set(states(planned(pipeline, year=2014)).values()) == {"fresh"}
    plan = planned(pipeline, year=2015)
    assert plan.verdicts["flights"].causes[0].text == "parameter `year`: 2014 → 2015"
    assert set(states(plan.with_params({"year": 2014})).values()) == {"fresh"}


def test_a_stored_plan_keeps_what_was_expected_of_its_tasks(pipeline):
    define(pipeline)
    pipeline.run().wait(60)
    define(pipeline, factor=2)
    run = pipeline.orchestrator().start_pipeline(planned(pipeline)).wait(60)
    assert [task.freshness for task in run.outline.tasks] == ["stale", "unsettled", "unsettled"]
    assert [row.state for row in run.task_records()] == [TaskState.SUCCEEDED, TaskState.REUSED, TaskState.REUSED]
