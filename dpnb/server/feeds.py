"""What runs say, for those who listen over HTTP: `Run.events`, counted, and ended when the server stops."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from dpnb.orchestrator import Run
    from dpnb.run_events import RunEvent


class AllHeard(Exception):  # noqa: N818 - nothing is wrong
    """A listener has heard all that there will be."""


def heard_of(run: Run, last_event_id: str) -> str:
    """Return the id of the event that was heard last; empty where it is none that the run can have said."""
    return last_event_id if last_event_id and run.events().knows(last_event_id) else ""


def is_all(run: Run, heard: str) -> bool:
    """Tell whether a run that has ended says nothing after the event of that id."""
    return bool(heard) and next(iter(run.events(after=heard, follow=False)), None) is None


class RunFeeds:
    """The listeners of one application; to be used within one event loop."""

    def __init__(self) -> None:
        self._waiting: dict[asyncio.Task[RunEvent], None] = {}
        self._is_closed = False
        self.listeners = 0

    async def follow(self, run: Run, after: str = "") -> AsyncIterator[RunEvent]:
        """Yield what a run has said after the event of that id, what it says, and nothing after its end."""
        said = run.events(after=after)
        self.listeners += 1
        try:
            async with aclosing(cast("AsyncGenerator[RunEvent]", aiter(said))) as events:
                while not self._is_closed:
                    event = await self._next(events)
                    if event is None:
                        return
                    yield event
        finally:
            self.listeners -= 1

    async def _next(self, events: AsyncGenerator[RunEvent]) -> RunEvent | None:
        """Return the next event; None where there is none, or the server stops."""
        coming = asyncio.ensure_future(anext(events))
        self._waiting[coming] = None
        try:
            await asyncio.wait([coming])
            return None if coming.cancelled() else coming.result()
        except StopAsyncIteration:
            return None
        finally:
            del self._waiting[coming]
            if not coming.done():  # who listened has left
                coming.cancel()
                with suppress(asyncio.CancelledError):
                    await coming

    def close(self) -> None:
        """End all listening: the server stops."""
        self._is_closed = True
        for coming in list(self._waiting):
            coming.cancel()
