"""Finds runs whose process has died, and says so in the ledger."""

from __future__ import annotations

import socket
from dataclasses import replace
from typing import TYPE_CHECKING

import psutil

from dpnb.results.records import RunRecord, RunStatus, TaskRunRecord, TaskState

if TYPE_CHECKING:
    from dpnb.results.ledger import RunLedger

_REASON = "the process that drove the run has ended"


def process_started(pid: int) -> float:
    """Return when a process started, in seconds since 1970, which tells it from a later one of its id; else 0."""
    try:
        return float(psutil.Process(pid).create_time())
    except psutil.NoSuchProcess:
        return 0.0


def is_orphaned(record: RunRecord) -> bool:
    """Tell whether a run is said to be going while its process is gone; runs of other machines are left alone."""
    if record.status is not RunStatus.RUNNING or record.host != socket.gethostname():
        return False
    return process_started(record.pid) != record.pid_started


def mark_interrupted(ledger: RunLedger) -> list[str]:
    """Set every orphaned run to `interrupted`, settle its open tasks, and return the ids of these runs.

    A ledger that may only be read is left as it is.
    """
    if ledger.is_read_only:
        return []
    orphaned = [record.run_id for record in ledger.runs() if is_orphaned(record)]
    for run_id in orphaned:
        record = ledger.run(run_id)
        if record is not None and is_orphaned(record):
            ledger.record(_interrupted(record, ledger.task_runs(run_id)))
    return orphaned


def _interrupted(record: RunRecord, tasks: list[TaskRunRecord]) -> list[RunRecord | TaskRunRecord]:
    known_us = [task.finished_us or task.started_us or 0 for task in tasks]
    run = replace(record, status=RunStatus.INTERRUPTED, reason=_REASON, finished_us=max([record.started_us, *known_us]))
    return [run, *(_settled(task) for task in tasks if not task.state.is_terminal)]


def _settled(task: TaskRunRecord) -> TaskRunRecord:
    state = TaskState.SKIPPED if task.state is TaskState.PENDING else TaskState.CANCELLED
    return replace(task, state=state, reason=_REASON)
