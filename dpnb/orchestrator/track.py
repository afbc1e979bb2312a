"""How far one task of a run has come: the mutable counterpart of `TaskRunRecord`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from dpnb.orchestrator.tracebacks import format_traceback
from dpnb.planner.task_identity import UNKNOWN, TaskIdentity
from dpnb.results.inputs import digest_of_order
from dpnb.results.records import AttemptRecord, TaskRunRecord, TaskState
from dpnb.results.rows import ReadyRow, ready_row
from dpnb.results.told import Told, whole_us

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dpnb.orchestrator.executable import TaskResult
    from dpnb.orchestrator.reuse import Reused
    from dpnb.planner import Node
    from dpnb.results import ResultRecord


@dataclass(slots=True)
class TaskTrack:
    """What has happened to a task so far: numbers only, for a run may have 100,000 of them.

    It `is_open` as long as an executor has an attempt of it.
    """

    run_id: str
    task: str
    position: int
    state: TaskState = TaskState.PENDING
    attempts: int = 0
    is_open: bool = False
    started_us: int | None = None
    finished_us: int | None = None
    rows: int | None = None
    size_bytes: int | None = None
    chunks: int | None = None
    reason: str = ""
    duration_s: float | None = None  # of the last attempt, as the two below
    cpu_s: float | None = None
    peak_memory_bytes: int | None = None
    inputs: str | None = None  # digest of the stored results that the last attempt was given
    identity: TaskIdentity = UNKNOWN  # what the task is in this run
    after: str = ""  # digest of the executions that came before the last attempt by order only
    output: str | None = None  # digest over all that it stored
    origin: str = ""  # the run that computed its result, where that was reused
    before: int = 0  # attempts that earlier owners of the run made
    again: str = ""  # why it runs again though it had a result
    kept: TaskRunRecord | None = None  # its row of an earlier owner's time, which stands until it runs again

    @classmethod
    def resumed(cls, record: TaskRunRecord, *, kept: bool, again: str = "") -> Self:
        """Return the track of a task in a run that goes on after another owner's time."""
        track = cls(record.run_id, record.task, record.position, attempts=record.attempts, before=record.attempts)
        track.started_us, track.again, track.origin = record.started_us, again, record.origin
        if kept:
            track.kept = record
        return track

    def open(self, attempt: int) -> None:
        """Take note of an attempt that the executor was given; what an earlier one had stored no longer counts."""
        self.kept = None
        self.attempts = attempt
        self.is_open = True
        self.rows = self.size_bytes = self.chunks = self.output = None
        self.origin = ""

    @property
    def execution(self) -> str:
        """The run in which the task was executed for this one; empty where it was not."""
        return self.origin or (self.run_id if self.attempts else "")

    @property
    def has_begun(self) -> bool:
        """Whether the attempt that the executor has is known to run."""
        return self.state is TaskState.RUNNING

    def begin(self, now_us: int) -> None:
        """Take note that the attempt runs."""
        self.state = TaskState.RUNNING
        self.started_us = self.started_us if self.started_us is not None else now_us

    def add(self, record: ResultRecord) -> None:
        """Count a stored result."""
        self.size_bytes = (self.size_bytes or 0) + record.size_bytes
        if record.facts.rows is not None:
            self.rows = (self.rows or 0) + record.facts.rows
        if record.chunk is not None:
            self.chunks = record.chunk + 1

    def end(self, result: TaskResult) -> None:
        """Take note of how an attempt ended."""
        self.duration_s, self.cpu_s = result.duration_s, result.cpu_s
        self.peak_memory_bytes = result.peak_memory_bytes
        self.is_open = False
        if result.attempt == 1:
            self.started_us = result.started_us
        self.finished_us = result.started_us + round(result.duration_s * 1e6)
        self.reason = summary(result)

    def reuse(self, reused: Reused) -> None:
        """Take note that a stored result stands in for an execution; it is as old as that result."""
        row = reused.row
        self.finished_us, self.output, self.origin, self.again = (
            row.finished_us,
            row.output,
            reused.origin,
            reused.reason,
        )
        self.inputs, self.after = row.inputs, row.after
        if reused.is_kept:
            self.identity = TaskIdentity(code=row.code, source=row.source, arguments=row.arguments, reads=row.reads)

    def take_back(self) -> None:
        """Take note that the executor has given the attempt back: it has not begun, so there was none."""
        self.attempts -= 1
        self.is_open = False

    def wait_again(self) -> None:
        """Take note that the attempt that has ended does not count, nor what it has stored."""
        self.state = TaskState.PENDING
        self.finished_us = None
        self.rows = self.size_bytes = self.chunks = self.output = None

    def row(self) -> ReadyRow:
        """Return the task's row in the ledger; many are made while a run goes on, hence no `TaskRunRecord` before."""
        if self.kept is not None:
            return ready_row(self.kept)
        return ReadyRow(
            TaskRunRecord,
            (
                self.run_id,
                self.task,
                self.position,
                self.state.value,
                self.attempts,
                self.started_us,
                self.finished_us if self.state.is_terminal else None,
                self.duration_s,
                self.cpu_s,
                self.peak_memory_bytes,
                self.rows,
                self.size_bytes,
                self.chunks,
                self.reason,
                self.inputs,
                self.identity.code,
                self.identity.source,
                self.identity.arguments,
                self.identity.reads,
                self.after,
                self.output,
                self.origin,
            ),
        )


def told_of(track: TaskTrack, time_us: int, delay_s: float | None = None) -> Told:
    """Return what is said of a task that has come to the state that it is in, with the facts that its row has too."""
    return Told(
        time_us,
        track.state,
        track.task,
        (
            track.attempts,
            track.started_us,
            track.finished_us if track.state.is_terminal else None,
            whole_us(track.duration_s),
            whole_us(track.cpu_s),
            track.peak_memory_bytes,
            track.size_bytes,
            track.rows,
            track.chunks,
            track.reason,
            track.origin,
            delay_s,
        ),
    )


def order_digest(node: Node, tracks: Mapping[str, TaskTrack]) -> str:
    """Identify the executions that came before a task by order only; empty where there is none."""
    before = node.control_upstream if node.upstream else ()
    return digest_of_order([(name, tracks[name].execution) for name in before if name in tracks])


def summary(result: TaskResult) -> str:
    """Say in one line why an attempt did not succeed."""
    if not result.errors:
        return ""
    error = result.errors[-1]
    if result.exit_status or error.type in ("CallTimedOutError", "CancelledError"):
        return error.message
    first_line = error.message.strip().partition("\n")[0]
    if len(first_line) > _LONGEST_REASON:
        first_line = f"{first_line[:_LONGEST_REASON]}…"
    return f"{error.type}: {first_line}" if first_line else error.type


_LONGEST_REASON = 300  # characters


def attempt_row(result: TaskResult) -> ReadyRow:
    """Return an attempt's row in the ledger, its traceback with the source lines as they are now."""
    error = result.errors[-1] if result.errors else None
    return ReadyRow(
        AttemptRecord,
        (
            result.run_id,
            result.task_name,
            result.attempt,
            result.state.value,
            result.started_us,
            result.started_us + round(result.duration_s * 1e6),
            result.duration_s,
            result.cpu_s,
            result.peak_memory_bytes,
            result.read_bytes,
            result.written_bytes,
            result.worker_pid,
            result.exit_status,
            error.type if error is not None else "",
            error.message if error is not None else "",
            format_traceback(result.errors) if error is not None else "",
            format_traceback(result.errors, users_only=False) if error is not None else "",
        ),
    )
