"""What a consumer within this process holds of a broker: an iterator over its mailbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from dpnb.errors import QueueClosedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from dpnb.events.adapters.mailbox import Mailbox
    from dpnb.events.event import EventBase


class InMemorySubscription:
    """A `dpnb.events.Subscription` within this process; `leave` is called once, when it ends."""

    def __init__(self, mailbox: Mailbox, leave: Callable[[Mailbox], None]) -> None:
        self.pattern, self.group = mailbox.pattern, mailbox.group
        self._mailbox, self._queue, self._earlier = mailbox, mailbox.queue, mailbox.earlier
        self._leave = leave
        self._has_ended = False

    @property
    def dropped(self) -> int:
        """How many events were dropped because it was full."""
        return self._queue.dropped

    def qsize(self) -> int:
        """Return how many events wait for it."""
        return len(self._earlier) + self._queue.qsize()

    async def get(self, timeout: float | None = None) -> EventBase:
        """Return the next event; `timeout` in seconds. Raises `TimeoutError`, `QueueClosedError`."""
        mailbox = self._mailbox
        try:
            return await mailbox.next(timeout)
        finally:
            del self  # a traceback that is kept, as notebooks keep the latest, is not to keep us subscribed

    def get_sync(self, timeout: float | None = None) -> EventBase:
        """Return the next event, in a thread. Raises as `get`."""
        mailbox = self._mailbox
        try:
            return mailbox.next_sync(timeout)
        finally:
            del self

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> EventBase:
        if not self._mailbox.told:
            try:
                return self._queue.take()
            except IndexError:
                pass
        mailbox = self._mailbox
        try:
            return await mailbox.next(None)
        except QueueClosedError:
            raise StopAsyncIteration from None
        finally:
            del self

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> EventBase:
        mailbox = self._mailbox
        try:
            return mailbox.next_sync(None)
        except QueueClosedError:
            raise StopIteration from None
        finally:
            del self

    def end(self) -> None:
        """Hear nothing more; what waits can still be taken."""
        if not self._has_ended:
            self._has_ended = True
            self._leave(self._mailbox)

    def close(self) -> None:
        """Unsubscribe, and forget what waits unless others of the group are to have it. May be called twice."""
        self.end()
        if self._queue.is_closed:
            self._earlier.clear()
            self._queue.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        if not self._has_ended:
            self.close()

    def __repr__(self) -> str:
        shared = f" in group {self.group!r}" if self.group is not None else ""
        dropped = f", {self.dropped} dropped" if self.dropped else ""
        return f"<subscription to {self.pattern!r}{shared}: {self.qsize()} waiting{dropped}>"
