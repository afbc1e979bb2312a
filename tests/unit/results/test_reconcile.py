"""Runs whose process has died are closed once; what they had finished is adopted, if whole and the one that counts."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from dpnb.errors import LeaseLostError, LedgerCorruptError, LedgerError
from dpnb.results import (
    FilesystemIOManager,
    RunLedger,
    RunRecord,
    RunStatus,
    TaskRunRecord,
    TaskState,
    chunk_id,
    runs_frame,
    value_id,
)
from dpnb.results.inputs import digest_of_inputs, digest_of_output
from dpnb.results.processes import process_started
from dpnb.results.reconcile import is_orphaned, mark_interrupted
from dpnb.results.strays import remove_strays
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


def leave(ledger: RunLedger, *tasks: TaskRunRecord, plan: str = "{}") -> None:
    """Record a run as a process leaves it that is killed."""
    lease = ledger.begin(replace(RUN, plan=plan))
    ledger.record(tasks, lease)
    with ledger._database.writing() as connection:
        connection.execute(LEASES.update().values(pid_started=process_started(os.getpid()) - 60))


def save(store: FilesystemIOManager, result_id: str, task: str = "a") -> Path:
    return store.save("런", task, result_id, [1, 2])


def pending(task: str, attempts: int = 0) -> TaskRunRecord:
    position = "abc".index(task)
    return TaskRunRecord(run_id="런", task=task, position=position, state=TaskState.PENDING, attempts=attempts)


def chain(*, stream: str = "") -> str:
    """Return the plan of tasks a ─▶ b ─▶ c, of which one may give a stream."""
    tasks = [
        {
            "name": name,
            "upstream": [*before],
            "bindings": [{"parameter": "값", "source": "task", "task": one} for one in before],
            "stream_output": name == stream,
        }
        for name, before in [("a", ""), ("b", "a"), ("c", "b")]
    ]
    return json.dumps({"tasks": tasks})


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


def test_what_was_stored_before_the_ledger_knew_that_it_ran_is_adopted_with_its_inputs(ledger, store):
    leave(ledger, pending("a"), pending("b", attempts=1), replace(pending("c"), state=TaskState.RETRYING), plan=chain())
    for task in "abc":
        save(store, value_id(1), task)
    mark_interrupted(ledger, store)
    rows, results = ledger.task_runs("런"), ledger.results("런")
    assert [(row.state, row.attempts) for row in rows] == [(TaskState.SUCCEEDED, 1)] * 3
    assert [row.inputs for row in rows] == ["", *(digest_of_inputs([("값", one.digest)]) for one in results[:2])]
    assert [row.started_us for row in rows] == [one.saved_us for one in results]
    assert [(one.task, one.attempt, one.state) for one in ledger.attempts("런")] == [(t, 1, "succeeded") for t in "abc"]
    assert mark_interrupted(ledger, store) == []
    assert ledger.results("런") == results


def test_the_attempt_after_the_one_that_the_ledger_knows_is_the_one_that_counts(ledger, store):
    leave(ledger, replace(pending("a", attempts=2), state=TaskState.RETRYING), plan=chain())
    for attempt in (1, 2, 3):
        save(store, value_id(attempt))
    mark_interrupted(ledger, store)
    assert ledger.task_runs("런")[0].attempts == 3
    assert [one.result_id for one in ledger.results("런")] == ["result_003"]


@pytest.mark.parametrize("state", [TaskState.PENDING, TaskState.FAILED, TaskState.SUCCEEDED])
def test_a_result_whose_inputs_are_not_known_is_not_adopted(ledger, store, state):
    leave(ledger, replace(pending("a"), state=state), pending("b"), plan=chain())
    save(store, value_id(1), "b")
    mark_interrupted(ledger, store)
    assert ledger.task_runs("런")[1].state is TaskState.SKIPPED
    assert ledger.results("런") == []


@pytest.mark.parametrize("state", [TaskState.PENDING, TaskState.RUNNING])
def test_what_read_an_open_stream_is_not_adopted(ledger, store, state):
    done = replace(pending("a", attempts=1), state=TaskState.SUCCEEDED, chunks=1)
    while_open = digest_of_inputs([("값", "")])
    leave(ledger, done, replace(pending("b", attempts=1), state=state, inputs=while_open), plan=chain(stream="a"))
    save(store, value_id(1), "b")
    ledger.record([store.write("런", "a", chunk_id(0), [1])])
    mark_interrupted(ledger, store)
    assert not ledger.task_runs("런")[1].state.has_result
    assert [one.task for one in ledger.results("런")] == ["a"]


def test_what_had_read_a_whole_stream_is_adopted(ledger, store):
    done = replace(pending("a", attempts=1), state=TaskState.SUCCEEDED, chunks=1)
    chunk = store.write("런", "a", chunk_id(0), [1])
    leave(ledger, done, plan=chain(stream="a"))
    whole = digest_of_output([chunk])
    ran = replace(pending("b", attempts=1), state=TaskState.RUNNING, inputs=digest_of_inputs([("값", whole)]))
    ledger.record([chunk, ran])
    save(store, value_id(1), "b")
    mark_interrupted(ledger, store)
    assert ledger.task_runs("런")[1].state is TaskState.SUCCEEDED


def test_half_a_stream_is_not_adopted(ledger, store):
    leave(ledger, pending("a"), plan=chain(stream="a"))
    save(store, chunk_id(0))
    mark_interrupted(ledger, store)
    assert ledger.task_runs("런")[0].state is TaskState.SKIPPED


def test_what_was_given_the_result_of_a_task_that_had_run_again_is_not_adopted(ledger, store):
    leave(ledger, replace(pending("a", attempts=1), state=TaskState.SUCCEEDED), pending("b"), plan=chain())
    ledger.record([store.write("런", "a", value_id(1), [1])])
    with ledger._database.writing() as connection:
        connection.execute(LEASES.update().values(token=2))
    save(store, value_id(2, lease=2))
    save(store, value_id(1, lease=2), "b")
    mark_interrupted(ledger, store)
    assert ledger.task_runs("런")[1].state is TaskState.SKIPPED


def test_only_unrecorded_results_of_earlier_owners_are_strays(store):
    kept = [value_id(1), value_id(2, lease=3), value_id(3, lease=4), "mine"]
    for result_id in [*kept, value_id(2), chunk_id(0), chunk_id(4, attempt=2, lease=2)]:
        save(store, result_id)
    assert remove_strays(store, "런", {("a", kept[0])}, before=3) == 3
    assert store.list_results("런") == sorted(kept)


@pytest.mark.parametrize("cut", ["take", "record", "release"])
def test_a_ledger_that_cannot_be_written_tells_what_is_interrupted_all_the_same(ledger, store, monkeypatch, cut):
    def refuse(*_: object) -> None:
        raise LedgerError("The ledger failed: database or disk is full.", hint="")

    leave(ledger, TASK)
    with monkeypatch.context() as full:
        full.setattr(ledger, cut, refuse)
        assert mark_interrupted(ledger, store) == ["런"]
    frame = runs_frame(ledger, ["런"])
    assert frame["status"].tolist() == ["interrupted"]
    assert cut == "release" or mark_interrupted(ledger, store) == ["런"]  # it was let go, and is closed later
    assert ledger.run("런").status is RunStatus.INTERRUPTED


def test_a_ledger_that_is_damaged_is_said_to_be_so(ledger, store, monkeypatch):
    leave(ledger, TASK)
    monkeypatch.setattr(ledger, "take", lambda _run_id: (_ for _ in ()).throw(LedgerCorruptError("l", reason="")))
    with pytest.raises(LedgerCorruptError):
        mark_interrupted(ledger, store)
