"""Publishes what runs say, in a thread of its own, so that no broker and no subscriber can hold a run up.

::

    ledger ──committed batch──▶ queue, bounded ──▶ thread ──▶ publisher
                                     │                │
                                     └ oldest dropped └ broker down: waits, longer each time, and tries again

What is dropped is counted, logged, and still in the ledger. An event that a broker took although it raised is published
twice under one id; whoever takes events once by their ids, or by their places as `apply` does, does not see that.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from typing import TYPE_CHECKING

from dpnb.errors import DpnbError
from dpnb.run_events.reading import events_of, recorded_outline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dpnb.events import Broker, Publisher
    from dpnb.results import RunLedger
    from dpnb.results.records import EventBatch
    from dpnb.run_events.kinds import RunEvent

MOST_WAITING = 100_000
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 30.0
_IDLE_S = 5.0
_log = logging.getLogger(__name__)


def pauses_s() -> Iterator[float]:
    """Yield how long to wait after each failure in a row."""
    pause_s = _FIRST_PAUSE_S
    while True:
        yield pause_s
        pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)


class Speaker:
    """Brings what one workspace's runs say to a broker, in their order.

    Parameters
    ----------
    broker
        Where to.
    ledger
        Knows the plans of the runs that start.
    most_waiting
        How many events wait for the broker at most; beyond, the oldest are dropped.
    pauses
        Seconds to wait after each failure in a row.

    Attributes
    ----------
    told, dropped, refused
        How many events the broker has taken; how many were dropped because too many waited; how many it refused for
        good.
    """

    def __init__(
        self,
        broker: Broker,
        ledger: RunLedger,
        *,
        most_waiting: int = MOST_WAITING,
        pauses: Callable[[], Iterator[float]] = pauses_s,
    ) -> None:
        self.told = self.dropped = self.refused = 0
        self._publisher: Publisher = broker.publisher()
        self._broker = broker
        self._ledger = ledger
        self._most_waiting = most_waiting
        self._pauses = pauses
        self._batches: deque[EventBatch] = deque()
        self._waiting = 0
        self._is_busy = self._is_closed = self._is_refusing = False
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    @property
    def waiting(self) -> int:
        """How many events wait for the broker."""
        return self._waiting

    def hear(self, batch: EventBatch) -> None:
        """Take a batch of events to publish; returns at once, whatever becomes of it."""
        with self._changed:
            if self._is_closed:
                return
            self._batches.append(batch)
            self._waiting += batch.count
            while self._waiting > self._most_waiting and len(self._batches) > 1:
                self._drop()
            if self._thread is None:
                self._thread = threading.Thread(target=self._speak, name="dpnb-speaker", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def _drop(self) -> None:
        dropped = self._batches.popleft().count
        if not self.dropped:
            _log.warning(
                "More than %d events of runs wait for %r: the oldest are dropped, and counted. They can still be read "
                "with run.events().",
                self._most_waiting,
                self._broker,
            )
        self._waiting -= dropped
        self.dropped += dropped

    def flush(self, timeout: float | None = None) -> bool:
        """Wait until all has been published, `timeout` seconds at the most; tell whether it has."""
        with self._changed:
            return self._changed.wait_for(lambda: not (self._batches or self._is_busy), timeout)

    def close(self, timeout: float = 0.0) -> None:
        """Publish what waits, for `timeout` seconds at the most, and take no more. May be called twice."""
        self.flush(timeout)
        with self._changed:
            self._is_closed = True
            self._batches.clear()
            self._waiting = 0
            self._changed.notify_all()

    # In its thread

    def _speak(self) -> None:
        while (batch := self._next()) is not None:
            for event in self._events(batch):
                self._publish(event)

    def _next(self) -> EventBatch | None:
        with self._changed:
            self._is_busy = False
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._batches or self._is_closed, timeout=_IDLE_S)
            if not self._batches:
                self._thread = None
                return None
            self._is_busy = True
            batch = self._batches.popleft()
            self._waiting -= batch.count
            return batch

    def _events(self, batch: EventBatch) -> list[RunEvent]:
        try:
            return events_of(batch, lambda: recorded_outline(self._ledger, batch.run_id))
        except (DpnbError, ValueError) as error:  # a ledger that cannot be read now
            self._refuse(error, batch.count)
            return []

    def _publish(self, event: RunEvent) -> None:
        for number, pause_s in enumerate(self._pauses()):
            try:
                self._publisher.publish_sync(event.topic, event)
            except (OSError, TimeoutError) as error:  # BrokerUnavailableError is a ConnectionError
                if not number:
                    _log.warning("Events of runs wait for %r, which cannot be reached: %s", self._broker, error)
                if not self._rest(pause_s):
                    return
            except Exception as error:  # noqa: BLE001 - whatever it is, the next event may go through
                self._refuse(error, 1)
                return
            else:
                self.told += 1
                self._is_refusing = False
                if number:
                    _log.warning("Events of runs are published again by %r.", self._broker)
                return

    def _rest(self, pause_s: float) -> bool:
        """Wait before the next attempt; False where there is to be none."""
        with self._changed:
            return not self._changed.wait_for(lambda: self._is_closed, pause_s)

    def _refuse(self, error: Exception, events: int) -> None:
        self.refused += events
        if not self._is_refusing:
            self._is_refusing = True
            _log.warning("An event of a run was not taken by %r: %r", self._broker, error)

    def __repr__(self) -> str:
        return f"<Speaker: {self.told} told, {self._waiting} wait, {self.dropped} dropped, {self.refused} refused>"
