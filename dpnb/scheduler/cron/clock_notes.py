"""What the clocks have to do with a fire, for people who look at a preview."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from dpnb.scheduler.cron.expression import parse_cron
from dpnb.scheduler.zones import next_clock_change, zone_named

if TYPE_CHECKING:
    from datetime import datetime

_MINUTE = timedelta(minutes=1)
_NONE = timedelta()


def clock_note(expression: str, zone: str, fire: datetime, earlier: datetime | None = None) -> str:
    """Say what a change of the clocks does to a fire, where it does something.

    Parameters
    ----------
    expression, zone
        Of the schedule.
    fire
        When it fires.
    earlier
        The fire before it; the clocks may have changed since then.
    """
    parsed, place = parse_cron(expression), zone_named(zone)
    local = fire.astimezone(place)
    wall = local.replace(tzinfo=None, fold=0)
    change = next_clock_change(place, fire - _MINUTE, fire)
    if change and change.at == fire and change.after > change.before and not parsed.names(wall):
        return f"the clocks skip {(fire + change.before):%H:%M}–{wall:%H:%M}: fires right after"
    first, second = (wall.replace(tzinfo=place, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first < second:
        if not parsed.is_wildcard:
            return f"{wall:%H:%M} comes twice: fires the first time"
        return f"the {'second' if local.fold else 'first'} {wall:%H:%M} of two"
    if earlier is None:
        return ""
    moved = (local.utcoffset() or _NONE) - (earlier.astimezone(place).utcoffset() or _NONE)
    return f"the clocks went {'forward' if moved > _NONE else 'back'} by {_told(abs(moved))}" if moved else ""


def _told(moved: timedelta) -> str:
    hours, minutes = divmod(round(moved / _MINUTE), 60)
    return " ".join(part for part in (f"{hours} h" if hours else "", f"{minutes} min" if minutes else "") if part)
