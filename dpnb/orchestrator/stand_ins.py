"""What stands in for attempts: what a resumed run has stored in its earlier time, and what other runs have stored.

::

    start ──▶ stored by this run before, its inputs as they were ──▶ succeeded
              stored by another run, and a run would repeat it ────▶ reused
              else ────────────────────────────────────────────────▶ is attempted
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.orchestrator.assembly import StoredOutput, digest_of_given
from dpnb.orchestrator.track import order_digest
from dpnb.results.records import TaskState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dpnb.orchestrator.commands import StartAttempt
    from dpnb.orchestrator.context import ExecutionContext
    from dpnb.orchestrator.resumption import Earlier
    from dpnb.orchestrator.run_notes import RunNotes
    from dpnb.orchestrator.track import TaskTrack
    from dpnb.results import TaskRunRecord


class StandIns:
    """The stored results that a run may take in place of attempts.

    Parameters
    ----------
    context
        The run.
    earlier
        What it takes over.
    notes
        Where its tasks' tracks are, and where what is taken is noted.
    """

    def __init__(self, context: ExecutionContext, earlier: Earlier, notes: RunNotes) -> None:
        self._nodes = context.execution_plan.dag.nodes
        self._kept = earlier.kept
        self._reuse = earlier.reuse
        self._notes = notes

    def take(self, command: StartAttempt, results: Mapping[str, StoredOutput]) -> tuple[TaskState, StoredOutput] | None:
        """Return how the task ends without the attempt, and with what; None where it has to be attempted.

        `results` holds what every task that has ended has stored.
        """
        track = self._notes.tracks[command.task]
        if track.kept is not None and self._still_holds(track, track.kept, command, results):
            return TaskState.SUCCEEDED, self._kept[command.task]
        reused = self._reused(track, command, results) if command.attempt == 1 else None
        return (TaskState.REUSED, reused) if reused is not None else None

    def _still_holds(
        self, track: TaskTrack, kept: TaskRunRecord, command: StartAttempt, results: Mapping[str, StoredOutput]
    ) -> bool:
        """Tell whether the inputs came out as they had been in an earlier owner's time."""
        if digest_of_given(self._nodes[command.task], command.missing, results) == kept.inputs:
            return True
        track.again = "ran again: its inputs changed"
        return False

    def _reused(
        self, track: TaskTrack, command: StartAttempt, results: Mapping[str, StoredOutput]
    ) -> StoredOutput | None:
        """Make another run's result one of this run, if there is one for what the task would be given."""
        node = self._nodes[command.task]
        given = digest_of_given(node, command.missing, results) if self._reuse is not None else None
        if self._reuse is None or given is None:
            return None
        found = self._reuse.take(node, track.identity, given, order_digest(node, self._notes.tracks))
        if found is None:
            return None
        track.reuse(found)
        for record in found.results:
            self._notes.result(record)
        return StoredOutput.of(found.results)
