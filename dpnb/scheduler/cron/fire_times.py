"""From the local times that an expression names to instants, by Debian cron's rules for clocks that change.

A schedule at fixed times keeps to the clock on the wall: what is skipped fires right after the gap, once however many
of its times fall into it, and a time that comes twice fires the first time. A wildcard schedule, whose minute or hour
begins with a star, follows the elapsed time: nothing is made up for after a gap, and what comes twice fires twice.

Source of the rules: cron(8) of Debian. There, changes of more than three hours count as corrections and are not made
up for; here a change is a change, however large, as cronsim has it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from dpnb.errors import TriggerOptionError
from dpnb.scheduler.cron.expression import parse_cron
from dpnb.scheduler.zones import change_between, next_clock_change, zone_named

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from dpnb.scheduler.cron.expression import CronExpression

_SECOND = timedelta(seconds=1)


def next_fire(expression: str, zone: str, after: datetime) -> datetime | None:
    """Return the first instant later than `after` at which a cron expression fires.

    Pure: it reads no clock. From fire to fire the instants grow strictly.

    Parameters
    ----------
    expression
        See `parse_cron`.
    zone
        The name of the time zone whose clocks count: ``"Asia/Seoul"``.
    after
        With its time zone, which may be another.

    Returns
    -------
    datetime or None
        In UTC; None after the year 9998.

    Raises
    ------
    CronExpressionError
        The expression is refused.
    UnknownZoneError
        There is no such zone.
    TriggerOptionError
        `after` has no time zone.

    Examples
    --------
    >>> next_fire("0 9 * * *", "Asia/Seoul", datetime(2026, 5, 1, tzinfo=UTC)).isoformat()
    '2026-05-02T00:00:00+00:00'

    On 8 March 2026 the clocks of New York go from 02:00 to 03:00, which is 07:00 in UTC:

    >>> next_fire("30 2 * * *", "America/New_York", datetime(2026, 3, 8, 5, tzinfo=UTC)).isoformat()
    '2026-03-08T07:00:00+00:00'
    """
    parsed, place = parse_cron(expression), zone_named(zone)
    after = in_utc(after)
    try:
        return _by_elapsed_time(parsed, place, after) if parsed.is_wildcard else _by_the_wall(parsed, place, after)
    except OverflowError:  # beyond the years that `datetime` can hold
        return None


def in_utc(after: datetime) -> datetime:
    """Return an instant in UTC.

    Raises
    ------
    TriggerOptionError
        It has no time zone.
    """
    if after.tzinfo is None:
        raise TriggerOptionError("after", after, rule="it has no time zone", hint="give datetime.now(UTC), say.")
    return after if after.tzinfo is UTC else after.astimezone(UTC)


def _by_the_wall(expression: CronExpression, zone: ZoneInfo, after: datetime) -> datetime | None:
    wall: datetime | None = after.astimezone(zone).replace(tzinfo=None, fold=0)
    while wall is not None:
        wall = expression.next_wall_time(wall)
        if wall is not None and (instant := _first_instant(zone, wall)) > after:
            return instant
    return None


def _first_instant(zone: ZoneInfo, wall: datetime) -> datetime:
    """Return when a local time comes first; of a time that is skipped, the instant right after the gap.

    `zoneinfo` reads a skipped time with the offset before the change (fold 0), which leads past it, or with the one
    after (fold 1), which leads before it.
    """
    early = wall.replace(tzinfo=zone).astimezone(UTC)
    late = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return early if early <= late else change_between(zone, late, early)


def _by_elapsed_time(expression: CronExpression, zone: ZoneInfo, after: datetime) -> datetime | None:
    """Walk from one change of the clocks to the next; between two, local times and instants differ by one offset."""
    local = after.astimezone(zone)
    wall, offset, since = local.replace(tzinfo=None, fold=0), local.utcoffset() or timedelta(), after
    while (named := expression.next_wall_time(wall)) is not None:
        instant = named.replace(tzinfo=UTC) - offset
        change = next_clock_change(zone, since, instant)
        if change is None:
            return instant
        since, offset = change.at, change.after
        wall = (change.at + offset).replace(tzinfo=None) - _SECOND  # the first second of the new time counts
    return None
