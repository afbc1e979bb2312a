"""Fires again and again, a fixed time apart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from dpnb.scheduler.triggers.timed import TimedTrigger

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = (
    ("day", timedelta(days=1)),
    ("hour", timedelta(hours=1)),
    ("minute", timedelta(minutes=1)),
    ("second", timedelta(seconds=1)),
)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class IntervalTrigger(TimedTrigger):
    """Fires every so often, counted from an anchor in elapsed time, and never before the anchor.

    Parameters
    ----------
    every
        The time from fire to fire.
    anchor
        An instant, in UTC, at which it fires. The epoch, where it is not given, so that all processes agree: every hour
        is then on the hour of UTC.
    options
        See `TriggerOptions`.

    Examples
    --------
    >>> trigger = IntervalTrigger(every=timedelta(minutes=5))
    >>> trigger.next_fire(datetime(2026, 5, 1, 9, 3, tzinfo=UTC)).isoformat()
    '2026-05-01T09:05:00+00:00'
    """

    kind: ClassVar[str] = "interval"
    every: timedelta
    anchor: datetime = EPOCH

    def describe(self) -> str:
        """Say in words when it fires."""
        since = "" if self.anchor == EPOCH else f"from {self.anchor:%Y-%m-%d %H:%M:%S} UTC"
        told = f"every {_told(self.every)}"
        return " ".join(part for part in (told, since, self.options.period) if part)

    def planned(self, after: datetime) -> datetime | None:
        """Return the next multiple of its interval after the anchor, or the anchor."""
        if after < self.anchor:
            return self.anchor
        try:
            return self.anchor + ((after - self.anchor) // self.every + 1) * self.every
        except OverflowError:  # beyond the years that `datetime` can hold
            return None

    def facts(self) -> dict[str, Any]:
        """Return the interval in seconds, and the anchor."""
        return {"every": self.every.total_seconds(), "anchor": self.anchor.isoformat()}


def _told(every: timedelta) -> str:
    for unit, size in _UNITS:
        count, rest = divmod(every, size)
        if not rest:
            return unit if count == 1 else f"{count} {unit}s"
    return f"{every.total_seconds():g} seconds"
