"""Running with less of the cyclic garbage collector.

What is known of a run's tasks lives as long as the run and forms no cycles, yet it sets the collector off, which
traverses it and all else that the notebook holds, again and again: a tenth of a short task's cost. A run may take
hours, so that the collector is not paused for it, but asked to wait for more garbage.
"""

from __future__ import annotations

import gc
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

PATIENCE = 50_000
"""So many new containers set a patient collector off: some megabytes of garbage at the most."""


class PatientCollector:
    """Has the collector look for garbage less often while any of the blocks that use it goes on, in whatever thread.

    A threshold that somebody else sets meanwhile stands.
    """

    def __init__(self) -> None:
        self._blocks = 0
        self._before = gc.get_threshold()
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        with self._lock:
            self._blocks += 1
            if self._blocks == 1:
                self._before = gc.get_threshold()
                if 0 < self._before[0] < PATIENCE:
                    gc.set_threshold(PATIENCE, *self._before[1:])

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._lock:
            self._blocks -= 1
            if self._blocks == 0 and gc.get_threshold() == (PATIENCE, *self._before[1:]):
                gc.set_threshold(*self._before)


patient_collector = PatientCollector()
