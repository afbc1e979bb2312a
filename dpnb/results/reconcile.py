"""Closes runs whose process has died: adopts what they had finished, settles the rest, tidies up after them."""

from __future__ import annotations

import socket
from dataclasses import replace
from typing import TYPE_CHECKING

from dpnb.errors import (
    LeaseLostError,
    LedgerCorruptError,
    LedgerError,
    LedgerVersionError,
    RunGoingError,
)
from dpnb.results.adoption import Adoption
from dpnb.results.history import history_unless_told
from dpnb.results.leases import let_go, now_us
from dpnb.results.processes import is_running
from dpnb.results.records import AttemptRecord, RunRecord, RunStatus, TaskRunRecord, TaskState
from dpnb.results.told import batch_of, run_finished, task_came_to

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

    Only runs that are said to be going are looked at. A ledger that may only be read, or cannot be written at the
    moment, since its disk is full for instance, is left as it is: its orphaned runs are returned all the same.
    """
    orphaned = [run.run_id for run in ledger.open_runs() if is_orphaned(run, ledger.lease(run.run_id))]
    if ledger.is_read_only:
        return orphaned
    return [run_id for run_id in orphaned if _interrupt(ledger, store, run_id)]


def _interrupt(ledger: RunLedger, store: IOManager, run_id: str) -> bool:
    """Close a run, if the ledger can be written; False where another process was faster."""
    try:
        return _close(ledger, store, run_id)
    except (RunGoingError, LeaseLostError):
        return False
    except (LedgerCorruptError, LedgerVersionError):
        raise
    except LedgerError:
        return True


def _close(ledger: RunLedger, store: IOManager, run_id: str) -> bool:
    lease = ledger.take(run_id)
    try:
        return close_interrupted(ledger, store, lease)
    finally:
        let_go(lease)
        ledger.release(lease)


def close_interrupted(ledger: RunLedger, store: IOManager, lease: Lease) -> bool:
    """Close a run that its last owner left open, as its owner now; False where it had been closed.

    What had not ended then is adopted if its result lies in the store, whole and of the attempt that counts: the
    process ended between the file's last step, its name, and the ledger's. See `dpnb.results.adoption`.
    """
    record = ledger.run(lease.run_id)
    if record is None or record.status is not RunStatus.RUNNING:
        return False
    tasks = ledger.task_runs(lease.run_id)
    known_us = [task.finished_us or task.started_us or 0 for task in tasks]
    ended = replace(
        record, status=RunStatus.INTERRUPTED, reason=_REASON, finished_us=max([record.started_us, *known_us])
    )
    changes: list[Change] = [ended]
    events = history_unless_told(ledger, record)
    adoption = Adoption(ledger, store, record, tasks, lease=max(lease.token - 1, 1))
    for task in tasks:
        if not task.state.is_terminal:
            found = adoption.find(task)
            settled = _given_up(task) if found is None else _adopted(*found)
            events += [task_came_to(row, now_us()) for row in settled if isinstance(row, TaskRunRecord)]
            changes += settled
    events.append(run_finished(ended))
    changes.append(batch_of(lease.run_id, lease.token, events, before=ledger.events_said(lease)))
    ledger.record(changes, lease)
    store.tidy(run_id=lease.run_id)
    store.tidy()
    return True


def _adopted(task: TaskRunRecord, result: ResultRecord) -> list[Change]:
    is_timed = task.started_us is not None and task.attempts == 1
    started_us = task.started_us if task.started_us is not None else result.saved_us
    done = replace(
        task,
        state=TaskState.SUCCEEDED,
        started_us=started_us,
        finished_us=result.saved_us,
        duration_s=(result.saved_us - started_us) / 1e6 if is_timed else None,
        rows=result.facts.rows,
        size_bytes=result.size_bytes,
        reason=_ADOPTED,
    )
    return [result, done, _attempt(done)]


def _given_up(task: TaskRunRecord) -> list[Change]:
    state = TaskState.SKIPPED if task.state is TaskState.PENDING else TaskState.CANCELLED
    settled = replace(task, state=state, reason=_REASON)
    return [settled, _attempt(settled)] if task.state is TaskState.RUNNING else [settled]


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
