"""What travels to a worker, and what comes back: records of ours, so that no user's object is unpickled on the way.

What is made anew for every attempt, in both processes, is a named tuple: it takes a fifth of a frozen dataclass's time.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from dpnb.registry import TaskKind
    from dpnb.results import ResultRecord
    from dpnb.results.records import TaskState

type ImportedFile = tuple[str, int, int]
"""A file's path, the time of its last change in nanoseconds, and its size, as it was imported."""

OUT_OF_MEMORY = "out of memory"
"""What the exit status of an attempt says whose process was killed for want of memory."""


class Delivery(StrEnum):
    """In which form a result becomes an argument, as the parameter's annotation asks."""

    AS_IS = "as it is"  # a stream as a `Stream`, any other value as it was stored
    LIST = "list"
    ITERATOR = "iterator"
    ASYNC_ITERATOR = "async iterator"
    ADDRESS = "address"  # a `StoredInput`, whatever it was stored from


class TaskInput(NamedTuple):
    """An upstream result by its address: where the worker loads an argument from, and in which form.

    Of an open stream these are the chunks that there are so far.
    """

    parameter: str
    run_id: str
    task_name: str
    result_ids: tuple[str, ...]
    digest: str = ""  # of all that was stored, with the code that it only names
    file_digest: str = ""  # of a value's file, as the ledger knows it
    is_stream: bool = False
    is_open: bool = False
    delivery: Delivery = Delivery.AS_IS


class ExecutableTask(NamedTuple):
    """One attempt of a task, complete: the worker needs nothing else but the function behind `function`.

    `arguments` is a pickled mapping of run parameters, each pickled by itself; empty without any. `unpacked` names
    those that cannot be pickled, which only the process that holds them can give. `defaults` are left to the function's
    own defaults, `absent` become None, `contexts` receive the `TaskContext`.

    One that is live reads an open stream: it may wait for others that run, so that it must never wait behind one of
    them for its worker, nor they behind it. One that others may read while it runs has a `lead`: so many chunks it may
    store before it is told of more.
    """

    run_id: str
    task_name: str
    task_result_id: str
    attempt: int
    function: bytes  # digest
    kind: TaskKind
    lease: int = 1  # the token under which this run's owner has it
    stream_output: bool = False
    file_format: str = ""  # empty for a pickle
    positional_only: tuple[str, ...] = ()
    inputs: tuple[TaskInput, ...] = ()
    is_live: bool = False
    lead: int | None = None
    arguments: bytes = b""
    unpacked: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    contexts: tuple[str, ...] = ()
    memory_limit: int | None = None  # bytes
    cpus: float | None = None
    imported: str = ""  # the digest of what the function reaches in modules, as its sender has them


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameFacts:
    """One line of a traceback; the columns are those of `traceback.FrameSummary`."""

    file: str
    line: int | None
    name: str
    end_line: int | None = None
    column: int | None = None
    end_column: int | None = None
    is_users: bool = True  # neither dpnb's nor the standard library's nor an installed package's
    place: str = ""  # what is shown for the file, and
    source: str = ""  # the line's text with its end, where only the process that raised knows them


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionFacts:
    """One exception of a chain; `relation` says how the one before it led to it: "cause", "context" or nothing."""

    type: str
    message: str
    text: tuple[str, ...]  # as a traceback ends: "KeyError: 'tailnum'", notes
    frames: tuple[FrameFacts, ...]
    relation: str = ""


class TaskResult(NamedTuple):
    """How an attempt ended. `errors` is the chain of exceptions, the last one first raised to the user last.

    `error_types` names the class of that last one and all that it derives from, each with its module. `imported` are
    the user's files that the worker had imported by then, as far as it knows; `differing` is what the function reaches
    in modules there, name by name, where that is something else than its sender has: see `ImportedState`.
    """

    run_id: str
    task_name: str
    attempt: int
    state: TaskState
    started_us: int
    duration_s: float
    cpu_s: float | None = None
    peak_memory_bytes: int | None = None
    read_bytes: int | None = None
    written_bytes: int | None = None
    worker_pid: int | None = None
    results: tuple[ResultRecord, ...] = ()
    errors: tuple[ExceptionFacts, ...] = ()
    error_types: tuple[str, ...] = ()
    exit_status: str = ""
    imported: tuple[ImportedFile, ...] = ()
    differing: tuple[tuple[str, str], ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkStored:
    """A stream's next chunk lies in the store."""

    record: ResultRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressMade:
    """What a task said of its progress."""

    fraction: float
    note: str
