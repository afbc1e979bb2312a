"""A clock that stands still until it is moved."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta

START = datetime(2026, 12, 1, tzinfo=UTC)


class SimulatedClock:
    """Shows what it was told to show; who waits for it is woken as it is moved. For one event loop.

    Parameters
    ----------
    start
        What it shows first, with its time zone.

    Examples
    --------
    >>> clock = SimulatedClock()
    >>> clock.advance(90)
    >>> clock.now().isoformat(), clock.monotonic()
    ('2026-12-01T00:01:30+00:00', 90.0)
    """

    def __init__(self, start: datetime = START) -> None:
        self._wall, self._passed_s = start.astimezone(UTC), 0.0
        self._waiting: list[tuple[float, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        """Return what it shows."""
        return self._wall

    def monotonic(self) -> float:
        """Return how many seconds it was advanced by."""
        return self._passed_s

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._wall += timedelta(seconds=seconds)
        self._passed_s += seconds
        for deadline, future in self._waiting:
            if deadline <= self._passed_s and not future.done():
                future.set_result(None)

    def jump(self, seconds: float) -> None:
        """Set the wall's clock, as a person does, or a laptop that was asleep: no time has passed."""
        self._wall += timedelta(seconds=seconds)

    async def wait(self, woken: asyncio.Event, timeout: float) -> None:
        """Return when the event is set, or the clock has been advanced by so much."""
        if timeout <= 0:
            return
        future = asyncio.get_running_loop().create_future()
        self._waiting.append((self._passed_s + timeout, future))
        waiter = asyncio.ensure_future(woken.wait())
        try:
            await asyncio.wait({waiter, future}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiter.cancel()
            with suppress(asyncio.CancelledError):
                await waiter
            self._waiting = [one for one in self._waiting if one[1] is not future]
