"""What is written of a run while it goes on: the tracks of its tasks, what it says, and their way into the ledger."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from dpnb.errors import LedgerError
from dpnb.orchestrator.journal import Journal
from dpnb.orchestrator.track import TaskTrack, attempt_row, told_of
from dpnb.orchestrator.voice import RunVoice
from dpnb.results.leases import RENEWAL_S
from dpnb.results.records import RunRecord, TaskState
from dpnb.results.rows import as_stored
from dpnb.results.strays import remove_strays
from dpnb.results.told import CHUNK, PROGRESS, Told, run_finished, run_placed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dpnb.orchestrator.commands import FinishRun
    from dpnb.orchestrator.context import ExecutionContext
    from dpnb.orchestrator.executable import ProgressMade, TaskResult
    from dpnb.orchestrator.resumption import Earlier
    from dpnb.planner.task_identity import TaskIdentity
    from dpnb.results import ResultRecord
    from dpnb.results.leases import Tenure
    from dpnb.results.rows import Change


class RunNotes:
    """Keeps a run's tracks by task, and notes what happens to them; `on_error` is called when the ledger has raised."""

    def __init__(
        self,
        context: ExecutionContext,
        tenure: Tenure,
        record: RunRecord,
        earlier: Earlier | None,
        on_error: Callable[[], object],
    ) -> None:
        order = context.execution_plan.execution_order
        self.tracks = {name: TaskTrack(context.run_id, name, position) for position, name in enumerate(order)}
        if earlier is not None:
            self.tracks.update(earlier.tracks)
        for name, identity in context.identities.items():
            self.tracks[name].identity = identity
        self._record = replace(  # what is recorded stays: a plan as text is large, and parameters may change meanwhile
            record, plan="", params=as_stored(record.params), metadata=as_stored(record.metadata)
        )
        self._store = context.io_manager
        self._tenure = tenure
        self._events = count()
        self._journal: Journal[Change | Told] = Journal(RunVoice(tenure), silence_s=RENEWAL_S, on_error=on_error)
        for track in self.tracks.values():
            if track.kept is None:
                self.task(track)

    def task(self, track: TaskTrack) -> None:
        """Note a task's row as it will be when it is written."""
        self._journal.note(track.task, track.row)

    def identify(self, track: TaskTrack, identity: TaskIdentity, sources: Mapping[str, str]) -> None:
        """Note which code a task has, if that is another than when the run began; all else stays as it was then."""
        identity = replace(identity, arguments=track.identity.arguments, reads=track.identity.reads)
        if identity != track.identity:
            self._tenure.add_sources(sources)
            track.identity = identity

    def ended(self, track: TaskTrack, result: TaskResult) -> None:
        """Take note of how an attempt ended, and that it had begun, where it was over before that was told."""
        was_unheard = not track.has_begun
        track.end(result)
        if was_unheard:
            self.began(track)

    def began(self, track: TaskTrack) -> None:
        """Note that an attempt runs, or did for a moment."""
        self._say(Told(now_us(), TaskState.RUNNING, track.task, (track.attempts, track.started_us)))

    def waits(self, track: TaskTrack, delay_s: float | None = None) -> None:
        """Note that a task waits for its next attempt, or as if there had been none."""
        self.task(track)
        self._say(told_of(track, now_us(), delay_s))

    def progress(self, task: str, made: ProgressMade) -> None:
        """Note what a task says of its progress."""
        facts = (self.tracks[task].attempts, made.fraction, made.note)
        self._say(Told(now_us(), PROGRESS, task, facts))

    def chunk(self, record: ResultRecord) -> None:
        """Note a stored chunk of a stream that goes on."""
        self.result(record)
        self.task(self.tracks[record.task])
        facts = (record.attempt, record.chunk, record.result_id, record.size_bytes, record.facts.rows)
        self._say(Told(now_us(), CHUNK, record.task, facts))

    def placed(self, executor: str, missing: Sequence[str]) -> None:
        """Note where the run's tasks run, and what is not promised there."""
        self._say(run_placed(executor, missing, now_us()))

    def _say(self, told: Told) -> None:
        """Note an event, after the rows that it tells of."""
        self._journal.note(next(self._events), lambda: told)

    def outcome(self, result: TaskResult) -> None:
        """Note an attempt that is over, and what it stored."""
        self._journal.note((result.task_name, result.attempt), partial(attempt_row, result))
        if result.state is TaskState.SUCCEEDED:
            for stored in result.results:
                if stored.chunk is None:
                    self.result(stored)

    def result(self, record: ResultRecord) -> None:
        """Note a stored result."""
        self.tracks[record.task].add(record)
        self._journal.note((record.task, record.result_id), lambda: record)

    def settle(self, track: TaskTrack, state: TaskState, reason: str) -> None:
        """Note a task's terminal state."""
        track.state = state
        track.reason = reason or (track.again if state.has_result else track.reason)
        if track.finished_us is None:
            track.finished_us = now_us()
        self.task(track)
        if track.kept is None:  # else nothing has changed
            self._say(told_of(track, now_us()))

    def flush(self) -> None:
        """Wait until what was noted can be read. Raises what the ledger raised."""
        self._journal.flush()

    def hurry(self) -> None:
        """Have what was noted written while something else is done."""
        self._journal.hurry()

    def raise_if_failed(self) -> None:
        """Raise what the ledger raised, if it did."""
        self._journal.raise_if_failed()

    def remove_strays(self) -> None:
        """Remove what earlier owners of the run have stored and no row names; what cannot be removed stays."""
        with suppress(LedgerError, OSError):
            self._journal.flush()  # what is reused keeps the name that its first owner gave it
            remove_strays(self._store, self._record.run_id, self._tenure.recorded(), before=self._tenure.lease.token)

    def close(self, finish: FinishRun) -> Exception | None:
        """Write all that is left, the run's end last, and let the run go; returns what the ledger raised."""
        for track in self.tracks.values():
            if not track.state.is_terminal:  # the run broke off
                self.settle(track, TaskState.CANCELLED, finish.reason)
        self._record = replace(self._record, status=finish.status, reason=finish.reason, finished_us=now_us())
        self._journal.note(None, lambda: self._record)
        self._say(run_finished(self._record))
        self._journal.close()
        try:
            self._tenure.release()
        except Exception as error:  # noqa: BLE001 - of a ledger that cannot be written
            return self._journal.error or error
        return self._journal.error


def now_us() -> int:
    """Return the time in microseconds since 1970 UTC."""
    return time.time_ns() // 1000
