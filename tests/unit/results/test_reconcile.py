"""Runs whose process has died are closed once; what they had finished is adopted, if whole and the one that counts."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from dpnb.errors import LeaseLostError
from dpnb.results import (
    FilesystemIOManager,
    RunLedger,
    RunRecord,
    RunStatus,
    TaskRunRecord,
    TaskState,
    chunk_id,
    value_id,
)
from dpnb.results.processes import process_started
from dpnb.results.reconcile import is_orphaned, mark_interrupted
from dpnb.results.tables import LEASES

RUN = RunRecord(run_id="런", dag_id="dag", status=RunStatus.RUNNING, started_us=1, host="gone", plan="{}")
TASK = TaskRunRecord(run_id="런", task="a", position=0, state=TaskState.RUNNING, attempts=2, started_us=5)


@pytest.fixture
def store(tmp_path: Path) -> FilesystemIOManager:
    return FilesystemIOManager(tmp_path / "runs")


@pytest.fixture
def ledger(tmp_path: Path):
    with RunLedger(tmp_path / "ledger.db") as opened:
        yield opened


def leave(ledger: RunLedger, *tasks: TaskRunRecord) -> None:
    """Record a run as a process leaves it that is killed."""
    lease = ledger.begin(RUN)
    ledger.record(tasks, lease)
    with ledger._writing() as connection:
        connection.execute(LEASES.update().values(pid_started=process_started(os.getpid()) - 60))


def save(store: FilesystemIOManager, result_id: str) -> Path:
    return store.save("런", "a", result_id, [1, 2])


def test_open_tasks_are_settled_and_the_run_is_closed_once(ledger, store):
    done = replace(TASK, task="b", position=1, state=TaskState.SUCCEEDED, finished_us=9)
    leave(ledger, TASK, done, replace(TASK, task="c", position=2, state=TaskState.PENDING, attempts=0))
    assert mark_interrupted(ledger, store) == ["런"]
    assert mark_interrupted(ledger, store) == []
    run = ledger.run("런")
    assert (run.status, run.finished_us, run.plan) == (RunStatus.INTERRUPTED, 9, "{}")
    assert [row.state for row in ledger.task_runs("런")] == ["cancelled", "succeeded", "skipped"]
    assert ledger.task_runs("런")[1] == done
    assert [(one.task, one.attempt, one.state) for one in ledger.attempts("런")] == [("a", 2, "cancelled")]
    assert not ledger.lease("런").is_held


def test_the_result_of_the_attempt_that_ran_is_adopted_once(ledger, store):
    leave(ledger, TASK)
    save(store, value_id(2))
    mark_interrupted(ledger, store)
    row, result = ledger.task_runs("런")[0], ledger.results("런")[0]
    assert (row.state, row.attempts, row.finished_us) == (TaskState.SUCCEEDED, 2, result.saved_us)
    assert (result.result_id, row.size_bytes) == ("result_002", result.size_bytes)
    assert [attempt.state for attempt in ledger.attempts("런")] == [TaskState.SUCCEEDED]
    mark_interrupted(ledger, store)
    assert len(ledger.results("런")) == 1


@pytest.mark.parametrize("result_id", [value_id(1), value_id(3), value_id(2, lease=5), chunk_id(0, attempt=2), "mine"])
def test_a_result_of_another_attempt_or_owner_is_not_adopted(ledger, store, result_id):
    leave(ledger, TASK)
    save(store, result_id)
    mark_interrupted(ledger, store)
    assert ledger.task_runs("런")[0].state is TaskState.CANCELLED
    assert ledger.results("런") == []


def test_a_damaged_result_is_not_adopted(ledger, store):
    leave(ledger, TASK)
    path = save(store, value_id(2))
    path.write_bytes(path.read_bytes()[:-1])
    mark_interrupted(ledger, store)
    assert ledger.task_runs("런")[0].state is TaskState.CANCELLED


@pytest.mark.parametrize("state", [TaskState.FAILED, TaskState.TIMED_OUT, TaskState.CANCELLED])
def test_a_late_result_of_an_attempt_that_had_ended_otherwise_is_not_adopted(ledger, store, state):
    ended = replace(TASK, state=state)
    leave(ledger, ended)
    save(store, value_id(2))
    mark_interrupted(ledger, store)
    assert ledger.task_runs("런") == [ended]
    assert ledger.results("런") == []


def test_the_dead_owner_commits_nothing_any_more(ledger, store):
    leave(ledger, TASK)
    old = ledger.lease("런")
    mark_interrupted(ledger, store)
    with pytest.raises(LeaseLostError):
        ledger.record([TASK], old)


def test_a_run_that_is_going_is_left_alone(ledger, store):
    lease = ledger.begin(RUN)
    assert not is_orphaned(RUN, lease)
    assert mark_interrupted(ledger, store) == []
    assert ledger.run("런").status is RunStatus.RUNNING


def test_nothing_but_runs_that_are_said_to_be_going_is_looked_at(ledger, store, monkeypatch):
    for number in range(3):
        ledger.record([replace(RUN, run_id=f"run {number}", status=RunStatus.SUCCEEDED)])
    monkeypatch.setattr(ledger, "lease", pytest.fail)
    monkeypatch.setattr(ledger, "task_runs", pytest.fail)
    assert mark_interrupted(ledger, store) == []
