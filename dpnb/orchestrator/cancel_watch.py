"""Hears that somebody in another process wants the end of a run that this one drives.

::

    Run.cancel(), elsewhere ──▶ ledger ◀──look, once a second── CancelWatch ──▶ driver.cancel()

One thread looks for all runs of a ledger, while there are any; where the ledger cannot be read, the next look may.
"""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING

from dpnb.errors import LedgerError
from dpnb.results.cancel_requests import CancelRequest, CancelRequests

if TYPE_CHECKING:
    from dpnb.orchestrator.driver import RunDriver
    from dpnb.results import RunLedger

LOOK_S = 1.0
_watches: weakref.WeakKeyDictionary[RunLedger, CancelWatch] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def watch_for_cancel(driver: RunDriver, ledger: RunLedger) -> None:
    """Have a run end when it is asked for in the ledger, until it has ended by itself."""
    with _lock:
        watch = _watches.setdefault(ledger, CancelWatch(CancelRequests(ledger)))
    watch.add(driver)


class CancelWatch:
    """Looks for what is asked of some runs, and passes each request on once.

    Parameters
    ----------
    requests
        Where they are asked for.
    look_s
        Seconds between two looks.
    """

    def __init__(self, requests: CancelRequests, look_s: float = LOOK_S) -> None:
        self._requests, self._look_s = requests, look_s
        self._drivers: dict[tuple[str, int], RunDriver] = {}
        self._heard: dict[tuple[str, int], CancelRequest] = {}
        self._lock = threading.Lock()
        self._idle = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, driver: RunDriver) -> None:
        """Look for requests to a run until it has ended."""
        key = driver.context.run_id, driver.context.lease
        with self._lock:
            self._drivers[key] = driver
            self._idle.clear()
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="dpnb-cancel-watch", daemon=True)
                self._thread.start()
        driver.call_when_finished(lambda: self._leave(key))

    def look(self) -> None:
        """Pass on what is new."""
        with self._lock:
            run_ids = {run_id for run_id, _ in self._drivers}
        for key, request in self._requests.standing(run_ids).items():
            if (driver := self._to_tell(key, request)) is not None:
                driver.cancel(at_once=request is CancelRequest.AT_ONCE)

    def _to_tell(self, key: tuple[str, int], request: CancelRequest) -> RunDriver | None:
        """Return who drives the run, unless that has been told, or has gone."""
        with self._lock:
            driver = self._drivers.get(key)
            if driver is None or request <= self._heard.get(key, CancelRequest.NONE):
                return None
            self._heard[key] = request
            return driver

    def _leave(self, key: tuple[str, int]) -> None:
        with self._lock:
            self._drivers.pop(key, None)
            self._heard.pop(key, None)
            if not self._drivers:
                self._idle.set()  # no thread is left behind: a task that has run tasks of its own is held to that

    def _watch(self) -> None:
        while True:
            self._idle.wait(self._look_s)
            with self._lock:
                if not self._drivers:
                    self._thread = None
                    return
            try:
                self.look()
            except LedgerError:
                continue
