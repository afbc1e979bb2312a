"""What a consumer holds of a broker in a server: an iterator over its inbox, which a reader fills in the background.

An event of a group is the group's until it has been handled: that is told to the server when the next one is asked for,
or when the subscription is closed, also at the end of a ``with`` block. If the block is left by an exception, the
subscription is dropped unclosed, or its process dies, another member gets the event.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Protocol, Self

from dpnb.errors import QueueClosedError

if TYPE_CHECKING:
    from dpnb.events.adapters.inbox import Delivery, Inbox
    from dpnb.events.background_loop import BackgroundLoop
    from dpnb.events.event import EventBase


class Reader(Protocol):
    """Fills an inbox from a server, in the background's loop."""

    inbox: Inbox

    async def run(self) -> None:
        """Read until cancelled; an outage is waited for, any other failure told to the inbox."""
        ...

    def ask(self, handled: Delivery | None) -> None:
        """Take note that a member of a group wants one more event, and has handled the one before."""
        ...

    def rest(self) -> None:
        """Take note that it waits no more, and has got none."""
        ...

    def hand_over(self, delivery: Delivery) -> bool:
        """Take note that a member has an event in hand; False if it is another's by now. Called in its thread."""
        ...

    def finish(self, handled: Delivery | None) -> None:
        """Take note that no more is wanted, and what has been handled; right before `run` is cancelled."""
        ...

    async def leave(self) -> None:
        """Leave the group, after `run`: acknowledge what was handled, and give back what was not."""
        ...


class ServerSubscription:
    """A `dpnb.events.Subscription` of a broker in a server. One loop takes from it; a group's members have one each."""

    def __init__(self, owner: object, background: BackgroundLoop, reader: Reader) -> None:
        self.pattern: str = reader.inbox.pattern.text
        self.group: str | None = reader.inbox.group
        self._owner = owner  # a broker lives as long as somebody listens
        self._background, self._reader = background, reader
        self._inbox, self._queue = reader.inbox, reader.inbox.queue
        self._shares = self.group is not None
        self._in_hand: Delivery | None = None
        self._has_ended = False
        self._reading = _Reading(reader)
        background.submit(self._reading.run())

    @property
    def dropped(self) -> int:
        """How many events were dropped because it was full."""
        return self._inbox.dropped

    def qsize(self) -> int:
        """Return how many events have come for it and wait; the server may hold more."""
        return self._queue.qsize()

    async def get(self, timeout: float | None = None) -> EventBase:
        """Return the next event; `timeout` in seconds. Raises `TimeoutError`, `QueueClosedError`."""
        if (waiting := self._next_waiting()) is not None:
            return waiting
        self._ask()
        try:
            async with asyncio.timeout(timeout):
                while (event := self._taken(await self._queue.get())) is None:
                    pass
        except BaseException as error:
            self._rest()
            if isinstance(error, QueueClosedError):
                raise self._end_of_it() from None
            raise
        return event

    def get_sync(self, timeout: float | None = None) -> EventBase:
        """Return the next event, in a thread. Raises as `get`."""
        self._ask()
        try:
            while (event := self._taken(self._queue.get_sync(timeout))) is None:
                pass
        except BaseException as error:
            self._rest()
            if isinstance(error, QueueClosedError):
                raise self._end_of_it() from None
            raise
        return event

    def _next_waiting(self) -> EventBase | None:
        """Return what has come already, where nothing is to be said to the server."""
        if self._shares:
            return None
        self._inbox.raise_error()
        try:
            return self._queue.take().event
        except IndexError:
            return None

    def _ask(self) -> None:
        self._inbox.raise_error()
        if self._shares:
            handled, self._in_hand = self._in_hand, None
            self._background.soon(self._reader.ask, handled)

    def _rest(self) -> None:
        if self._shares:
            self._background.soon(self._reader.rest)

    def _taken(self, delivery: Delivery) -> EventBase | None:
        if self._shares:
            if not self._reader.hand_over(delivery):
                return None
            self._in_hand = delivery
        return delivery.event

    def _end_of_it(self) -> QueueClosedError:
        self._inbox.raise_error()
        return self._inbox.closed()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> EventBase:
        try:
            return await self.get()
        except QueueClosedError:
            raise StopAsyncIteration from None

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> EventBase:
        try:
            return self.get_sync()
        except QueueClosedError:
            raise StopIteration from None

    def end(self, *, is_handled: bool = False) -> None:
        """Hear nothing more; what waits, unless it is a group's, can still be taken."""
        if self._has_ended:
            return
        self._has_ended = True
        if self._shares:
            self._queue.clear()
        self._queue.close()
        handled = self._in_hand if is_handled else None
        self._background.say_last(self._reading.end(handled))

    def close(self) -> None:
        """Unsubscribe, the event in hand being handled; forget what waits. May be called twice."""
        self.end(is_handled=True)
        self._queue.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self.end(is_handled=not any(failure))
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *failure: object) -> None:
        self.end(is_handled=not any(failure))
        self.close()

    def __del__(self) -> None:
        if not getattr(self, "_has_ended", True):
            self.end()

    def __repr__(self) -> str:
        return repr(self._inbox)


class _Reading:
    """A reader at work, which can be ended."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._task: asyncio.Task[Any] | None = None

    async def run(self) -> None:
        self._task = asyncio.current_task()
        try:
            await self._reader.run()
        finally:
            self._task = None  # with its traceback, which holds the connections, it would be a circle

    async def end(self, handled: Delivery | None) -> None:
        self._reader.finish(handled)
        if (task := self._task) is not None:
            task.cancel()
            await asyncio.wait([task])
        await self._reader.leave()
