"""The table of runs: what a row tells, what fits, and pages of many runs."""

from __future__ import annotations

import pytest

from dpnb.pages.listing import HISTORY
from dpnb.results import RunRecord, RunStatus, TaskRunRecord, TaskState

MINUTE_US = 60_000_000


@pytest.fixture
def many(workspace) -> None:
    """Record 1,000 runs of two pipelines, every fourth of which has failed; run 0 is the oldest."""
    changes: list[RunRecord | TaskRunRecord] = []
    for number in range(1_000):
        run_id, name = f"run_{number:04}", ("수집", "report")[number % 2]
        status = RunStatus.FAILED if number % 4 == 3 else RunStatus.SUCCEEDED
        state = TaskState.FAILED if status is RunStatus.FAILED else TaskState.SUCCEEDED
        begin = number * MINUTE_US
        changes += [
            RunRecord(
                run_id=run_id,
                dag_id=f"dag_{name}",
                status=status,
                started_us=begin,
                finished_us=begin + (number + 1) * 1_000_000,
                tasks=2,
                tags=(name,),
                params={"number": number},
            ),
            TaskRunRecord(run_id=run_id, task="first", position=0, state=TaskState.REUSED),
            TaskRunRecord(run_id=run_id, task=name, position=1, state=state),
        ]
    workspace.ledger.record(changes)


def test_a_row_tells_what_a_run_was_and_how_it_fared(pages, runs):
    runs[1].note("<i>note</i>")
    runs[1].pin()
    newest, oldest = pages.ask("runs.list", {})["runs"]
    assert (newest["run_id"], oldest["run_id"]) == (runs[1].run_id, runs[0].run_id)
    assert newest["name"] == "late"
    assert newest["status"] == "succeeded"
    assert newest["counts"] == [["succeeded", 2]]
    assert newest["tags"] == ["etl", "report"]
    assert newest["params"] == "year=2014"
    assert (newest["note"], newest["pinned"]) == ("<i>note</i>", True)
    assert newest["history"][-1] == newest["duration_s"]


def test_a_workspace_without_runs_is_not_made_by_looking_at_it(pages, workspace):
    assert pages.ask("runs.list", {})["runs"] == []
    assert not workspace.has_ledger


@pytest.mark.usefixtures("many")
def test_runs_come_a_page_at_a_time_newest_first(pages):
    first = pages.ask("runs.list", {"limit": 50})
    assert [run["run_id"] for run in first["runs"]] == [f"run_{number:04}" for number in range(999, 949, -1)]
    assert (first["total"], first["all"]) == (1_000, 1_000)
    assert first["statuses"] == {"failed": 250, "succeeded": 750}
    assert dict(first["tags"]) == {"수집": 500, "report": 500}
    last = pages.ask("runs.list", {"limit": 50, "offset": 10_000})
    assert (last["offset"], last["runs"][-1]["run_id"]) == (950, "run_0000")


@pytest.mark.usefixtures("many")
def test_counts_of_statuses_are_of_all_that_fits_whichever_status_is_chosen(pages):
    found = pages.ask("runs.list", {"text": "report", "statuses": ["failed"]})
    assert (found["total"], found["all"]) == (250, 500)
    assert found["statuses"] == {"failed": 250, "succeeded": 250}
    assert {run["status"] for run in found["runs"]} == {"failed"}
    assert {run["name"] for run in found["runs"]} == {"report"}


@pytest.mark.usefixtures("many")
def test_the_durations_beside_a_run_are_those_of_earlier_good_runs_of_its_pipeline_and_its_own(pages):
    (run,) = pages.ask("runs.list", {"text": "number=998"})["runs"]
    assert run["history"] == [float(seconds) for seconds in range(999 - 2 * (HISTORY - 1), 1_000, 2)]
    (failed,) = pages.ask("runs.list", {"text": "number=7"})["runs"]
    assert failed["history"] == [2.0, 6.0, 8.0], "runs 1 and 5 were good, 3 had failed"


def test_a_run_whose_process_has_died_is_told_to_be_interrupted(pages, workspace):
    workspace.ledger.record([RunRecord(run_id="r", dag_id="d", status=RunStatus.RUNNING, started_us=1, pid=2**22 + 1)])
    workspace.ledger.release(workspace.ledger.take("r"))
    (run,) = pages.ask("runs.list", {})["runs"]
    assert run["status"] == "interrupted"


@pytest.mark.usefixtures("many")
def test_a_word_finds_runs_by_any_of_their_tasks(pages):
    assert pages.ask("runs.list", {"text": "FIRST"})["total"] == 1_000
    assert pages.ask("runs.list", {"text": "first 수집"})["total"] == 500
