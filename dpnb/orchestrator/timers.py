"""Things to do later, by the monotonic clock, so that no jump of the wall clock moves a deadline."""

from __future__ import annotations

import heapq
import itertools
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Timers:
    """A heap of actions by due time, in seconds of `clock`."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._heap: list[tuple[float, int, Callable[[], object]]] = []
        self._ids = itertools.count()

    def after(self, delay_s: float, action: Callable[[], object]) -> bool:
        """Have `action` run in `delay_s` seconds; tells whether it is now the first that is due."""
        entry = (self._clock() + delay_s, next(self._ids), action)
        heapq.heappush(self._heap, entry)
        return self._heap[0] is entry

    def wait_s(self) -> float | None:
        """Return the seconds until the next action, never below 0; None where nothing waits."""
        return max(0.0, self._heap[0][0] - self._clock()) if self._heap else None

    def take_due(self) -> list[Callable[[], object]]:
        """Take out and return the actions whose time has come, in the order of their times."""
        due: list[Callable[[], object]] = []
        while self._heap and self._heap[0][0] <= self._clock():
            due.append(heapq.heappop(self._heap)[2])
        return due

    def run_due(self) -> None:
        """Run all actions whose time has come, and those that they plan for at once."""
        while due := self.take_due():
            for action in due:
                action()
