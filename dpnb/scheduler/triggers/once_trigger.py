"""Fires once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from dpnb.scheduler.triggers.timed import TimedTrigger
from dpnb.scheduler.zones import zone_named

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class OnceTrigger(TimedTrigger):
    """Fires at one instant, and never again.

    Parameters
    ----------
    at
        The instant, in UTC.
    zone
        The name of the time zone that people read it in.
    options
        See `TriggerOptions`.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> OnceTrigger(at=datetime(2026, 5, 1, tzinfo=UTC), zone="Asia/Seoul").describe()
    'once, at 2026-05-01 09:00:00 (Asia/Seoul)'
    """

    kind: ClassVar[str] = "once"
    at: datetime
    zone: str = "UTC"

    def describe(self) -> str:
        """Say in words when it fires."""
        return f"once, at {self.at.astimezone(zone_named(self.zone)):%Y-%m-%d %H:%M:%S} ({self.zone})"

    def planned(self, after: datetime) -> datetime | None:
        """Return its instant, if that is yet to come."""
        return self.at if self.at > after else None

    @property
    def local_zone(self) -> str:
        """The name of its time zone."""
        return self.zone

    def facts(self) -> dict[str, Any]:
        """Return the instant and the zone."""
        return {"at": self.at.isoformat(), "zone": self.zone}
