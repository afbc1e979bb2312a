"""A trigger that fires when it was told to: at listed instants, and when it is given a signal."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from dpnb.events import EventBase

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Mapping

    from dpnb.scheduler.ports import Signal


class ListedTrigger:
    """Due at each of some instants; `give` makes it fire besides. For tests of what is built on triggers.

    Parameters
    ----------
    instants
        With their time zones.
    event_factory
        Makes its events; they carry when it was due otherwise.

    Examples
    --------
    >>> noon = datetime(2026, 12, 1, 12, tzinfo=UTC)
    >>> ListedTrigger([noon]).next_fire(noon) is None
    True
    """

    kind = "listed"

    def __init__(
        self, instants: Iterable[datetime] = (), *, event_factory: Callable[[], EventBase] | None = None
    ) -> None:
        self._instants = sorted({one.astimezone(UTC) for one in instants})
        self._event_factory = event_factory
        self._signals: asyncio.Queue[Signal] = asyncio.Queue()

    def describe(self) -> str:
        """Say how many instants there are."""
        return f"at {len(self._instants)} listed instants"

    def next_fire(self, after: datetime) -> datetime | None:
        """Return the first listed instant that is later."""
        if after.tzinfo is None:
            raise ValueError(f"after must have a time zone, not {after!r}")
        at = bisect_right(self._instants, after)
        return self._instants[at] if at < len(self._instants) else None

    def give(self, signal: Signal) -> None:
        """Let it hear a signal; to be called in the event loop."""
        self._signals.put_nowait(signal)

    async def signals(self) -> AsyncIterator[Signal]:
        """Yield what it is given."""
        while True:
            yield await self._signals.get()

    def spec(self) -> Mapping[str, Any] | None:
        """Return nothing: what it hears lives in this process."""
        return None

    def event_for(self, topic: str, due: datetime, signal: Signal | None = None) -> EventBase:
        """Return what the factory makes, or an event that says when it was due."""
        if self._event_factory is not None:
            return self._event_factory()
        data = {"due": due.isoformat(), "data": None if signal is None else signal.data}
        return EventBase(topic, data)
