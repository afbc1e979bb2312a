"""What becomes of the instants at which a schedule was due: which of them fire, and which have been missed.

However long nothing ran, the work and the rows are bounded: the first missed instants are listed one by one, and so are
the last; those between are one row.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from dpnb.scheduler.options import ScheduleOptions
    from dpnb.scheduler.timetable import Due, Timetable

MOST_LISTED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """One or more instants that do not fire. `instants` is None where nobody has counted them."""

    at: datetime  # the first of them
    reason: str
    instants: int | None = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is to happen with a schedule.

    Attributes
    ----------
    fires, missed:
        In the order of their instants.
    after:
        All instants up to here have been dealt with.
    next:
        The next one.
    """

    after: datetime
    fires: tuple[Due, ...] = ()
    missed: tuple[Missed, ...] = ()
    next: Due | None = None


def judge(timetable: Timetable, options: ScheduleOptions, *, after: datetime, now: datetime) -> Verdict:
    """Decide what has become due since `after`.

    Examples
    --------
    >>> from datetime import UTC, datetime, timedelta
    >>> from dpnb.scheduler import ScheduleOptions
    >>> from dpnb.scheduler.timetable import Timetable
    >>> noon = datetime(2026, 12, 1, 12, tzinfo=UTC)
    >>> hourly = Timetable("hourly", lambda after: after + timedelta(hours=1), ScheduleOptions())
    >>> found = judge(hourly, ScheduleOptions(), after=noon, now=noon + timedelta(hours=3))
    >>> [due.at.hour for due in found.fires], [one.at.hour for one in found.missed], found.next.at.hour
    ([15], [13, 14], 16)
    """
    first = list(islice(timetable.due(after, now), MOST_LISTED))
    if not first:
        return Verdict(after=after, next=timetable.next(after))
    last, between = _beyond(timetable, first, options, now) if len(first) == MOST_LISTED else ([], ())
    listed = [*first, *last]
    chosen = _choose(listed, options, now)
    reason = _reason(options, chosen)
    missed = [Missed(at=due.at, reason=reason) for due in listed if due not in chosen]
    return Verdict(
        after=listed[-1].at,
        fires=tuple(chosen),
        missed=tuple(sorted([*missed, *between], key=lambda one: one.at)),
        next=timetable.next(listed[-1].at),
    )


def _beyond(
    timetable: Timetable, first: list[Due], options: ScheduleOptions, now: datetime
) -> tuple[list[Due], tuple[Missed, ...]]:
    """Return the last instants after those, and what stands for all between."""
    following = timetable.next(first[-1].at)
    if following is None or following.starts > now:
        return [], ()
    last = timetable.latest(first[-1].at, now, max(MOST_LISTED, options.most))
    if not last or last[0] == following:
        return last, ()
    until = last[0].at.isoformat(timespec="seconds")
    reason = f"missed, with all that follow until {until}: too many to be listed one by one"
    return last, (Missed(at=following.at, reason=reason, instants=None),)


def _choose(listed: list[Due], options: ScheduleOptions, now: datetime) -> list[Due]:
    in_time = [due for due in listed if (now - due.starts).total_seconds() <= options.grace_s]
    match options.misfire:
        case "coalesce":
            return in_time[-1:]
        case "skip":
            return in_time
        case _:
            return in_time[-options.most :]


def _reason(options: ScheduleOptions, chosen: list[Due]) -> str:
    if options.misfire == "coalesce" and chosen:
        return f"missed; the fire of {chosen[-1].at.isoformat(timespec='seconds')} stands for it"
    if options.misfire == "all" and chosen:
        return f"missed; only the last {len(chosen)} are made up for"
    return f"missed by more than {options.grace_s:g} s"
