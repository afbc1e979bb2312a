"""Fires when a person says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from dpnb.scheduler.triggers.called import CalledTrigger

if TYPE_CHECKING:
    from dpnb.scheduler.ports import Signal


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ManualTrigger(CalledTrigger):
    """Fires when a person says so: with `fire`, or with the scheduler's ``trigger_now``.

    Parameters
    ----------
    options
        See `TriggerOptions`; the event factory gets the data.

    Examples
    --------
    >>> ManualTrigger().fire("서울").data
    '서울'
    """

    kind: ClassVar[str] = "manual"
    told: ClassVar[str] = "when it is fired by hand"

    def fire(self, data: Any = None, *, key: str | None = None) -> Signal:
        """Make it fire, from any thread.

        Parameters
        ----------
        data
            What there is to say, as JSON can carry it.
        key
            Tells this fire from others: of the same key, a scheduler lets only the first count.

        Raises
        ------
        EventDataError
            JSON cannot carry `data`.
        TriggerInactiveError
            It is before the trigger's start, or after its end.
        QueueFullError
            Too many fires wait already.
        """
        return self._call(data, key)
