"""A queue between processes.

It lives in the process that made it, as a queue of memory that a thread of its own serves to the others (`queue_hub`);
they reach it by connections of their own (`remote_queue`). No lock, semaphore or buffer is shared, so that a process
can be killed at any moment without the others noticing anything but its silence.
"""

from __future__ import annotations

import os
import weakref
from contextlib import suppress
from multiprocessing.util import Finalize
from typing import TYPE_CHECKING, Any

from dpnb.events.adapters.memory_queue import InMemoryQueue
from dpnb.events.adapters.queue_hub import Hub
from dpnb.events.adapters.queue_items import pickled, unpickled
from dpnb.events.adapters.queue_loops import QueueLoops
from dpnb.events.adapters.queue_wire import Payload
from dpnb.events.adapters.remote_queue import RemoteQueue

if TYPE_CHECKING:
    from collections.abc import Callable

    from dpnb.events.adapters.queue_wire import Home
    from dpnb.events.ports import Overflow

_PATIENCE_S = 1.0


class _HomeQueue(InMemoryQueue[Payload]):
    """Holds the items, in the process that made the queue."""

    def __repr__(self) -> str:
        return super().__repr__().replace(type(self).__name__, MultiprocessQueue.__name__, 1)


class MultiprocessQueue[T](QueueLoops[T]):
    """A `dpnb.events.Queue` between processes, for their threads and event loops.

    Hand it to other processes as an argument, in a closure, or by forking; ``fork``, ``spawn`` and ``forkserver`` will
    do, and so will any pickle, within this machine. Items are pickled when they are put: what is defined in a notebook
    or script travels by value.

    Guarantees
    ----------
    - An item that was put is got once, even if its writer is killed right after. What a writer was still sending when
      it was killed is not put.
    - A reader that is killed before its ``get`` returns has taken nothing: the item is in front of the queue again.
      One that is killed after that takes the item with it. Whoever needs more lets readers say when they are through.
    - What one process puts comes out in its order.
    - The queue lives as long as the process that made it, and as long as that holds it. After that the others get
      `QueueLostError` at once, and what was in it is lost.
    - While that process lets no thread of it run (a long call into C that keeps the interpreter to itself), the others
      wait, except for puts that are not held back by a bound.
    - A get that is cancelled or interrupted takes nothing. A put that is cancelled or interrupted in the very moment in
      which it is answered may have been done.
    - What other processes send in the very moment in which one closes the queue is counted as dropped, if it came too
      late; what they had put before is there.

    Parameters
    ----------
    maxsize
        How many items it holds at most; 0 for any number.
    overflow
        What a full queue does with one more: ``"block"`` lets the giver wait, ``"drop_oldest"`` and ``"drop_newest"``
        drop and count, ``"error"`` raises `QueueFullError`.

    Raises
    ------
    QueueItemError
        By a put: the item cannot be pickled. By a get: it cannot be unpickled here; the next get goes on.
    QueueLostError
        The process that made the queue is gone.

    Examples
    --------
    >>> from multiprocessing import get_context
    >>> queue = MultiprocessQueue()
    >>> process = get_context("fork").Process(target=queue.put_sync, args=("hello",))
    >>> process.start()
    >>> queue.get_sync(timeout=30)
    'hello'
    >>> process.join()
    """

    def __init__(self, maxsize: int = 0, overflow: Overflow = "block") -> None:
        items = _HomeQueue(maxsize, overflow)
        self.maxsize, self.overflow = maxsize, overflow
        self._items: _HomeQueue | RemoteQueue = items
        self._remote: RemoteQueue
        self._hub: Hub | None = Hub(items)
        self._home = self._hub.home
        self._ends_with_me(self._hub.stop)
        _known[self._home] = self

    def _go_remote(self) -> None:
        self._hub = None
        self._items = self._remote = RemoteQueue(self._home, self.maxsize, self.overflow)
        self._ends_with_me(self._remote.forget)

    def _ends_with_me(self, end: Callable[[], object]) -> None:
        self._end = weakref.finalize(self, end)
        self._end.atexit = False  # `_let_go_all` comes later

    def __reduce__(self) -> tuple[Callable[..., MultiprocessQueue[T]], tuple[Home, int, Overflow]]:
        self.share()
        return _reached, (self._home, self.maxsize, self.overflow)

    def __setstate__(self, state: tuple[Home, int, Overflow]) -> None:
        self._home, self.maxsize, self.overflow = state
        self._go_remote()

    def share(self) -> None:
        """Begin to serve other processes, if it lives here; what hands it over does this by itself."""
        if self._hub is not None:
            self._hub.start()

    def let_go(self) -> None:
        """Close all connections; it is not to be used any more."""
        self._end()
        if self._hub is not None:
            self._hub.join(_PATIENCE_S)

    def leave_home(self) -> None:
        """Go on in a process that was forked; what was inherited belongs to the other."""
        if self._end.detach() is not None:
            (self._hub or self._remote).forget()
        self._go_remote()

    @property
    def dropped(self) -> int:
        """How many items were dropped."""
        if self._hub is not None:
            self._hub.catch_up()
        return self._items.dropped

    @property
    def is_closed(self) -> bool:
        """Whether nothing can be put any more."""
        return self._items.is_closed

    async def put(self, item: T, timeout: float | None = None) -> None:
        """Put an item; `timeout` in seconds. Raises `QueueFullError`, `QueueClosedError`, `TimeoutError`."""
        await self._items.put(pickled(item), timeout)

    async def get(self, timeout: float | None = None) -> T:
        """Take the oldest item; `timeout` in seconds. Raises `QueueClosedError`, `TimeoutError`."""
        try:
            payload = await self._items.get(timeout)
        except TimeoutError:
            payload = self._latest()
        item: T = unpickled(payload)
        return item

    def put_sync(self, item: T, timeout: float | None = None) -> None:
        """Put an item from a thread; `timeout` in seconds. Raises as `put`."""
        self._items.put_sync(pickled(item), timeout)

    def get_sync(self, timeout: float | None = None) -> T:
        """Take the oldest item in a thread; `timeout` in seconds. Raises as `get`."""
        try:
            payload = self._items.get_sync(timeout)
        except TimeoutError:
            payload = self._latest()
        item: T = unpickled(payload)
        return item

    def _latest(self) -> Payload:
        """Return what another process has put and was not taken in yet. Raises `TimeoutError`."""
        if self._hub is not None:
            self._hub.catch_up()
            with suppress(IndexError):
                return self._hub.queue.take()
        raise TimeoutError

    def qsize(self) -> int:
        """Return how many items are in it."""
        if self._hub is not None:
            self._hub.catch_up()
        return self._items.qsize()

    def close(self) -> None:
        """Take no more, from any process; what is in it can still be got. May be called twice."""
        (self._hub or self._items).close()

    def __repr__(self) -> str:
        return repr(self._items)


_known: weakref.WeakValueDictionary[Home, MultiprocessQueue[Any]] = weakref.WeakValueDictionary()


def _reached(home: Home, maxsize: int, overflow: Overflow) -> MultiprocessQueue[Any]:
    """Return the queue that lives at `home`, also where that is this process."""
    queue = _known.get(home)
    if queue is None:
        queue = MultiprocessQueue.__new__(MultiprocessQueue)
        queue.__setstate__((home, maxsize, overflow))
        queue = _known.setdefault(home, queue)
    return queue


def _share_all() -> None:
    for queue in list(_known.values()):
        queue.share()


def _leave_all() -> None:
    for queue in list(_known.values()):
        queue.leave_home()


def _let_go_all() -> None:
    for queue in list(_known.values()):
        queue.let_go()


# When the process exits, but after those were joined that may still use a queue: a negative priority says that.
Finalize(None, _let_go_all, exitpriority=-1)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_parent=_share_all, after_in_child=_leave_all)
