"""Whether a run's attempts are so short that more of them should be started than can run at once.

An executor may keep some waiting beside its workers, so that these need not wait for the orchestrator between two short
attempts. For longer ones that would only take the choice of the next task from the resolver.
"""

from __future__ import annotations

SHORT_S = 0.002  # beyond that, an answer's way to the orchestrator and back is a small part of an attempt
_WEIGHT = 1 / 8  # of the newest duration in the average


class Pace:
    """A moving average of durations in seconds; long until short ones have been seen."""

    __slots__ = ("_average_s", "_short_s", "is_short")

    def __init__(self, short_s: float = SHORT_S) -> None:
        self._short_s = short_s
        self._average_s = 2 * short_s
        self.is_short = False

    def note(self, duration_s: float) -> bool:
        """Add a duration; tells whether `is_short` has changed with it."""
        self._average_s += (min(duration_s, 1.0) - self._average_s) * _WEIGHT
        was_short, self.is_short = self.is_short, self._average_s < self._short_s
        return self.is_short != was_short
