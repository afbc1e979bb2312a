"""The ledger as tidy DataFrames: one row per run, task, attempt or result, with the same dtypes when there is none.

Names are ``str``, states and statuses ordered categories of all that there are, instants ``datetime64[us, UTC]``,
durations ``timedelta64[us]``, counts and bytes nullable ``Int64``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from dpnb.results.previews import preview_of
from dpnb.results.records import RunStatus, TaskState

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from pathlib import Path

    import pandas as pd

    from dpnb.results.ledger import RunLedger
    from dpnb.results.records import ResultRecord, RunRecord, RunTotals


class _Column(NamedTuple):
    name: str
    dtype: str
    value: Callable[[Any], Any]


def runs_frame(ledger: RunLedger, interrupted: Collection[str] = ()) -> pd.DataFrame:
    """Return all runs, newest first; those of the ids `interrupted` are so, whatever the ledger could be told.

    Returns
    -------
    runs × run_id (str), status (category), started (UTC), duration (timedelta; missing while it goes), tasks,
    succeeded, failed (Int64: tasks in these states; `succeeded` counts reused ones, `failed` timed-out ones), bytes
    (Int64, of all results), dag_id (str), params, metadata (dictionaries), reason, user, host (str).
    """
    totals = ledger.run_totals()
    return _frame(_RUN_COLUMNS, [(_seen(run, interrupted), totals.get(run.run_id)) for run in ledger.runs()])


def _seen(run: RunRecord, interrupted: Collection[str]) -> RunRecord:
    is_open = run.run_id in interrupted and not run.status.is_terminal
    return replace(run, status=RunStatus.INTERRUPTED) if is_open else run


def tasks_frame(ledger: RunLedger, run_id: str) -> pd.DataFrame:
    """Return a run's tasks in the plan's order.

    Returns
    -------
    tasks × task (str), state (category), attempts (Int64), started (UTC, first attempt), duration, cpu (timedelta,
    last attempt), peak_memory (Int64 bytes), rows, bytes (Int64, of all its results), chunks (Int64, of a stream),
    reason (str).
    """
    return _frame(_TASK_COLUMNS, ledger.task_runs(run_id))


def attempts_frame(ledger: RunLedger, run_id: str, task: str | None = None) -> pd.DataFrame:
    """Return a run's attempts, or those of one task, in the order in which they started.

    Returns
    -------
    attempts × task (str), attempt (Int64), state (category), started (UTC), duration, cpu (timedelta), peak_memory
    (Int64 bytes), read, written (Int64 bytes, by the process and the children it waited for, mapped inputs and stored
    results included), worker_pid (Int64), exit_status, error_type, error (str).
    """
    return _frame(_ATTEMPT_COLUMNS, ledger.attempts(run_id, task))


def results_frame(
    ledger: RunLedger, run_id: str, task: str | None = None, *, base_path: Path | str | None = None
) -> pd.DataFrame:
    """Return a run's stored results, or those of one task, in the plan's order.

    Returns
    -------
    results × task, result_id, type (str), shape (tuple or None), rows, columns (Int64 counts), bytes (Int64), saved
    (UTC), path (str, below the store's folder, or absolute where `base_path` is given), digest, preview (str: the
    first row, or a short repr).
    """
    order = {record.task: record.position for record in ledger.task_runs(run_id)}
    records = sorted(ledger.results(run_id, task), key=lambda record: order.get(record.task, len(order)))
    prefix = "" if base_path is None else f"{base_path}/"
    return _frame(_RESULT_COLUMNS, [(record, prefix) for record in records])


def failures_frame(ledger: RunLedger, run_id: str) -> pd.DataFrame:
    """Return a run's failed attempts in the order in which they started.

    Returns
    -------
    failed attempts × task (str), attempt (Int64), state (category), error_type, error (str), traceback (str, the
    user's frames only), exit_status (str: how the worker ended, empty where it lived on).
    """
    failed = (TaskState.FAILED, TaskState.TIMED_OUT)
    return _frame(_FAILURE_COLUMNS, [attempt for attempt in ledger.attempts(run_id) if attempt.state in failed])


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
    _Column("run_id", "str", _run("run_id")),
    _Column("status", "status", _run("status")),
    _Column("started", "instant", _run("started_us")),
    _Column("duration", "duration", _run_duration),
    _Column("tasks", "Int64", _run("tasks")),
    _Column("succeeded", "Int64", _total(TaskState.SUCCEEDED, TaskState.REUSED)),
    _Column("failed", "Int64", _total(TaskState.FAILED, TaskState.TIMED_OUT)),
    _Column("bytes", "Int64", lambda row: row[1].size_bytes if row[1] else 0),
    _Column("dag_id", "str", _run("dag_id")),
    _Column("params", "object", _run("params")),
    _Column("metadata", "object", _run("metadata")),
    _Column("reason", "str", _run("reason")),
    _Column("user", "str", _run("user")),
    _Column("host", "str", _run("host")),
)

_TASK_COLUMNS = (
    _Column("task", "str", _own("task")),
    _Column("state", "state", _own("state")),
    _Column("attempts", "Int64", _own("attempts")),
    _Column("started", "instant", _own("started_us")),
    _Column("duration", "duration", _seconds("duration_s")),
    _Column("cpu", "duration", _seconds("cpu_s")),
    _Column("peak_memory", "Int64", _own("peak_memory_bytes")),
    _Column("rows", "Int64", _own("rows")),
    _Column("bytes", "Int64", _own("size_bytes")),
    _Column("chunks", "Int64", _own("chunks")),
    _Column("reason", "str", _own("reason")),
)

_ATTEMPT_COLUMNS = (
    _Column("task", "str", _own("task")),
    _Column("attempt", "Int64", _own("attempt")),
    _Column("state", "state", _own("state")),
    _Column("started", "instant", _own("started_us")),
    _Column("duration", "duration", _seconds("duration_s")),
    _Column("cpu", "duration", _seconds("cpu_s")),
    _Column("peak_memory", "Int64", _own("peak_memory_bytes")),
    _Column("read", "Int64", _own("read_bytes")),
    _Column("written", "Int64", _own("written_bytes")),
    _Column("worker_pid", "Int64", _own("worker_pid")),
    _Column("exit_status", "str", _own("exit_status")),
    _Column("error_type", "str", _own("error_type")),
    _Column("error", "str", _own("error_message")),
)

_RESULT_COLUMNS = (
    _Column("task", "str", _result("task")),
    _Column("result_id", "str", _result("result_id")),
    _Column("type", "str", _fact("type")),
    _Column("shape", "object", _fact("shape")),
    _Column("rows", "Int64", _fact("rows")),
    _Column("columns", "Int64", lambda row: len(row[0].facts.columns) or None),
    _Column("bytes", "Int64", _result("size_bytes")),
    _Column("saved", "instant", _result("saved_us")),
    _Column("path", "str", lambda row: f"{row[1]}{row[0].path}"),
    _Column("digest", "str", _result("digest")),
    _Column("preview", "str", lambda row: preview_of(row[0].facts)),
)

_FAILURE_COLUMNS = (
    _Column("task", "str", _own("task")),
    _Column("attempt", "Int64", _own("attempt")),
    _Column("state", "state", _own("state")),
    _Column("error_type", "str", _own("error_type")),
    _Column("error", "str", _own("error_message")),
    _Column("traceback", "str", _own("traceback")),
    _Column("exit_status", "str", _own("exit_status")),
)


def _frame(columns: Iterable[_Column], records: list[Any]) -> pd.DataFrame:
    import pandas as pd

    data = {column.name: _values(column.dtype, list(map(column.value, records))) for column in columns}
    return pd.DataFrame(data, index=pd.RangeIndex(len(records)))


def _values(dtype: str, values: list[Any]) -> Any:
    import pandas as pd

    match dtype:
        case "instant":
            return pd.array(_microseconds(values), dtype="datetime64[us]").tz_localize("UTC")
        case "duration":
            return pd.array(_microseconds(values), dtype="timedelta64[us]")
        case "state" | "status":
            known = TaskState if dtype == "state" else RunStatus
            return pd.Categorical(
                [value.value for value in values], categories=[each.value for each in known], ordered=True
            )
        case _:
            return pd.Series(values, dtype=dtype)


def _microseconds(values: list[int | None]) -> Any:
    import numpy as np

    missing = np.iinfo(np.int64).min  # NumPy's NaT
    return np.array([missing if value is None else value for value in values], dtype="int64")
