"""Writes what happens in a run to the ledger, in batches, in a thread of its own.

A record that is changed again before it is written is written once. `flush` returns when all that was noted before it
is committed.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

_INTERVAL_S = 0.05


class Recorder[T](Protocol):
    """The ledger's writing side: commits records in one transaction."""

    def record(self, changes: Iterable[T]) -> None:
        """Commit all or none."""
        ...


class Journal[T]:
    """Collects records and commits them to a ledger."""

    def __init__(self, ledger: Recorder[T]) -> None:
        self._ledger = ledger
        self._pending: dict[Hashable, T] = {}
        self._condition = threading.Condition()
        self._noted = 0
        self._committed = 0
        self._is_urgent = False
        self._is_closed = False
        self.error: Exception | None = None
        self._thread = threading.Thread(target=self._write, name="dpnb-journal", daemon=True)
        self._thread.start()

    def note(self, key: Hashable, record: T) -> None:
        """Have a record written soon; a later one under the same key replaces it."""
        with self._condition:
            self._pending[key] = record
            self._noted += 1
            if len(self._pending) == 1:
                self._condition.notify_all()

    def flush(self) -> None:
        """Wait until all that was noted is committed. Raises what the ledger raised."""
        with self._condition:
            target = self._noted
            self._is_urgent = True
            self._condition.notify_all()
            self._condition.wait_for(lambda: self._committed >= target or self.error is not None)
        self.raise_if_failed()

    def raise_if_failed(self) -> None:
        """Raise what the ledger raised, if it did."""
        if self.error is not None:
            raise self.error

    def close(self) -> None:
        """Commit what is left and end the thread."""
        with self._condition:
            self._is_closed = True
            self._condition.notify_all()
        self._thread.join()

    def _write(self) -> None:
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._pending or self._is_closed)
                if not self._pending:
                    return
                self._condition.wait_for(lambda: self._is_urgent or self._is_closed, timeout=_INTERVAL_S)
                batch, self._pending, upto = self._pending, {}, self._noted
                self._is_urgent = False
            try:
                self._ledger.record(list(batch.values()))
            except Exception as error:  # noqa: BLE001 - told to whoever waits; the run then ends
                self.error = error
            with self._condition:
                self._committed = upto
                self._condition.notify_all()
