"""Tells pages when to ask again: one pulse of the workspace for all that listen, taken only while anybody does."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from dpnb.errors import DpnbError
from dpnb.pages.pulse import PULSE_S, Pulse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from dpnb.workspace import Workspace


class Changes:
    """The pulse of a workspace; to be used within one event loop."""

    def __init__(self, workspace: Workspace, pace_s: float = PULSE_S) -> None:
        self._pulse, self._pace_s = Pulse(workspace), pace_s
        self._listeners: set[asyncio.Event] = set()
        self._beat: str | None = None
        self._count = 0
        self._is_closed = False
        self._taking: asyncio.Task[None] | None = None

    @property
    def listeners(self) -> int:
        """How many pages listen."""
        return len(self._listeners)

    async def follow(self) -> AsyncIterator[int]:
        """Yield a number at once, and a higher one whenever something has changed, until the server stops."""
        heard = asyncio.Event()
        self._listeners.add(heard)
        if self._taking is None or self._taking.done():
            self._taking = asyncio.ensure_future(self._take())
        try:
            yield self._count
            while not self._is_closed:
                await heard.wait()
                heard.clear()
                if not self._is_closed:
                    yield self._count
        finally:
            self._listeners.discard(heard)

    def close(self) -> None:
        """End all listening: the server stops."""
        self._is_closed = True
        if self._taking is not None:
            self._taking.cancel()
        self._wake()

    async def _take(self) -> None:
        """Take the pulse until nobody listens."""
        while self._listeners and not self._is_closed:
            with suppress(DpnbError):  # a ledger that cannot be read at the moment; who asks is told so
                beat = await asyncio.to_thread(self._pulse.beat)
                if beat != self._beat:
                    self._beat = beat
                    self._count += 1
                    self._wake()
            await asyncio.sleep(self._pace_s)

    def _wake(self) -> None:
        for heard in self._listeners:
            heard.set()
