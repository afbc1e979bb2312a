"""Follows a run in threads of its own and tells at a bounded rate how it stands.

It tells no more than ten times a second, and for large runs more rarely still, so that telling takes no more than a
small share of a core; while nothing happens, once a second.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from dpnb.telling import RunSnapshot, apply

if TYPE_CHECKING:
    from collections.abc import Callable

    from dpnb.orchestrator import Run

PACE_S = 0.1
QUIET_S = 1.0
_REST = 24.0  # how many times as long as it took to tell, nothing is told: 4 % of a core


class Feed:
    """Calls `tell` with a run's newest snapshot, and at last with the one of its end, then `end`.

    It reads what the run's events say, wherever the run is driven; whoever is told holds up neither the run nor the
    kernel. What `tell` raises ends the feed.
    """

    def __init__(self, run: Run, tell: Callable[[RunSnapshot], object], end: Callable[[], object]) -> None:
        self._run, self._tell, self._end = run, tell, end
        self._newest = RunSnapshot(run_id=run.run_id)
        self._is_read = threading.Event()
        self._thread = threading.Thread(target=self._pass_on, name=f"dpnb panel of {run.run_id}", daemon=True)

    def start(self) -> None:
        """Begin."""
        threading.Thread(target=self._read, name=f"dpnb events of {self._run.run_id}", daemon=True).start()
        self._thread.start()

    def join(self, timeout: float | None = None) -> None:
        """Wait until the end has been told, for at most `timeout` seconds."""
        self._thread.join(timeout)

    def _read(self) -> None:
        try:
            for event in self._run.events():
                self._newest = apply(self._newest, event)
        finally:
            self._is_read.set()

    def _pass_on(self) -> None:
        told: RunSnapshot | None = None
        pause_s, quiet_s = PACE_S, 0.0
        is_last = False
        while not is_last:
            is_last = self._is_read.wait(pause_s)
            quiet_s += pause_s
            if self._newest is told and quiet_s < QUIET_S and not is_last:
                continue
            told = self._newest
            pause_s, quiet_s = self._told_in(told), 0.0
        self._end()

    def _told_in(self, snapshot: RunSnapshot) -> float:
        """Tell, and return how long to rest."""
        began_s = time.thread_time()
        self._tell(snapshot)
        return max(PACE_S, _REST * (time.thread_time() - began_s))
