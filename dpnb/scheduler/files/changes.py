"""Which files are new or changed, decided from what was seen when; no file and no clock is touched here.

A file counts once it has rested: while it is being written, its size or time differ from look to look.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dpnb.scheduler.files.listing import Stamp

_PATIENCE = 10
"""How many times the debounce a file that rests waits for others that do not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """A file that is new, or another version of one that was there."""

    path: str
    stamp: Stamp
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pending:
    stamp: Stamp
    since: float
    first: float


class FileChanges:
    """Finds the changes in what is seen.

    Parameters
    ----------
    seen
        The files that are there to begin with; they are no news.
    debounce
        For how many seconds a file must rest.

    Examples
    --------
    >>> from dpnb.scheduler.files.listing import Stamp
    >>> changes = FileChanges({}, debounce=0.5)
    >>> changes.observe({"a.csv": Stamp(modified_ns=1, size_bytes=9)}, now=10.0)
    ()
    >>> [change.path for change in changes.observe({"a.csv": Stamp(modified_ns=1, size_bytes=9)}, now=10.5)]
    ['a.csv']
    """

    def __init__(self, seen: Mapping[str, Stamp], debounce: float) -> None:
        self._known = dict(seen)  # also of files that have gone: one that comes back unchanged is no news
        self._pending: dict[str, _Pending] = {}
        self._debounce = debounce

    def observe(self, seen: Mapping[str, Stamp], now: float) -> tuple[FileChange, ...]:
        """Return what has changed and rests, sorted by path: all together, unless some files never rest.

        Parameters
        ----------
        seen
            The files that are there.
        now
            Seconds of a clock that only goes forward.
        """
        self._pending = {
            path: self._note(path, stamp, now) for path, stamp in seen.items() if self._is_news(path, stamp)
        }
        resting = {path: one for path, one in self._pending.items() if now - one.since >= self._debounce}
        if len(resting) < len(self._pending) and not self._is_out_of_patience(resting, now):
            return ()
        changes = tuple(
            FileChange(path=path, stamp=one.stamp, is_new=path not in self._known)
            for path, one in sorted(resting.items())
        )
        for change in changes:
            self._known[change.path] = change.stamp
            del self._pending[change.path]
        return changes

    def next_look(self, now: float) -> float | None:
        """Return in how many seconds a file may have rested; None where none is waited for."""
        waits = (one.since + self._debounce - now for one in self._pending.values())
        return max(0.0, min(waits)) if self._pending else None

    def _is_news(self, path: str, stamp: Stamp) -> bool:
        return self._known.get(path) != stamp

    def _note(self, path: str, stamp: Stamp, now: float) -> _Pending:
        earlier = self._pending.get(path)
        if earlier is not None and earlier.stamp == stamp:
            return earlier
        return _Pending(stamp=stamp, since=now, first=now if earlier is None else earlier.first)

    def _is_out_of_patience(self, resting: Mapping[str, _Pending], now: float) -> bool:
        return any(now - one.first >= _PATIENCE * self._debounce for one in resting.values())
