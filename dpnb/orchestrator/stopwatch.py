"""When something began, by the wall clock, and how long ago that is, by a clock that does not jump."""

from __future__ import annotations

import time


class Stopwatch:
    """Started when it is made."""

    __slots__ = ("_started_ns", "started_us")

    def __init__(self) -> None:
        self.started_us = time.time_ns() // 1000
        self._started_ns = time.perf_counter_ns()

    @property
    def duration_s(self) -> float:
        """Seconds since the start."""
        return (time.perf_counter_ns() - self._started_ns) / 1e9
