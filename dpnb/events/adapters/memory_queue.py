"""A queue within this process, for threads and event loops together.

Giving and taking are one operation of a `deque` each, which is atomic; only who has to wait, or to drop, does more. A
bounded queue is guarded by a lock, so that its bound is exact. While it is less than half full it needs none, if the
other half is larger than any number of threads that could be about to put at once.
"""

from __future__ import annotations

import sys
import threading
from collections import deque
from typing import TYPE_CHECKING

from dpnb.errors import QueueClosedError, QueueFullError
from dpnb.events.adapters.queue_loops import QueueLoops
from dpnb.events.waiters import TimeLeft, Waiters

if TYPE_CHECKING:
    from dpnb.events.ports import Overflow

POLICIES = ("block", "drop_oldest", "drop_newest", "error")
_MOST_THREADS = 4_000


class InMemoryQueue[T](QueueLoops[T]):
    """A `dpnb.events.Queue` within this process.

    Parameters
    ----------
    maxsize
        How many items it holds at most; 0 for any number.
    overflow
        What a full queue does with one more: ``"block"`` lets the giver wait, ``"drop_oldest"`` and ``"drop_newest"``
        drop and count, ``"error"`` raises `QueueFullError`.

    Examples
    --------
    >>> queue = InMemoryQueue(maxsize=2, overflow="drop_oldest")
    >>> for number in range(3):
    ...     queue.put_sync(number)
    >>> queue.get_sync(), queue.dropped
    (1, 1)
    """

    def __init__(self, maxsize: int = 0, overflow: Overflow = "block") -> None:
        if maxsize < 0:
            raise ValueError(f"maxsize must be 0 (unbounded) or more, not {maxsize}")
        if overflow not in POLICIES:
            raise ValueError(f"overflow must be one of {', '.join(map(repr, POLICIES))}, not {overflow!r}")
        self.maxsize, self.overflow = maxsize, overflow
        self.dropped = 0
        self.is_closed = False
        self._items: deque[T] = deque()
        self._plenty = (maxsize // 2 if maxsize >= 2 * _MOST_THREADS else 0) if maxsize else sys.maxsize
        self.takers, self.givers = Waiters(), Waiters()
        self._lock = threading.Lock()

    # Giving

    def offer(self, item: T) -> bool:
        """Put an item without waiting; False where the giver has to wait. Raises `QueueFullError`."""
        if self.is_closed:
            raise QueueClosedError(repr(self))
        items = self._items
        if len(items) < self._plenty:
            items.append(item)
        elif not self._offer_bounded(item):
            return False
        if self.takers.line:
            self.takers.wake_one()
        return True

    def _offer_bounded(self, item: T) -> bool:
        with self._lock:
            if len(self._items) >= self.maxsize:
                match self.overflow:
                    case "block":
                        return False
                    case "error":
                        raise QueueFullError(repr(self), maxsize=self.maxsize)
                    case "drop_newest":
                        self.dropped += 1
                        return True
                self._drop_oldest()
            self._items.append(item)
        return True

    def _drop_oldest(self) -> None:
        try:
            self._items.popleft()
        except IndexError:  # a taker was quicker, so that there is room
            return
        self.dropped += 1

    async def put(self, item: T, timeout: float | None = None) -> None:
        """Put an item; `timeout` in seconds. Raises `QueueFullError`, `QueueClosedError`, `TimeoutError`."""
        left = TimeLeft(timeout)
        while not self.offer(item):
            await self.givers.wait(self.has_room, left.seconds())

    def put_sync(self, item: T, timeout: float | None = None) -> None:
        """Put an item from a thread; `timeout` in seconds. Raises as `put`."""
        left = TimeLeft(timeout)
        while not self.offer(item):
            self.givers.wait_sync(self.has_room, left.seconds())

    def has_room(self) -> bool:
        """Tell whether a giver need not wait."""
        return self.is_closed or len(self._items) < self.maxsize

    # Taking

    def take(self) -> T:
        """Take the oldest item without waiting. Raises `IndexError` where there is none."""
        item = self._items.popleft()
        if self.givers.line:
            self.givers.wake_one()
        return item

    async def get(self, timeout: float | None = None) -> T:
        """Take the oldest item; `timeout` in seconds. Raises `QueueClosedError`, `TimeoutError`."""
        left: TimeLeft | None = None
        while True:
            try:
                return self.take()
            except IndexError:
                self._raise_if_closed()
            left = left or TimeLeft(timeout)
            await self.takers.wait(self.has_news, left.seconds())

    def get_sync(self, timeout: float | None = None) -> T:
        """Take the oldest item in a thread; `timeout` in seconds. Raises as `get`."""
        left = TimeLeft(timeout)
        while True:
            try:
                return self.take()
            except IndexError:
                self._raise_if_closed()
            self.takers.wait_sync(self.has_news, left.seconds())

    def has_news(self) -> bool:
        """Tell whether a taker need not wait."""
        return self.is_closed or bool(self._items)

    def _raise_if_closed(self) -> None:
        if self.is_closed and not self._items:
            raise QueueClosedError(repr(self)) from None

    def put_back(self, item: T) -> None:
        """Put an item that was taken by mistake where it was: in front, whether there is room or not."""
        self._items.appendleft(item)
        self.takers.wake_one()

    def refuse(self) -> None:
        """Count an item as dropped that came too late."""
        with self._lock:
            self.dropped += 1

    def clear(self) -> None:
        """Forget what is in it."""
        self._items.clear()

    def qsize(self) -> int:
        """Return how many items are in it."""
        return len(self._items)

    def close(self) -> None:
        """Take no more; what is in it can still be got. May be called twice."""
        self.is_closed = True
        self.takers.wake_all()
        self.givers.wake_all()

    def __repr__(self) -> str:
        bound = f" of {self.maxsize}, overflow={self.overflow!r}" if self.maxsize else ""
        dropped = f", {self.dropped} dropped" if self.dropped else ""
        closed = ", closed" if self.is_closed else ""
        return f"<{type(self).__name__}: {len(self._items)}{bound}{dropped}{closed}>"
