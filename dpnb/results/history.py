"""What a run of an earlier dpnb would have said: the ledger has its rows, but no events.

Rows tell how each attempt began and ended, and what became of each task: nothing of progress, and of a run that was
resumed only the last time.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import accumulate
from typing import TYPE_CHECKING

from dpnb.results.records import TaskState
from dpnb.results.told import STATE_FACTS, Told, run_finished, run_started, task_came_to, whole_us

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dpnb.results.ledger import RunLedger
    from dpnb.results.records import AttemptRecord, RunRecord, TaskRunRecord


def history_unless_told(ledger: RunLedger, run: RunRecord) -> list[Told]:
    """Return what a run would have said so far; nothing where the ledger has what it did say."""
    if ledger.event_batches(run.run_id, limit=1):
        return []
    attempts: dict[str, list[AttemptRecord]] = defaultdict(list)
    for attempt in ledger.attempts(run.run_id):
        attempts[attempt.task].append(attempt)
    told = [one for row in ledger.task_runs(run.run_id) for one in _of_task(row, attempts[row.task])]
    end = [run_finished(run)] if run.status.is_terminal else []
    return [run_started(run), *sorted(told, key=lambda one: one.time_us), *end]


def _of_task(row: TaskRunRecord, attempts: Sequence[AttemptRecord]) -> list[Told]:
    told: list[Told] = []
    for attempt in attempts:
        told.append(_running(row, attempt.attempt, attempt.started_us))
        if attempt.attempt < row.attempts:
            told.append(_retrying(row, attempt))
    last_us = max([row.finished_us or 0, *(one.time_us for one in told)])
    if row.state is TaskState.RUNNING and len(attempts) < row.attempts:
        told.append(_running(row, row.attempts, max(last_us, row.started_us or 0)))
    elif row.state not in (TaskState.PENDING, TaskState.RUNNING, TaskState.RETRYING):
        told.append(task_came_to(row, last_us))
    times_us = accumulate((one.time_us for one in told), max)  # whatever the clock did, one comes after the other
    return [one._replace(time_us=time_us) for one, time_us in zip(told, times_us, strict=True)]


def _running(row: TaskRunRecord, attempt: int, time_us: int) -> Told:
    return Told(time_us, TaskState.RUNNING, row.task, (attempt, row.started_us))


def _retrying(row: TaskRunRecord, attempt: AttemptRecord) -> Told:
    facts = {
        "attempt": attempt.attempt,
        "started_us": row.started_us,
        "duration_us": whole_us(attempt.duration_s),
        "cpu_us": whole_us(attempt.cpu_s),
        "peak_memory_bytes": attempt.peak_memory_bytes,
        "reason": attempt.error_message.partition("\n")[0],
    }
    ended_us = attempt.finished_us if attempt.finished_us is not None else attempt.started_us
    return Told(ended_us, TaskState.RETRYING, row.task, tuple(facts.get(name) for name in STATE_FACTS))
