"""Results that are open, each for those who look at it, and closed when nobody does any more."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dpnb.results.browsing.sources import StoredSource, StreamSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dpnb.results.browsing import Browsed

MOST_UNATTENDED = 4
"""How many results are kept open that were asked about without a viewer's name, as programs do."""
MOST_OPEN = 32
"""How many are kept open in all; the one that nobody has asked about for the longest goes first."""
IDLE_S = 600.0
"""A result that nobody has asked about for so long is closed: not every page can say that it goes."""

type Key = tuple[str, str]
"""A run and its task."""


@dataclass(slots=True, eq=False)
class _Open:
    browsed: Browsed
    asked_s: float
    viewers: set[str] = field(default_factory=set)


class OpenResults:
    """Keeps results open. May be called from several threads.

    What was closed is opened again when somebody asks: nobody sees more of it than a moment's wait.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._open: OrderedDict[Key, _Open] = OrderedDict()
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def __len__(self) -> int:
        return len(self._open)

    def __contains__(self, key: Key) -> bool:
        return key in self._open

    def get(self, key: Key, viewer: str) -> Browsed | None:
        """Return what is open for somebody who looks at it from now on."""
        with self._lock:
            return self._look(key, viewer)

    def keep(self, key: Key, viewer: str, found: Browsed) -> Browsed:
        """Return what is open of the same stored result, else keep what was found."""
        left: list[Browsed] = []
        with self._lock:
            kept = self._open.get(key)
            if kept is None:
                self._open[key] = _Open(found, self._clock())
            elif not _is_same(kept.browsed, found):
                left.append(kept.browsed)  # the run has gone on, and stored another
                kept.browsed = found
            browsed = self._look(key, viewer) or found
            left += self._beyond()
            self._wait()
        _close(left)
        return browsed

    def leave(self, viewer: str) -> None:
        """Close what nobody else looks at."""
        with self._lock:
            seen = [key for key, one in self._open.items() if viewer in one.viewers]
            for key in seen:
                self._open[key].viewers.discard(viewer)
            left = [self._open.pop(key).browsed for key in seen if not self._open[key].viewers]
        _close(left)

    def forget(self, run_ids: Iterable[str]) -> None:
        """Close the results of runs."""
        gone = set(run_ids)
        with self._lock:
            left = [self._open.pop(key).browsed for key in list(self._open) if key[0] in gone]
        _close(left)

    def sweep(self) -> None:
        """Close what nobody has asked about for `IDLE_S`, and look again later."""
        with self._lock:
            since = self._clock() - IDLE_S
            left = [self._open.pop(key).browsed for key, one in list(self._open.items()) if one.asked_s <= since]
            self._timer = None
            self._wait()
        _close(left)

    def close(self) -> None:
        """Close all."""
        with self._lock:
            left = [one.browsed for one in self._open.values()]
            self._open.clear()
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
        _close(left)

    def _look(self, key: Key, viewer: str) -> Browsed | None:
        one = self._open.get(key)
        if one is None:
            return None
        one.asked_s = self._clock()
        if viewer:
            one.viewers.add(viewer)
        self._open.move_to_end(key)
        return one.browsed

    def _beyond(self) -> list[Browsed]:
        """Take out those that are too many; the oldest first, and never one that is looked at for one that is not."""
        unattended = [key for key, one in self._open.items() if not one.viewers]
        beyond = unattended[: max(0, len(unattended) - MOST_UNATTENDED)]
        left = [key for key in self._open if key not in beyond]
        beyond += left[: max(0, len(left) - MOST_OPEN)]
        return [self._open.pop(key).browsed for key in beyond]

    def _wait(self) -> None:
        if self._timer is None and self._open:
            self._timer = threading.Timer(IDLE_S / 4, self.sweep)
            self._timer.daemon = True
            self._timer.start()


def _is_same(one: Browsed, other: Browsed) -> bool:
    """Tell whether both are of one stored result; values are not compared, which may be large."""
    a, b = one.source, other.source
    if isinstance(a, StreamSource) and isinstance(b, StreamSource):
        return a.title == b.title and a.stream.result_ids == b.stream.result_ids
    return isinstance(a, StoredSource) and isinstance(b, StoredSource) and a.record == b.record


def _close(left: Iterable[Browsed]) -> None:
    for browsed in left:
        browsed.close()
