"""Fires when it is called, over HTTP or by code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from dpnb.scheduler.triggers.called import CalledTrigger

if TYPE_CHECKING:
    from dpnb.scheduler.ports import Signal


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ApiTrigger(CalledTrigger):
    """Fires when it is called, from any thread or event loop.

    Parameters
    ----------
    options
        See `TriggerOptions`; the event factory gets the data of the call.

    Examples
    --------
    >>> trigger = ApiTrigger()
    >>> trigger.call_sync({"year": 2013}).data
    {'year': 2013}
    """

    kind: ClassVar[str] = "api"
    told: ClassVar[str] = "when it is called"

    async def call(self, data: Any = None, *, key: str | None = None) -> Signal:
        """Make it fire.

        Parameters
        ----------
        data
            What there is to say, as JSON can carry it.
        key
            Tells this call from others: of calls with the same key, a scheduler lets only the first count.

        Returns
        -------
        Signal
            As those who listen get it.

        Raises
        ------
        EventDataError
            JSON cannot carry `data`.
        TriggerInactiveError
            It is before the trigger's start, or after its end.
        QueueFullError
            Too many calls wait already.
        """
        return self._call(data, key)

    def call_sync(self, data: Any = None, *, key: str | None = None) -> Signal:
        """Make it fire, from any thread; as `call`, without an event loop."""
        return self._call(data, key)
