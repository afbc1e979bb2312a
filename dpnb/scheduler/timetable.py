"""When a schedule is due: what its trigger says, within its dates, each instant put off by its jitter."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from xxhash import xxh3_64_intdigest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dpnb.scheduler.options import ScheduleOptions

_TICK = timedelta(microseconds=1)
_FIRST_LOOK = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """An instant at which a schedule is due, and when its run starts: not before."""

    at: datetime
    starts: datetime


class Timetable:
    """One schedule's instants. A pure function of its arguments: it reads no clock.

    Parameters
    ----------
    name
        The schedule's name, from which its jitter comes.
    next_fire
        The trigger's.
    options
        The schedule's.
    """

    def __init__(self, name: str, next_fire: Callable[[datetime], datetime | None], options: ScheduleOptions) -> None:
        self._name, self._next_fire, self._options = name, next_fire, options

    def next(self, after: datetime) -> Due | None:
        """Return the first instant after `after`; None where there is none any more."""
        start, end = self._options.start, self._options.end
        if start is not None and start > after:
            after = start - _TICK
        at = self._next_fire(after)
        return None if at is None or (end is not None and at > end) else self._due(at)

    def due(self, after: datetime, now: datetime) -> Iterator[Due]:
        """Yield the instants after `after` that have come by `now`."""
        found = self.next(after)
        while found is not None and found.starts <= now:
            yield found
            found = self.next(found.at)

    def latest(self, after: datetime, now: datetime, most: int) -> list[Due]:
        """Return the last instants that `due` would yield, without going through those before.

        It looks back from `now`, twice as far each time: the instants grow strictly, whatever lies between.
        """
        span = _FIRST_LOOK
        while True:
            is_whole = now - span <= after
            found = deque(self.due(after if is_whole else now - span, now), maxlen=most)
            if is_whole or len(found) == most:
                return list(found)
            span *= 2

    def _due(self, at: datetime) -> Due:
        if not self._options.jitter:
            return Due(at=at, starts=at)
        share = xxh3_64_intdigest(f"{self._name}\n{at.isoformat()}".encode()) / 2**64
        return Due(at=at, starts=at + timedelta(seconds=share * self._options.jitter))
