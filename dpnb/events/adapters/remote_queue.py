"""A queue that lives in another process, as it is used from here."""

from __future__ import annotations

import weakref
from collections import deque
from typing import TYPE_CHECKING

from dpnb.errors import QueueClosedError, QueueFullError, QueueLostError
from dpnb.events.adapters.memory_queue import InMemoryQueue
from dpnb.events.adapters.queue_link import Link, at_once, wait_in_loop, wait_in_thread
from dpnb.events.adapters.queue_wire import FACTS, Kind
from dpnb.events.waiters import TimeLeft

if TYPE_CHECKING:
    from dpnb.events.adapters.queue_link import Wait
    from dpnb.events.adapters.queue_wire import Frame, Home, Payload
    from dpnb.events.ports import Overflow


class RemoteQueue:
    """Puts into a queue of another process and takes from it; for threads and event loops together.

    A put that may have to wait, or to be refused, is answered. Where neither can be, since there is no bound or
    something is dropped, it is sent and not waited for: all over one connection, so that the order of this process is
    kept.
    """

    def __init__(self, home: Home, maxsize: int, overflow: Overflow) -> None:
        self._home, self._maxsize = home, maxsize
        self._waits = maxsize > 0 and overflow in ("block", "error")
        self._idle: deque[Link] = deque()
        self._every: weakref.WeakSet[Link] = weakref.WeakSet()
        self._sender: InMemoryQueue[Link | None] = InMemoryQueue()  # whoever has it may send
        self._sender.put_sync(None)
        self._is_closed = False
        self._dropped = 0

    # As threads and event loops call it

    async def put(self, item: Payload, timeout: float | None = None) -> None:
        """Put an item; `timeout` in seconds. Raises `QueueFullError`, `QueueClosedError`, `TimeoutError`."""
        if self._waits:
            await self._put(wait_in_loop, item, timeout)
            return
        link = await self._sender.get(timeout)
        await self._tell(wait_in_loop, link, item, timeout)

    def put_sync(self, item: Payload, timeout: float | None = None) -> None:
        """Put an item from a thread. Raises as `put`."""
        if self._waits:
            at_once(self._put(wait_in_thread, item, timeout))
            return
        link = self._sender.get_sync(timeout)
        at_once(self._tell(wait_in_thread, link, item, timeout))

    async def get(self, timeout: float | None = None) -> Payload:
        """Take the oldest item; `timeout` in seconds. Raises `QueueClosedError`, `TimeoutError`."""
        return await self._get(wait_in_loop, timeout)

    def get_sync(self, timeout: float | None = None) -> Payload:
        """Take the oldest item in a thread. Raises as `get`."""
        return at_once(self._get(wait_in_thread, timeout))

    def qsize(self) -> int:
        """Return how many items are in it."""
        return self._facts()[0]

    @property
    def dropped(self) -> int:
        """How many items were dropped; as far as it was known, where the queue is gone."""
        return self._facts()[1]

    @property
    def is_closed(self) -> bool:
        """Whether nothing can be put any more."""
        return self._is_closed or self._facts()[2]

    def close(self) -> None:
        """Have the queue take no more. May be called twice, also where it is gone."""
        try:
            at_once(self._ask(wait_in_thread, Kind.CLOSE))
        except QueueLostError:
            self._is_closed = True

    def forget(self) -> None:
        """Close all connections of this process."""
        for link in list(self._every):
            link.close()
        self._idle.clear()

    # As both do it

    async def _put(self, wait: Wait, item: Payload, timeout: float | None) -> None:
        answer = await self._ask(wait, Kind.PUT, item, timeout)
        if answer.kind == Kind.ENDED:
            raise QueueClosedError(repr(self))
        if answer.kind == Kind.FULL:
            raise QueueFullError(repr(self), maxsize=self._maxsize)

    async def _tell(self, wait: Wait, link: Link | None, item: Payload, timeout: float | None) -> None:
        try:
            if link is None or not link.is_open:
                link = await self._connect(wait, timeout)
            link.look()
            if not link.has_heard_of_closing:
                await link.send(wait, Kind.TELL, item)
        except ConnectionError as error:
            raise QueueLostError(repr(self)) from error
        finally:
            self._sender.put_sync(link)
        if link.has_heard_of_closing:
            self._is_closed = True
            raise QueueClosedError(repr(self))

    async def _get(self, wait: Wait, timeout: float | None) -> Payload:
        answer = await self._ask(wait, Kind.GET, b"", timeout)
        if answer.kind == Kind.ENDED:
            raise QueueClosedError(repr(self))
        return answer.payload

    def _facts(self) -> tuple[int, int, bool]:
        try:
            facts: tuple[int, int, bool] = FACTS.unpack(at_once(self._ask(wait_in_thread, Kind.ASK)).payload)
        except QueueLostError:
            return 0, self._dropped, True
        _, self._dropped, self._is_closed = facts
        return facts

    async def _ask(self, wait: Wait, kind: Kind, payload: Payload = b"", timeout: float | None = None) -> Frame:
        left = TimeLeft(timeout)
        try:
            link = self._idle_link() or await self._connect(wait, timeout)
            answer = await link.ask(wait, kind, payload, left.seconds())
        except ConnectionError as error:
            raise QueueLostError(repr(self)) from error
        self._idle.append(link)
        if answer.kind == Kind.WITHDRAWN:
            raise TimeoutError
        return answer

    def _idle_link(self) -> Link | None:
        try:
            return self._idle.pop()
        except IndexError:
            return None

    async def _connect(self, wait: Wait, timeout: float | None) -> Link:
        link = Link(self._home)
        self._every.add(link)
        await link.connect(wait, self._home.address, timeout)
        return link

    def __repr__(self) -> str:
        return f"<MultiprocessQueue: in process {self._home.pid}>"
