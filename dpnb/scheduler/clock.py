"""What time it is, and how long it takes: the wall's clock, which may be set, and one that only goes on."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time.

    Guarantees
    ----------
    - `monotonic` never goes back, whatever the wall's clock does.
    - `wait` measures by `monotonic`.
    """

    def now(self) -> datetime:
        """Return the instant, in UTC, as the wall's clock shows it."""
        ...

    def monotonic(self) -> float:
        """Return seconds since some moment."""
        ...

    async def wait(self, woken: asyncio.Event, timeout: float) -> None:
        """Return when the event is set, or `timeout` seconds have passed."""
        ...


class SystemClock:
    """The machine's."""

    def now(self) -> datetime:
        """Return the instant, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds since some moment."""
        return time.monotonic()

    async def wait(self, woken: asyncio.Event, timeout: float) -> None:
        """Return when the event is set, or `timeout` seconds have passed."""
        with suppress(TimeoutError):
            async with asyncio.timeout(max(timeout, 0)):
                await woken.wait()


class JumpDetector:
    """Notices that the wall's clock was set, or the machine asleep: it and the one that only goes on disagree."""

    LEAST_S = 2.0  # clocks that are kept in step are moved by less

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offset_s = self._offset()

    def jump_s(self) -> float:
        """Return by how many seconds the wall's clock has jumped since this was last asked; 0 where it has not."""
        before, self._offset_s = self._offset_s, self._offset()
        jump_s = self._offset_s - before
        return jump_s if abs(jump_s) >= self.LEAST_S else 0.0

    def _offset(self) -> float:
        return self._clock.now().timestamp() - self._clock.monotonic()
