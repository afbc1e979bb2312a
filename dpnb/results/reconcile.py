"""Closes runs whose process has died: adopts what they had finished, settles the rest, tidies up after them."""

from __future__ import annotations

import socket
from dataclasses import replace
from typing import TYPE_CHECKING

from dpnb.errors import CorruptResultError, LeaseLostError, ResultNotFoundError, RunGoingError
from dpnb.results.processes import is_running
from dpnb.results.records import AttemptRecord, RunRecord, RunStatus, TaskRunRecord, TaskState
from dpnb.results.result_ids import value_id

if TYPE_CHECKING:
    from dpnb.results.leases import Lease
    from dpnb.results.ledger import RunLedger
    from dpnb.results.ports import IOManager
    from dpnb.results.records import ResultRecord
    from dpnb.results.rows import Change

_REASON = "the process that drove the run has ended"
_ADOPTED = "its result was stored just before the process that drove the run ended"


def is_orphaned(record: RunRecord, lease: Lease | None) -> bool:
    """Tell whether a run is said to be going while nobody owns it."""
    if record.status is not RunStatus.RUNNING:
        return False
    if lease is not None:
        return not lease.is_held
    return record.host == socket.gethostname() and not is_running(record.pid, record.pid_started)


def mark_interrupted(ledger: RunLedger, store: IOManager) -> list[str]:
    """Set every orphaned run to `interrupted`, settle its open tasks, and return the ids of these runs.

    Only runs that are said to be going are looked at. A ledger that may only be read is left as it is.
    """
    if ledger.is_read_only:
        return []
    orphaned = [run.run_id for run in ledger.open_runs() if is_orphaned(run, ledger.lease(run.run_id))]
    return [run_id for run_id in orphaned if _interrupt(ledger, store, run_id)]


def _interrupt(ledger: RunLedger, store: IOManager, run_id: str) -> bool:
    """Close a run; False where another process was faster."""
    try:
        lease = ledger.take(run_id)
    except RunGoingError:
        return False
    try:
        return close_interrupted(ledger, store, lease)
    except LeaseLostError:
        return False
    finally:
        ledger.release(lease)


def close_interrupted(ledger: RunLedger, store: IOManager, lease: Lease) -> bool:
    """Close a run that its last owner left open, as its owner now; False where it had been closed.

    What was running then is adopted if its result lies in the store, whole and of that very attempt: its process ended
    between the file's last step, its name, and the ledger's.
    """
    record = ledger.run(lease.run_id)
    if record is None or record.status is not RunStatus.RUNNING:
        return False
    tasks = ledger.task_runs(lease.run_id)
    known_us = [task.finished_us or task.started_us or 0 for task in tasks]
    changes: list[Change] = [
        replace(record, status=RunStatus.INTERRUPTED, reason=_REASON, finished_us=max([record.started_us, *known_us]))
    ]
    for task in tasks:
        if task.state is TaskState.RUNNING:
            found = _finished(store, task, lease=max(lease.token - 1, 1))
            changes += _cancelled(task) if found is None else _adopted(task, found)
        elif not task.state.is_terminal:
            changes.append(_settled(task))
    ledger.record(changes, lease)
    store.tidy(run_id=lease.run_id)
    return True


def _finished(store: IOManager, task: TaskRunRecord, *, lease: int) -> ResultRecord | None:
    """Return the result that the task's running attempt had stored; None where there is none that is whole."""
    named = {"run_id": task.run_id, "task_name": task.task, "task_result_id": value_id(task.attempts, lease=lease)}
    try:
        found = store.describe(**named)
        store.verify(**named, digest=found.digest, sealed=False)
    except (CorruptResultError, ResultNotFoundError):
        return None
    return found


def _adopted(task: TaskRunRecord, result: ResultRecord) -> list[Change]:
    started_us = task.started_us if task.started_us is not None else result.saved_us
    done = replace(
        task,
        state=TaskState.SUCCEEDED,
        finished_us=result.saved_us,
        duration_s=(result.saved_us - started_us) / 1e6 if task.attempts == 1 else None,
        rows=result.facts.rows,
        size_bytes=result.size_bytes,
        reason=_ADOPTED,
    )
    return [result, done, _attempt(done)]


def _cancelled(task: TaskRunRecord) -> list[Change]:
    return [_settled(task), _attempt(_settled(task))]


def _settled(task: TaskRunRecord) -> TaskRunRecord:
    state = TaskState.SKIPPED if task.state is TaskState.PENDING else TaskState.CANCELLED
    return replace(task, state=state, reason=_REASON)


def _attempt(task: TaskRunRecord) -> AttemptRecord:
    """Return the row of an attempt whose end nobody recorded."""
    return AttemptRecord(
        run_id=task.run_id,
        task=task.task,
        attempt=task.attempts,
        state=task.state,
        started_us=task.started_us or 0,
        finished_us=task.finished_us,
        duration_s=task.duration_s,
        error_message=task.reason,
    )
