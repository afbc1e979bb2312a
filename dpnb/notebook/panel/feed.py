"""Follows a run in a thread of its own and tells at a bounded rate how it stands.

It looks no more than ten times a second, and for large runs more rarely still, so that all of it takes no more than a
small share of a core; while nothing happens, it tells once a second.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from dpnb.run_events import EventReader, RunSnapshot, apply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dpnb.orchestrator import Run
    from dpnb.run_events import RunEvent

PACE_S = 0.1
QUIET_S = 1.0
_REST = 30.0  # how many times as long as it has worked it rests: 3 % of a core
_LONGEST_REST_S = 1.0


class Feed:
    """Calls `tell` with a run's newest snapshot, and at last with the one of its end, then `end`.

    It reads what the run's events say, wherever the run is driven; whoever is told holds up neither the run nor the
    kernel. What `tell` raises ends the feed.
    """

    def __init__(self, run: Run, tell: Callable[[RunSnapshot], object], end: Callable[[], object]) -> None:
        self._run, self._tell, self._end = run, tell, end
        self._reader = EventReader(run.workspace.ledger, run.run_id)
        self._newest = RunSnapshot(run_id=run.run_id)
        self._last_id = ""
        self._thread = threading.Thread(target=self._follow, name=f"dpnb panel of {run.run_id}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def join(self, timeout: float | None = None) -> None:
        """Wait until the end has been told, for at most `timeout` seconds."""
        self._thread.join(timeout)

    def _follow(self) -> None:
        told: RunSnapshot | None = None
        quiet_s = 0.0
        while True:
            began_s = time.thread_time()
            self._read()
            if self._newest is not told or quiet_s >= QUIET_S:
                is_over = self._is_over(is_quiet=self._newest is told)
                self._tell(self._newest)
                if is_over:
                    break
                told, quiet_s = self._newest, 0.0
            rest_s = max(PACE_S, min(_REST * (time.thread_time() - began_s), _LONGEST_REST_S))
            time.sleep(rest_s)
            quiet_s += rest_s
        self._end()

    def _read(self) -> None:
        self._take(self._reader.read())
        while self._reader.has_more:
            self._take(self._reader.read())

    def _take(self, events: Iterable[RunEvent]) -> None:
        for event in events:
            self._newest = apply(self._newest, event)
            self._last_id = event.event_id

    def _is_over(self, *, is_quiet: bool) -> bool:
        """Tell whether the run has ended, and take in its end though it may not have said it, as when it crashed.

        One that is resumed has said its end before, and goes on.
        """
        if not (self._newest.is_over or is_quiet) or self._run.is_running:
            return False
        self._take(self._run.events(after=self._last_id))
        return True
