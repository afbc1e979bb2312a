"""Fires by a cron expression."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from dpnb.scheduler.cron.clock_notes import clock_note
from dpnb.scheduler.cron.expression import parse_cron
from dpnb.scheduler.cron.fire_times import next_fire
from dpnb.scheduler.cron.words import describe
from dpnb.scheduler.triggers.timed import TimedTrigger
from dpnb.scheduler.zones import zone_named

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CronTrigger(TimedTrigger):
    """Fires by a cron expression, by the clocks of a time zone.

    Parameters
    ----------
    expression
        Minute, hour, day of month, month and day of week, or six fields with seconds first, or ``@daily`` and the like.
    zone
        The name of the time zone.
    options
        See `TriggerOptions`.

    Raises
    ------
    CronExpressionError
        The expression is refused; the error names the field.
    UnknownZoneError
        There is no such zone.

    Examples
    --------
    >>> CronTrigger(expression="0 9 * * MON-FRI", zone="Asia/Seoul").describe()
    'at 09:00 on Monday to Friday (Asia/Seoul)'
    """

    kind: ClassVar[str] = "cron"
    expression: str
    zone: str

    def __post_init__(self) -> None:
        parse_cron(self.expression)
        zone_named(self.zone)

    def describe(self) -> str:
        """Say in words when it fires."""
        return " ".join(part for part in (describe(self.expression, self.zone), self.options.period) if part)

    def planned(self, after: datetime) -> datetime | None:
        """Return the next time that the expression names, as an instant in UTC."""
        return next_fire(self.expression, self.zone, after)

    @property
    def local_zone(self) -> str:
        """The name of its time zone."""
        return self.zone

    def note(self, fire: datetime, earlier: datetime) -> str:
        """Say what a change of the clocks does to a fire."""
        return clock_note(self.expression, self.zone, fire, earlier)

    def facts(self) -> dict[str, Any]:
        """Return the expression and the zone."""
        return {"expression": self.expression, "zone": self.zone}
