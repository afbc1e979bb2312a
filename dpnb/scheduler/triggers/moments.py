"""Instants and durations as people give them."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time, timedelta

from dpnb.errors import TriggerOptionError
from dpnb.scheduler.zones import zone_named

type Moment = datetime | date | str
"""An instant with its time zone; or, where the trigger has a zone, a local time or a day of it. As text: ISO 8601."""

_TICK = timedelta(microseconds=1)
_DAY = timedelta(days=1)


def instant(option: str, value: Moment, zone: str | None = None) -> datetime:
    """Return a moment in UTC; a whole day begins with its midnight.

    Raises
    ------
    TriggerOptionError
        It is no moment, or has no time zone where no `zone` is given.

    Examples
    --------
    >>> instant("start", "2026-05-01", "Asia/Seoul").isoformat()
    '2026-04-30T15:00:00+00:00'
    """
    given = _read(option, value)
    if not isinstance(given, datetime):
        given = datetime.combine(given, time())
    if given.tzinfo is None:
        if zone is None:
            raise TriggerOptionError(
                option, value, rule="it has no time zone", hint="add one: datetime(…, tzinfo=ZoneInfo('Asia/Seoul'))."
            )
        given = given.replace(tzinfo=zone_named(zone))
    return given.astimezone(UTC)


def last_instant(option: str, value: Moment, zone: str | None = None) -> datetime:
    """Return a moment in UTC; a whole day lasts until just before the next one. Raises as `instant`."""
    given = _read(option, value)
    return instant(option, given, zone) if isinstance(given, datetime) else instant(option, given + _DAY, zone) - _TICK


def _read(option: str, value: object) -> datetime | date:
    if isinstance(value, date):  # a datetime is one, too
        return value
    try:
        if isinstance(value, str):
            return date.fromisoformat(value) if len(value) == len("2026-05-01") else datetime.fromisoformat(value)
    except ValueError:
        pass
    raise TriggerOptionError(
        option, value, rule="it is no moment", hint="give a datetime, a date, or text such as '2026-05-01T09:00+09:00'."
    )


def duration(option: str, value: float | timedelta, *, least: float) -> timedelta:
    """Return a duration; a number counts seconds.

    Raises
    ------
    TriggerOptionError
        It is no duration, or less than `least` seconds.
    """
    given: object = value  # whatever the annotation says
    seconds = given.total_seconds() if isinstance(given, timedelta) else given
    if (
        not isinstance(seconds, int | float)
        or isinstance(seconds, bool)
        or not math.isfinite(seconds)
        or seconds < least
        or seconds > timedelta.max.total_seconds()
    ):
        raise TriggerOptionError(
            option,
            value,
            rule=f"it must be a duration of at least {least:g} s",
            hint="give seconds, or a timedelta: timedelta(minutes=5).",
        )
    return value if isinstance(value, timedelta) else timedelta(seconds=seconds)
