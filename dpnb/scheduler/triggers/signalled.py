"""What the triggers that fire by something other than the time have in common."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dpnb.scheduler.cron.fire_times import in_utc
from dpnb.scheduler.triggers.options import OptionedTrigger

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from datetime import datetime

    from dpnb.scheduler.ports import Signal


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SignalledTrigger(OptionedTrigger):
    """A trigger in which the time has no say."""

    def next_fire(self, after: datetime) -> datetime | None:
        """Return None: the time has no say.

        Raises
        ------
        TriggerOptionError
            `after` has no time zone.
        """
        in_utc(after)
        return None

    @abstractmethod
    def signals(self) -> AsyncGenerator[Signal]:
        """Return what makes it fire, from this call on, as it comes."""

    def given(self, topic: str, due: datetime, signal: Signal | None) -> Any:  # noqa: ARG002 - others tell more
        """Return what there is to say of the signal."""
        return None if signal is None else signal.data

    def _within_period(self, told: str) -> str:
        return " ".join(part for part in (told, self.options.period) if part)
