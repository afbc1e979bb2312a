from __future__ import annotations

import pytest

from dpnb.errors import LedgerLockedError
from dpnb.results import RunLedger, RunRecord, RunStatus, TaskRunRecord, TaskState
from dpnb.results.earlier_runs import RecordedRuns


@pytest.fixture
def ledger(place):
    with RunLedger(place) as opened:
        yield opened


def record(ledger, run: int, **states: TaskState) -> None:
    run_id = f"run_{run}"
    ledger.record([RunRecord(run_id=run_id, dag_id="d", status=RunStatus.FAILED, started_us=run, tasks=2)])
    ledger.record(
        TaskRunRecord(
            run_id=run_id, task=task, position=0, state=state, output="1" if state.has_result else None, reason=run_id
        )
        for task, state in states.items()
    )


def test_a_failure_counts_until_a_newer_run_has_a_result(ledger):
    record(ledger, 1, a=TaskState.FAILED, b=TaskState.SUCCEEDED, c=TaskState.FAILED)
    record(ledger, 2, a=TaskState.SUCCEEDED, b=TaskState.TIMED_OUT, c=TaskState.FAILED)
    record(ledger, 3, a=TaskState.SKIPPED, b=TaskState.CANCELLED)
    runs = RecordedRuns(ledger, ["a", "b", "c", "never"])
    failures = {task: runs.failure(task) for task in ("a", "b", "c", "never")}
    assert {task: row and row.run_id for task, row in failures.items()} == {
        "a": None,
        "b": "run_2",
        "c": "run_2",
        "never": None,
    }


def test_a_reused_result_is_newer_than_a_failure_before_it(ledger):
    record(ledger, 1, a=TaskState.SUCCEEDED)
    record(ledger, 2, a=TaskState.FAILED)
    record(ledger, 3, a=TaskState.REUSED)
    assert RecordedRuns(ledger, ["a"]).failure("a") is None


def test_failures_of_long_ago_are_forgotten(ledger):
    record(ledger, 1, a=TaskState.FAILED)
    for run in range(2, 25):
        record(ledger, run, b=TaskState.SUCCEEDED)
    assert RecordedRuns(ledger, ["a", "b"]).failure("a") is None
    told = RecordedRuns(ledger, ["a"]).failure("a")
    assert told is not None, "the runs between have none of the tasks that are asked for"


def test_tasks_that_were_not_asked_for_have_no_failures(ledger):
    record(ledger, 1, a=TaskState.FAILED)
    assert RecordedRuns(ledger, ["b"]).failure("a") is None


def test_stored_results_and_sources_come_from_the_ledger(ledger):
    lease = ledger.begin(
        RunRecord(run_id="run_1", dag_id="d", status=RunStatus.RUNNING, started_us=1, tasks=1), {"id": "text"}
    )
    ledger.release(lease)
    record(ledger, 2, a=TaskState.SUCCEEDED)
    runs = RecordedRuns(ledger, ["a"])
    assert [row.run_id for row in runs.of("a")] == ["run_2"]
    assert (runs.source("id"), runs.source("other")) == ("text", None)


def test_a_ledger_that_is_locked_by_now_tells_less_of_why_and_does_not_fail(ledger, monkeypatch):
    def locked(*_):
        raise LedgerLockedError("ledger.db", waited_s=1)

    record(ledger, 1, a=TaskState.FAILED)
    runs = RecordedRuns(ledger, ["a"])
    monkeypatch.setattr(ledger, "source", locked)
    monkeypatch.setattr(ledger, "failed_task_runs", locked)
    assert runs.source("id") is None
    assert runs.failure("a") is None
