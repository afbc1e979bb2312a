"""The ledger as tidy DataFrames: one row per run, task, attempt or result, with the same dtypes when there is none.

Names are ``str``, states and statuses ordered categories of all that there are, instants ``datetime64[us, UTC]``,
durations ``timedelta64[us]``, counts and bytes nullable ``Int64``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dpnb.results.columns import Column, frame_of
from dpnb.results.previews import preview_of
from dpnb.results.records import TaskState

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

    import pandas as pd

    from dpnb.results.ledger import RunLedger
    from dpnb.results.records import ResultRecord, RunRecord, RunTotals
    from dpnb.results.run_filter import RunFilter


def runs_frame(ledger: RunLedger, interrupted: Collection[str] = (), where: RunFilter | None = None) -> pd.DataFrame:
    """Return the runs that fit, newest first; those of the ids `interrupted` are so, whatever the ledger could be told.

    Returns
    -------
    runs × run_id (str), status (category), started (UTC), duration (timedelta; missing while it goes), tasks,
    succeeded, failed (Int64: tasks in these states; `succeeded` counts reused ones, `failed` timed-out ones), bytes
    (Int64, of all results, reused ones included, as if each lay on the disk by itself; see `Workspace.disk_usage`),
    pinned (bool), note (str), rerun_of (str, the run that it repeats), dag_id (str), params, metadata (dictionaries),
    reason, user, host, notebook (str: who started it or went on with it, where, and from which notebook or script).
    """
    found = ledger.runs(where, interrupted)
    totals = ledger.run_totals([run.run_id for run in found])
    return frame_of(_RUN_COLUMNS, [(run, totals.get(run.run_id)) for run in found])


def tasks_frame(ledger: RunLedger, run_id: str) -> pd.DataFrame:
    """Return a run's tasks in the plan's order.

    Returns
    -------
    tasks × task (str), state (category), attempts (Int64), started (UTC, first attempt), duration, cpu (timedelta,
    last attempt), peak_memory (Int64 bytes), rows, bytes (Int64, of all its results), chunks (Int64, of a stream),
    reason (str).
    """
    return frame_of(_TASK_COLUMNS, ledger.task_runs(run_id))


def attempts_frame(ledger: RunLedger, run_id: str, task: str | None = None) -> pd.DataFrame:
    """Return a run's attempts, or those of one task, in the order in which they started.

    Returns
    -------
    attempts × task (str), attempt (Int64), state (category), started (UTC), duration, cpu (timedelta), peak_memory
    (Int64 bytes), read, written (Int64 bytes, by the process and the children it waited for, mapped inputs and stored
    results included), worker_pid (Int64), exit_status, error_type, error (str).
    """
    return frame_of(_ATTEMPT_COLUMNS, ledger.attempts(run_id, task))


def results_frame(
    ledger: RunLedger,
    run_id: str,
    task: str | None = None,
    *,
    base_path: Path | str | None = None,
    beside: Sequence[ResultRecord] = (),
    beside_path: Path | str | None = None,
) -> pd.DataFrame:
    """Return a run's stored results, or those of one task, in the plan's order, and those `beside` after each task's.

    The paths of the latter are below `beside_path`.

    Returns
    -------
    results × task, result_id, type (str), shape (tuple or None), rows, columns (Int64 counts), bytes (Int64), saved
    (UTC), format (str: ``pickle``, ``parquet``…), path (str, below the store's folder, or absolute where `base_path` is
    given), digest, preview (str: the first row, or a short repr).
    """
    order = {record.task: record.position for record in ledger.task_runs(run_id)}
    prefix = "" if base_path is None else f"{base_path}/"
    other = prefix if beside_path is None else f"{beside_path}/"
    rows = [*((one, prefix) for one in ledger.results(run_id, task)), *((one, other) for one in beside)]
    return frame_of(_RESULT_COLUMNS, sorted(rows, key=lambda row: order.get(row[0].task, len(order))))


def failures_frame(ledger: RunLedger, run_id: str) -> pd.DataFrame:
    """Return a run's failed attempts in the order in which they started.

    Returns
    -------
    failed attempts × task (str), attempt (Int64), state (category), error_type, error (str), traceback (str, the
    user's frames only), exit_status (str: how the worker ended, empty where it lived on).
    """
    failed = (TaskState.FAILED, TaskState.TIMED_OUT)
    return frame_of(_FAILURE_COLUMNS, [attempt for attempt in ledger.attempts(run_id) if attempt.state in failed])


def _run(name: str) -> Callable[[tuple[RunRecord, RunTotals | None]], Any]:
    return lambda row: getattr(row[0], name)


def _total(*states: TaskState) -> Callable[[tuple[RunRecord, RunTotals | None]], int]:
    return lambda row: sum(row[1].tasks_by_state.get(state, 0) for state in states) if row[1] else 0


def _run_duration(row: tuple[RunRecord, RunTotals | None]) -> int | None:
    started, finished = row[0].started_us, row[0].finished_us
    return None if finished is None else finished - started


def _own(name: str) -> Callable[[Any], Any]:
    return lambda record: getattr(record, name)


def _seconds(name: str) -> Callable[[Any], int | None]:
    def microseconds(record: Any) -> int | None:
        seconds = getattr(record, name)
        return None if seconds is None else round(seconds * 1e6)

    return microseconds


def _result(name: str) -> Callable[[tuple[ResultRecord, str]], Any]:
    return lambda row: getattr(row[0], name)


def _fact(name: str) -> Callable[[tuple[ResultRecord, str]], Any]:
    return lambda row: getattr(row[0].facts, name)


_RUN_COLUMNS = (
    Column("run_id", "str", _run("run_id")),
    Column("status", "status", _run("status")),
    Column("started", "instant", _run("started_us")),
    Column("duration", "duration", _run_duration),
    Column("tasks", "Int64", _run("tasks")),
    Column("succeeded", "Int64", _total(TaskState.SUCCEEDED, TaskState.REUSED)),
    Column("failed", "Int64", _total(TaskState.FAILED, TaskState.TIMED_OUT)),
    Column("bytes", "Int64", lambda row: row[1].size_bytes if row[1] else 0),
    Column("pinned", "bool", _run("pinned")),
    Column("note", "str", _run("note")),
    Column("rerun_of", "str", _run("rerun_of")),
    Column("dag_id", "str", _run("dag_id")),
    Column("params", "object", _run("params")),
    Column("metadata", "object", _run("metadata")),
    Column("reason", "str", _run("reason")),
    Column("user", "str", _run("user")),
    Column("host", "str", _run("host")),
    Column("notebook", "str", _run("notebook")),
)

_TASK_COLUMNS = (
    Column("task", "str", _own("task")),
    Column("state", "state", _own("state")),
    Column("attempts", "Int64", _own("attempts")),
    Column("started", "instant", _own("started_us")),
    Column("duration", "duration", _seconds("duration_s")),
    Column("cpu", "duration", _seconds("cpu_s")),
    Column("peak_memory", "Int64", _own("peak_memory_bytes")),
    Column("rows", "Int64", _own("rows")),
    Column("bytes", "Int64", _own("size_bytes")),
    Column("chunks", "Int64", _own("chunks")),
    Column("reason", "str", _own("reason")),
)

_ATTEMPT_COLUMNS = (
    Column("task", "str", _own("task")),
    Column("attempt", "Int64", _own("attempt")),
    Column("state", "state", _own("state")),
    Column("started", "instant", _own("started_us")),
    Column("duration", "duration", _seconds("duration_s")),
    Column("cpu", "duration", _seconds("cpu_s")),
    Column("peak_memory", "Int64", _own("peak_memory_bytes")),
    Column("read", "Int64", _own("read_bytes")),
    Column("written", "Int64", _own("written_bytes")),
    Column("worker_pid", "Int64", _own("worker_pid")),
    Column("exit_status", "str", _own("exit_status")),
    Column("error_type", "str", _own("error_type")),
    Column("error", "str", _own("error_message")),
)

_RESULT_COLUMNS = (
    Column("task", "str", _result("task")),
    Column("result_id", "str", _result("result_id")),
    Column("type", "str", _fact("type")),
    Column("shape", "object", _fact("shape")),
    Column("rows", "Int64", _fact("rows")),
    Column("columns", "Int64", lambda row: len(row[0].facts.columns) or None),
    Column("bytes", "Int64", _result("size_bytes")),
    Column("saved", "instant", _result("saved_us")),
    Column("format", "str", lambda row: row[0].facts.format or "pickle"),
    Column("path", "str", lambda row: f"{row[1]}{row[0].path}"),
    Column("digest", "str", _result("digest")),
    Column("preview", "str", lambda row: preview_of(row[0].facts)),
)

_FAILURE_COLUMNS = (
    Column("task", "str", _own("task")),
    Column("attempt", "Int64", _own("attempt")),
    Column("state", "state", _own("state")),
    Column("error_type", "str", _own("error_type")),
    Column("error", "str", _own("error_message")),
    Column("traceback", "str", _own("traceback")),
    Column("exit_status", "str", _own("exit_status")),
)
