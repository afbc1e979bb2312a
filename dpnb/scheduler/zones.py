"""Time zones by name, and when their clocks change.

Zones are those of the IANA database, as `zoneinfo` finds them: the system's, else those of the package ``tzdata``.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from dpnb.errors import TriggerOptionError, UnknownZoneError

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_LAST_YEAR = 9998  # a year further, local times leave what `datetime` can hold


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockChange:
    """The clocks of a zone are set forward (`after` is the larger offset) or back.

    Attributes
    ----------
    at:
        The first instant of the new offset, in UTC.
    before, after:
        The offsets from UTC.
    """

    at: datetime
    before: timedelta
    after: timedelta


@lru_cache(maxsize=1024)
def zone_named(name: str) -> ZoneInfo:
    """Return the time zone of this name.

    Raises
    ------
    UnknownZoneError
        There is none; the nearest names are told.

    Examples
    --------
    >>> zone_named("Asia/Seoul").key
    'Asia/Seoul'
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError, TypeError):  # what `zoneinfo` raises for names, paths and folders
        raise UnknownZoneError(name, available_timezones()) from None


def local_zone_name() -> str:
    """Return the name of this machine's time zone: what ``TZ`` names, else what ``/etc`` says.

    Raises
    ------
    TriggerOptionError
        It cannot be told, and it is not UTC.
    """
    for name in _names_of_local_zone():
        try:
            return zone_named(name).key
        except UnknownZoneError:
            continue
    if time.timezone == 0 and not time.daylight:
        return "UTC"
    raise TriggerOptionError(
        "zone", None, rule="the name of this machine's time zone cannot be told", hint="name it, as zone='Asia/Seoul'."
    )


def _names_of_local_zone() -> list[str]:
    names = [os.environ.get("TZ", "").removeprefix(":")]
    if not names[0]:
        linked = os.path.realpath("/etc/localtime")
        stated = Path("/etc/timezone")
        names = [linked.partition("zoneinfo/")[2], stated.read_text("utf-8").strip() if stated.is_file() else ""]
    return [name for name in names if name]


@lru_cache(maxsize=4096)
def clock_changes(zone: ZoneInfo, year: int) -> tuple[ClockChange, ...]:
    """Return the changes within a year, of UTC, in their order.

    Found by looking at each midnight: no zone ever changed its clocks there and back within a day.
    """
    if not 1 < year <= _LAST_YEAR:
        return ()
    start = datetime(year, 1, 1, tzinfo=UTC)
    midnights = [start + day * _DAY for day in range((datetime(year + 1, 1, 1, tzinfo=UTC) - start).days + 1)]
    offsets = [_offset(zone, midnight) for midnight in midnights]
    days = zip(pairwise(midnights), pairwise(offsets), strict=True)
    return tuple(_change(zone, *day) for day, (before, after) in days if before != after)


def _change(zone: ZoneInfo, early: datetime, late: datetime) -> ClockChange:
    at = change_between(zone, early, late)
    return ClockChange(at=at, before=_offset(zone, early), after=_offset(zone, late))


def _offset(zone: ZoneInfo, instant: datetime) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta()


def change_between(zone: ZoneInfo, early: datetime, late: datetime) -> datetime:
    """Return the instant, within a second, after `early` and not after `late`, from which `late`'s offset holds."""
    new = _offset(zone, late)
    low, high = early, late
    while high - low > _SECOND:
        middle = low + (high - low) // (2 * _SECOND) * _SECOND
        if _offset(zone, middle) == new:
            high = middle
        else:
            low = middle
    return high


def next_clock_change(zone: ZoneInfo, after: datetime, until: datetime) -> ClockChange | None:
    """Return the first change later than `after` and not later than `until`."""
    if until - after <= _DAY:
        return None if _offset(zone, after) == _offset(zone, until) else _change(zone, after, until)
    for year in range(after.year, until.year + 1):
        for change in clock_changes(zone, year):
            if after < change.at <= until:
                return change
    return None
