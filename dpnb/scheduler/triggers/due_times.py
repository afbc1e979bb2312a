"""From the times that are planned to those at which a trigger is due: within its bounds, spread by its jitter.

The jitter is drawn from a hash, so that it is the same in every process and at every call, and is less than the time to
the next planned fire, so that the fires keep their order.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from dpnb.scheduler.triggers.options import TriggerOptions

    type Planned = Callable[[datetime], datetime | None]

_TICK = timedelta(microseconds=1)
_SECOND = timedelta(seconds=1)
_RANGE = 2**64


def next_due(planned: Planned, options: TriggerOptions, seed: str, after: datetime) -> datetime | None:
    """Return the first instant later than `after` at which a trigger is due.

    Parameters
    ----------
    planned
        Returns the first planned time later than its argument.
    options
        The bounds, which hold for the planned times, and the jitter.
    seed
        What the jitter is drawn of, besides the planned time.
    after
        In UTC.
    """
    jitter = timedelta(seconds=options.jitter)
    base = _begin(planned, options.start, after, jitter)
    while base is not None and (options.end is None or base <= options.end):
        due = base + _delay(planned, base, jitter, seed) if jitter else base
        if due > after:
            return due
        base = planned(base)
    return None


def _begin(planned: Planned, start: datetime | None, after: datetime, jitter: timedelta) -> datetime | None:
    """Return a planned time whose fire may be the next: one after `after`, or one that jitter may put behind it."""
    floor = after if start is None else max(after, start - _TICK)
    base = planned(floor)
    reach = _SECOND
    while jitter:
        back = after - min(reach, jitter)
        earlier = planned(back if start is None else max(back, start - _TICK))
        if earlier is not None and earlier <= after:
            return earlier
        if reach >= jitter:
            break
        reach *= 2
    return base


def _delay(planned: Planned, base: datetime, jitter: timedelta, seed: str) -> timedelta:
    later = planned(base)
    limit = jitter if later is None else min(jitter, later - base)
    drawn = int.from_bytes(blake2b(f"{seed}\0{base.isoformat()}".encode(), digest_size=8).digest())
    return timedelta(microseconds=limit // _TICK * drawn // _RANGE)
