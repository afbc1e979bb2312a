"""What the triggers that fire by the time have in common."""

from __future__ import annotations

import json
from abc import abstractmethod
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from dpnb.scheduler.cron.fire_times import in_utc
from dpnb.scheduler.fire_frames import fire_frame, fires_after
from dpnb.scheduler.triggers.due_times import next_due
from dpnb.scheduler.triggers.options import OptionedTrigger

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    import pandas as pd

    from dpnb.scheduler.ports import Signal


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class TimedTrigger(OptionedTrigger):
    """A trigger that fires by the time alone."""

    @abstractmethod
    def planned(self, after: datetime) -> datetime | None:
        """Return the first instant later than `after`, in UTC, at which it fires but for its bounds and jitter."""

    @property
    def local_zone(self) -> str:
        """The name of the time zone that people read its fires in."""
        return "UTC"

    def next_fire(self, after: datetime) -> datetime | None:
        """Return the first instant, in UTC, later than `after` at which it is due; None where there is no more.

        Raises
        ------
        TriggerOptionError
            `after` has no time zone.
        """
        return next_due(self.planned, self.options, self._seed() if self.options.jitter else "", in_utc(after))

    def _seed(self) -> str:
        return self.options.name or json.dumps({"kind": self.kind, **self.facts()}, sort_keys=True)

    async def signals(self) -> AsyncGenerator[Signal]:
        """Return nothing: only the time makes it fire."""
        nothing: tuple[Signal, ...] = ()
        for signal in nothing:
            yield signal

    def given(self, topic: str, due: datetime, signal: Signal | None) -> Any:  # noqa: ARG002 - others tell more
        """Return when it was due."""
        return due

    def note(self, fire: datetime, earlier: datetime) -> str:  # noqa: ARG002 - for zones whose clocks change
        """Say what is remarkable about a fire, `earlier` being the one before."""
        return ""

    def preview(self, count: int = 10, *, after: datetime | None = None) -> pd.DataFrame:
        """Return its next fires.

        Parameters
        ----------
        count
            How many.
        after
            From when on; now, where it is not given.

        Returns
        -------
        pandas.DataFrame
            One row per fire; columns ``local`` (a datetime in the trigger's zone), ``utc`` and ``note``.
        """
        start = datetime.now(UTC) if after is None else in_utc(after)
        fires = fires_after(self.next_fire, start, count)
        notes = [self.note(fire, earlier) for fire, earlier in zip(fires, [start, *fires], strict=False)]
        return fire_frame(fires, self.local_zone, notes)
