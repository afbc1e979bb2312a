"""Records as rows of the ledger's tables, and back."""

from __future__ import annotations

import json
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from dpnb.results.facts_json import facts_from_json, facts_to_json
from dpnb.results.records import (
    AttemptRecord,
    EventBatch,
    ResultRecord,
    RunRecord,
    RunStatus,
    TaskRunRecord,
    TaskState,
    restore,
)
from dpnb.results.tables import ATTEMPTS, EVENTS, RESULTS, RUNS, TASK_RUNS

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Row, Table


class ReadyRow(NamedTuple):
    """A record as its values in the order of its table's columns, where making the record first would be too slow."""

    kind: type[TaskRunRecord | AttemptRecord]
    values: tuple[Any, ...]


type Record = RunRecord | TaskRunRecord | AttemptRecord | ResultRecord | EventBatch
type Change = Record | ReadyRow

TABLES: dict[type, Table] = {
    RunRecord: RUNS,
    TaskRunRecord: TASK_RUNS,
    AttemptRecord: ATTEMPTS,
    ResultRecord: RESULTS,
    EventBatch: EVENTS,
}


def _fields(table: Table, *without: str) -> Callable[[Any], tuple[Any, ...]]:
    return attrgetter(*(column.name for column in table.columns if column.name not in without))


_run_fields = _fields(RUNS)
_task_run_fields = _fields(TASK_RUNS)
_attempt_fields = _fields(ATTEMPTS)
_result_fields = _fields(RESULTS)
_TASK_STATES = {state.value: state for state in TaskState}
_STATE, _STATUS, _PARAMS, _METADATA, _FACTS = 3, 2, 7, 8, 6
_TAGS, _PINNED = -4, -2


def row_of(record: Change) -> tuple[type, tuple[Any, ...]]:
    """Return a record's kind, and its values in the order of its table's columns."""
    if type(record) is ReadyRow:
        return record
    return type(record), _ROWS[type(record)](record)


def ready_row(record: TaskRunRecord | AttemptRecord) -> ReadyRow:
    """Return a record as its row."""
    return ReadyRow(*row_of(record))


def _run_row(record: RunRecord) -> tuple[Any, ...]:
    row = list(_run_fields(record))
    row[_STATUS] = record.status.value
    row[_PARAMS], row[_METADATA] = _to_json(record.params), _to_json(record.metadata)
    row[_TAGS] = None if record.tags is None else json.dumps(record.tags, ensure_ascii=False)
    row[_PINNED] = int(record.pinned)
    return tuple(row)


def _task_run_row(record: TaskRunRecord) -> tuple[Any, ...]:
    row = _task_run_fields(record)
    return (*row[:_STATE], record.state.value, *row[_STATE + 1 :])


def _attempt_row(record: AttemptRecord) -> tuple[Any, ...]:
    row = _attempt_fields(record)
    return (*row[:_STATE], record.state.value, *row[_STATE + 1 :])


def _result_row(record: ResultRecord) -> tuple[Any, ...]:
    row = _result_fields(record)
    return (*row[:_FACTS], facts_to_json(record.facts), *row[_FACTS + 1 :])


_ROWS: dict[type, Callable[[Any], tuple[Any, ...]]] = {
    RunRecord: _run_row,
    TaskRunRecord: _task_run_row,
    AttemptRecord: _attempt_row,
    ResultRecord: _result_row,
    EventBatch: _fields(EVENTS),
}


def run_from(row: Row[Any]) -> RunRecord:
    """Return the record of a row of `RUNS`."""
    values = dict(row._mapping)  # noqa: SLF001  # SQLAlchemy's public name for it
    values["status"] = RunStatus(values["status"])
    values["params"], values["metadata"] = _from_json(values["params"]), _from_json(values["metadata"])
    values["tags"] = None if values["tags"] is None else tuple(json.loads(values["tags"]))
    values["pinned"] = bool(values["pinned"])
    return RunRecord(**values)


def task_run_from(row: Row[Any]) -> TaskRunRecord:
    """Return the record of a whole row of `TASK_RUNS`, whose columns are in the order of the record's fields."""
    values = tuple(row)
    return restore(TaskRunRecord, (*values[:_STATE], _TASK_STATES[values[_STATE]], *values[_STATE + 1 :]))


def attempt_from(row: Row[Any]) -> AttemptRecord:
    """Return the record of a row of `ATTEMPTS`, all of its columns in their order."""
    return restore(AttemptRecord, (*row[:_STATE], TaskState(row[_STATE]), *row[_STATE + 1 :]))


def result_from(row: Row[Any]) -> ResultRecord:
    """Return the record of a row of `RESULTS`, all of its columns in their order."""
    return ResultRecord._make((*row[:_FACTS], facts_from_json(row[_FACTS]), *row[_FACTS + 1 :]))


def event_batch_from(row: Row[Any]) -> EventBatch:
    """Return the record of a row of `EVENTS`."""
    return EventBatch(**row._mapping)  # noqa: SLF001  # SQLAlchemy's public name for it


def as_stored(values: dict[str, Any]) -> dict[str, Any]:
    """Return what a run's parameters or metadata are when they are read back."""
    stored: dict[str, Any] = json.loads(_to_json(values))
    return stored


def without_surrogates(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the row with lone surrogates, which no database takes, written out as escapes."""
    return tuple(
        value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value for value in row
    )


def without_nul(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the row with NUL, which PostgreSQL does not take in a text, written out as an escape."""
    return tuple(value.replace("\0", "\\x00") if isinstance(value, str) and "\0" in value else value for value in row)


def _to_json(values: dict[str, Any]) -> str:
    if not values:
        return "{}"
    try:
        return json.dumps(values, ensure_ascii=False, default=repr)
    except (TypeError, ValueError, RecursionError):  # keys of other types, or a cycle
        return json.dumps({_key(key): _alone(value) for key, value in values.items()}, ensure_ascii=False)


def _from_json(text: str) -> dict[str, Any]:
    values: dict[str, Any] = {} if text == "{}" else json.loads(text)
    return values


def _key(key: object) -> str:
    return key if isinstance(key, str) else repr(key)


def _alone(value: Any) -> Any:
    try:
        return json.loads(json.dumps(value))
    except (TypeError, ValueError, RecursionError):
        return repr(value)
