"""Closes runs whose process has died: adopts what they had finished, settles the rest, tidies up after them."""

from __future__ import annotations

import socket
from dataclasses import replace
from typing import TYPE_CHECKING

from dpnb.errors import LeaseLostError, RunGoingError
from dpnb.results.processes import is_running
from dpnb.results.records import RunRecord, RunStatus, TaskRunRecord, TaskState

if TYPE_CHECKING:
    from dpnb.results.leases import Lease
    from dpnb.results.ledger import RunLedger

_REASON = "the process that drove the run has ended"


def is_orphaned(record: RunRecord, lease: Lease | None) -> bool:
    """Tell whether a run is said to be going while nobody owns it."""
    if record.status is not RunStatus.RUNNING:
        return False
    if lease is not None:
        return not lease.is_held
    return record.host == socket.gethostname() and not is_running(record.pid, record.pid_started)


def mark_interrupted(ledger: RunLedger) -> list[str]:
    """Set every orphaned run to `interrupted`, settle its open tasks, and return the ids of these runs.

    Only runs that are said to be going are looked at. A ledger that may only be read is left as it is.
    """
    if ledger.is_read_only:
        return []
    orphaned = [run.run_id for run in ledger.open_runs() if is_orphaned(run, ledger.lease(run.run_id))]
    return [run_id for run_id in orphaned if _interrupt(ledger, run_id)]


def _interrupt(ledger: RunLedger, run_id: str) -> bool:
    """Close a run; False where another process was faster."""
    try:
        lease = ledger.take(run_id)
    except RunGoingError:
        return False
    try:
        record = ledger.run(run_id)
        if record is None or record.status is not RunStatus.RUNNING:
            return False
        ledger.record(_interrupted(record, ledger.task_runs(run_id)), lease)
    except LeaseLostError:
        return False
    finally:
        ledger.release(lease)
    return True


def _interrupted(record: RunRecord, tasks: list[TaskRunRecord]) -> list[RunRecord | TaskRunRecord]:
    known_us = [task.finished_us or task.started_us or 0 for task in tasks]
    run = replace(record, status=RunStatus.INTERRUPTED, reason=_REASON, finished_us=max([record.started_us, *known_us]))
    return [run, *(_settled(task) for task in tasks if not task.state.is_terminal)]


def _settled(task: TaskRunRecord) -> TaskRunRecord:
    state = TaskState.SKIPPED if task.state is TaskState.PENDING else TaskState.CANCELLED
    return replace(task, state=state, reason=_REASON)
