"""The loops over a queue, by its `get` and `get_sync`: they end when it is closed and empty."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from dpnb.errors import QueueClosedError, QueueLostError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


class QueueLoops[T](ABC):
    """Gives a `dpnb.events.Queue` its iterators. One whose process is gone has lost items: that is no proper end."""

    @abstractmethod
    async def get(self, timeout: float | None = None) -> T:
        """Take the oldest item; `timeout` in seconds. Raises `QueueClosedError`, `TimeoutError`."""

    @abstractmethod
    def get_sync(self, timeout: float | None = None) -> T:
        """Take the oldest item in a thread; `timeout` in seconds. Raises as `get`."""

    async def __aiter__(self) -> AsyncIterator[T]:
        while True:
            try:
                item = await self.get()
            except QueueLostError:
                raise
            except QueueClosedError:
                return
            yield item

    def __iter__(self) -> Iterator[T]:
        while True:
            try:
                item = self.get_sync()
            except QueueLostError:
                raise
            except QueueClosedError:
                return
            yield item
