"""Follows a run in a thread of its own and tells at a bounded rate how it stands: no more than ten times a second."""

from __future__ import annotations

import threading
from functools import reduce
from typing import TYPE_CHECKING

from dpnb.telling import RunSnapshot, apply

if TYPE_CHECKING:
    from collections.abc import Callable

    from dpnb.orchestrator import Run

PACE_S = 0.1


class Feed:
    """Calls `tell` with a run's newest snapshot, and at last with the one of its end, then `end`.

    It reads what the run's events say, wherever the run is driven; whoever is told holds up neither the run nor the
    kernel. What `tell` raises ends the feed.
    """

    def __init__(self, run: Run, tell: Callable[[RunSnapshot], object], end: Callable[[], object]) -> None:
        self._run, self._tell, self._end = run, tell, end
        self._stopped = threading.Event()
        self._newest = RunSnapshot(run_id=run.run_id)
        self._changed = threading.Condition()
        self._is_read = False
        self._thread = threading.Thread(target=self._pass_on, name=f"dpnb panel of {run.run_id}", daemon=True)

    def start(self) -> None:
        """Begin."""
        threading.Thread(target=self._read, name=f"dpnb events of {self._run.run_id}", daemon=True).start()
        self._thread.start()

    def stop(self) -> None:
        """Tell no more."""
        self._stopped.set()
        with self._changed:
            self._changed.notify_all()

    def join(self, timeout: float | None = None) -> None:
        """Wait until the end has been told, for at most `timeout` seconds."""
        self._thread.join(timeout)

    def _read(self) -> None:
        try:
            for event in self._run.events():
                if self._stopped.is_set():
                    return
                self._newest = reduce(apply, [event], self._newest)
                with self._changed:
                    self._changed.notify_all()
        finally:
            with self._changed:
                self._is_read = True
                self._changed.notify_all()

    def _pass_on(self) -> None:
        told = None
        while not self._stopped.is_set():
            with self._changed:
                self._changed.wait_for(lambda: self._is_read or self._stopped.is_set(), PACE_S)
                is_last = self._is_read
            if self._stopped.is_set():
                return
            if self._newest is not told or not is_last:
                told = self._newest
                self._tell(told)
            if is_last:
                self._end()
                return
