"""Writes what happens in a run to the ledger, in batches, in a thread of its own.

A record that is changed again before it is written is written once. `flush` returns when all that was noted before it
is committed. Where nothing is noted for a while, an empty batch is a sign of life. Once the ledger has raised, what it
did not take is kept, and offered once more when the journal is closed.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

_INTERVAL_S = 0.02


class Recorder[T](Protocol):
    """The ledger's writing side: commits records in one transaction."""

    def record(self, changes: Iterable[T]) -> None:
        """Commit all or none."""
        ...


class Journal[T]:
    """Collects records and commits them to a ledger.

    Parameters
    ----------
    ledger
        Where to.
    silence_s
        Seconds without a batch after which an empty one is committed.
    on_error
        Called in the journal's thread, once, when the ledger has raised.
    """

    def __init__(
        self,
        ledger: Recorder[T],
        *,
        silence_s: float | None = None,
        on_error: Callable[[], object] | None = None,
    ) -> None:
        self._ledger = ledger
        self._silence_s = silence_s
        self._on_error = on_error
        self._notes: deque[tuple[Hashable, Callable[[], T]]] = deque()
        self._refused: dict[Hashable, Callable[[], T]] = {}  # by the ledger
        self._changed = threading.Condition(threading.Lock())
        self._taken = self._committed = 0  # of all notes, those that were taken to be written, and those that are
        self._is_waiting = False  # for a note
        self._is_urgent = False
        self._is_closed = self._was_last = False
        self.error: Exception | None = None
        self._thread = threading.Thread(target=self._write, name="dpnb-journal", daemon=True)
        self._thread.start()

    def note(self, key: Hashable, make: Callable[[], T]) -> None:
        """Have a record made and written soon; a later one under the same key replaces it.

        The record is made when it is written, so that what changes several times before is made once. A change after
        that must be noted again.
        """
        self._notes.append((key, make))  # in one step, so that it needs no lock: a short task leads to five notes
        if self._is_waiting:
            with self._changed:
                self._changed.notify_all()

    def flush(self) -> None:
        """Wait until all that was noted is committed. Raises what the ledger raised."""
        with self._changed:
            target = self._taken + len(self._notes)
            self._is_urgent = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._committed >= target or self.error is not None)
        self.raise_if_failed()

    def hurry(self) -> None:
        """Have what was noted written now, without waiting for it."""
        with self._changed:
            self._is_urgent = True
            self._changed.notify_all()

    def raise_if_failed(self) -> None:
        """Raise what the ledger raised, if it did."""
        if self.error is not None:
            raise self.error

    def close(self) -> None:
        """Commit what is left and end the thread."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        self._thread.join()

    def _write(self) -> None:
        while (taken := self._take()) is not None:
            batch, upto = taken
            error = self._commit(batch)
            is_first = error is not None and self.error is None
            with self._changed:
                if error is None:
                    self._committed = upto
                else:
                    self.error = self.error or error
                    self._refused |= batch  # a sign of life that fails as well is empty
                self._changed.notify_all()
            if is_first and self._on_error is not None:
                self._on_error()

    def _commit(self, batch: dict[Hashable, Callable[[], T]]) -> Exception | None:
        try:
            self._ledger.record([make() for make in batch.values()])
        except Exception as error:  # noqa: BLE001 - told to whoever waits; the run then ends
            return error
        return None

    def _take(self) -> tuple[dict[Hashable, Callable[[], T]], int] | None:
        """Wait for notes, and a moment more for others to join them; None once closed and empty, or tried in vain."""
        with self._changed:
            self._is_waiting = True  # before looking, so that who notes something now sees it
            has_work = self._changed.wait_for(self._has_work, timeout=self._silence_s)
            self._is_waiting = False
            if not has_work:
                return {}, self._taken
            if not (self._notes or self._refused) or self._was_last:
                return None
            self._changed.wait_for(lambda: self._is_urgent or self._is_closed, timeout=_INTERVAL_S)
            self._is_urgent = False
            self._was_last = self._is_closed
            return self._refused | self._take_notes(), self._taken

    def _take_notes(self) -> dict[Hashable, Callable[[], T]]:
        count = len(self._notes)  # more may come meanwhile
        self._taken += count
        return dict(self._notes.popleft() for _ in range(count))

    def _has_work(self) -> bool:
        return self._is_closed or (bool(self._notes) and self.error is None)
