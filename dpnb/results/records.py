"""The rows of the ledger, as frozen records.

Instants are integers of microseconds since 1970 UTC (``_us``); durations are seconds (``_s``). The record
of a stored value is made in each process that it comes through: as a named tuple, in a fifth of a dataclass's time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


class PickledByPosition:
    """Pickles a frozen record as the tuple of its values: a third of the time that dataclasses take with slots.

    Records travel between processes of one version of dpnb only, so that positions are as good as names.
    """

    __slots__ = ()

    def __reduce__(self) -> tuple[Any, ...]:
        return restore, (type(self), values_of(self))


def values_of(record: PickledByPosition) -> tuple[Any, ...]:
    """Return a record's values in the order of its fields."""
    kind = type(record)
    if kind not in _getters:
        names: tuple[str, ...] = kind.__slots__
        _getters[kind] = attrgetter(*names) if len(names) > 1 else partial(_only, attrgetter(*names))
    values: tuple[Any, ...] = _getters[kind](record)
    return values


def restore[R: PickledByPosition](kind: type[R], values: Sequence[Any]) -> R:
    """Make a record of its values, as it was: nothing is checked again."""
    if kind not in _setters:
        names: tuple[str, ...] = kind.__slots__
        _setters[kind] = tuple(getattr(kind, name).__set__ for name in names)
    record = object.__new__(kind)
    for set_value, value in zip(_setters[kind], values, strict=True):
        set_value(record, value)
    return record


def _only(getter: Callable[[Any], Any], record: Any) -> tuple[Any]:
    return (getter(record),)


_getters: dict[type, Callable[[Any], tuple[Any, ...]]] = {}
_setters: dict[type, tuple[Callable[[Any, Any], None], ...]] = {}


class RunStatus(StrEnum):
    """The state of a run."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"  # its process died before the run ended

    @property
    def is_terminal(self) -> bool:
        """Whether the run has ended."""
        return self is not RunStatus.RUNNING


class TaskState(StrEnum):
    """The state of a task run, or of one of its attempts."""

    PENDING = "pending"
    RUNNING = "running"
    RETRYING = "retrying"  # failed, waits for its next attempt
    SUCCEEDED = "succeeded"
    REUSED = "reused"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"

    @property
    def is_terminal(self) -> bool:
        """Whether nothing more happens to the task in this run."""
        return self not in (TaskState.PENDING, TaskState.RUNNING, TaskState.RETRYING)

    @property
    def has_result(self) -> bool:
        """Whether the task left a complete result."""
        return self in (TaskState.SUCCEEDED, TaskState.REUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One run. `params` and `metadata` hold JSON-able values (others as their repr).

    `plan` is the plan's JSON text; where it is empty, what was recorded of it before stays. `note` and `pinned` are the
    user's: a record that replaces another of the same run leaves them as they are.
    """

    run_id: str
    dag_id: str
    status: RunStatus
    started_us: int
    finished_us: int | None = None
    tasks: int = 0
    workers: int = 0
    params: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    plan: str = ""
    host: str = ""
    pid: int = 0
    pid_started: float = 0.0  # the process's start time, against reuse of its id
    user: str = ""
    reason: str = ""
    rerun_of: str = ""  # the run that it repeats
    tags: tuple[str, ...] | None = None  # of its plan's tasks; None where only the plan tells
    note: str = ""
    pinned: bool = False
    notebook: str = ""  # or the script, from which it was started


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRunRecord(PickledByPosition):
    """One task in one run. Key: run_id, task.

    What the task was is told by `code`, `arguments`, `reads`, `inputs` and `after`: where all of them are equal again,
    its result still stands. `output` identifies that result, which was computed in the run `origin` if that is not
    empty.
    """

    run_id: str
    task: str
    position: int  # in the plan's execution order
    state: TaskState
    attempts: int = 0
    started_us: int | None = None  # first attempt
    finished_us: int | None = None
    duration_s: float | None = None  # of the last attempt
    cpu_s: float | None = None
    peak_memory_bytes: int | None = None
    rows: int | None = None  # of all results
    size_bytes: int | None = None  # of all results
    chunks: int | None = None  # of a stream
    reason: str = ""
    inputs: str | None = None  # digest of the stored results that it was given, empty where it took none
    code: str | None = None  # digest of all code that it reaches; None where that is not known, which equals nothing
    source: str | None = None  # id of the text in which that code stands
    arguments: str = ""  # its run parameters: JSON, {parameter: [digest, text]}
    reads: str = ""  # the files that it declares, as it found them: JSON
    after: str = ""  # digest of the executions of tasks that only came before it
    output: str | None = None  # digest over all that it stored
    origin: str = ""  # the run that computed a reused result

    def counted(self, stored: Iterable[ResultRecord]) -> list[ResultRecord]:
        """Return which of the task's stored results count: what its last attempt left, or what it has taken over."""
        if self.state is TaskState.REUSED:
            return [one for one in stored if one.attempt == TAKEN_OVER]
        return [one for one in stored if TAKEN_OVER < one.attempt == self.attempts]


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRecord(PickledByPosition):
    """One try of a task. Key: run_id, task, attempt."""

    run_id: str
    task: str
    attempt: int
    state: TaskState
    started_us: int
    finished_us: int | None = None
    duration_s: float | None = None
    cpu_s: float | None = None
    peak_memory_bytes: int | None = None
    read_bytes: int | None = None  # by the process and its children, mapped results included
    written_bytes: int | None = None  # likewise, its own results included
    worker_pid: int | None = None
    exit_status: str = ""  # "signal 9", "exit code 3"; empty where the worker lived on
    error_type: str = ""
    error_message: str = ""
    traceback: str = ""  # the user's frames only
    traceback_full: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnFacts(PickledByPosition):
    """A column of a stored frame."""

    name: str
    dtype: str
    nulls: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultFacts(PickledByPosition):
    """What is known of a stored value without unpickling it."""

    type: str  # qualified type name, "pandas.DataFrame"
    rows: int | None = None
    shape: tuple[int, ...] | None = None
    columns: tuple[ColumnFacts, ...] = ()
    preview: tuple[tuple[str, ...], ...] = ()  # first rows of a frame, cell by cell as text, in the columns' order
    text: str = ""  # shortened repr of what is not a frame
    index: tuple[ColumnFacts, ...] = ()  # the levels of a frame's index, unless it only counts the rows
    labels: tuple[str, ...] = ()  # of the rows in the preview, where there is such an index
    format: str = ""  # "parquet", for instance; empty for a pickle


TAKEN_OVER = 0
"""The attempt of a result that another run has computed: no attempt of this run made it."""


class ResultRecord(NamedTuple):
    """One stored value. Key: run_id, task, result_id. `path` is relative to the store's base path, with ``/``.

    `attempt` is `TAKEN_OVER` where the result came from another run. `code` identifies the user's own classes and
    functions that its bytes only name, as they were; it is empty where there are none.
    """

    run_id: str
    task: str
    result_id: str
    path: str
    size_bytes: int
    digest: str
    facts: ResultFacts
    attempt: int = 1
    chunk: int | None = None  # position in a stream
    saved_us: int = 0
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventBatch:
    """What an owner of a run said between two commits. Key: run_id, lease, last. See `dpnb.results.told`."""

    run_id: str
    lease: int  # the owner's token
    last: int  # the number of its last event; those of an owner count from 1
    count: int
    events: str  # JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTotals:
    """What a run's tasks add up to."""

    tasks_by_state: dict[TaskState, int]
    size_bytes: int
