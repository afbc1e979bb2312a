"""Those who wait for something to change: tasks of event loops, and threads, together.

Whoever changes it wakes them. Nobody holds a lock while waiting, and a wake-up that comes too early is harmless: who is
woken looks again.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Waiters:
    """A `line` of those who wait, first come, first woken; safe for threads and event loops."""

    __slots__ = ("line",)

    def __init__(self) -> None:
        self.line: deque[Ticket] = deque()

    def wake_one(self) -> None:
        """Wake the first who still waits, if there is one."""
        while self.line:
            try:
                ticket = self.line.popleft()
            except IndexError:  # another thread was quicker
                return
            if ticket.wake():
                return

    def wake_all(self) -> None:
        """Wake all."""
        for _ in range(len(self.line)):
            self.wake_one()

    def stand(self, ticket: Ticket, has_come: Callable[[], bool]) -> bool:
        """Stand in line; False, and out of it again, where `has_come` is true by then."""
        self.line.append(ticket)
        if not has_come():
            return True
        self.leave(ticket)
        return False

    async def wait(self, has_come: Callable[[], bool], timeout: float | None = None) -> None:
        """Wait in an event loop to be woken; `has_come` is asked once we stand in line. Raises `TimeoutError`."""
        ticket = _TaskTicket()
        if not self.stand(ticket, has_come):
            return
        try:
            async with asyncio.timeout(timeout):
                await ticket.future
        except BaseException:
            self.leave(ticket)
            raise

    def wait_sync(self, has_come: Callable[[], bool], timeout: float | None = None) -> None:
        """Wait in a thread to be woken. Raises `TimeoutError`."""
        ticket = _ThreadTicket()
        if not self.stand(ticket, has_come):
            return
        try:
            came = ticket.event.wait(timeout)
        except BaseException:
            self.leave(ticket)
            raise
        if not came:
            self.leave(ticket)
            raise TimeoutError

    def leave(self, ticket: Ticket) -> None:
        """Leave the line; who was woken nevertheless passes it on, so that no wake-up is lost."""
        with suppress(ValueError):
            self.line.remove(ticket)
        if not ticket.give_up():
            self.wake_one()


class Ticket:
    """A place in the line: it is woken, or given up, whichever comes first."""

    __slots__ = ("_turn",)

    def __init__(self) -> None:
        self._turn = threading.Lock()

    def wake(self) -> bool:
        """Wake who waits; return False where that was given up, or nobody may look for a while."""
        return self._turn.acquire(blocking=False) and self.call()

    def give_up(self) -> bool:
        """Wait no more; return False where the wake-up has come already."""
        return self._turn.acquire(blocking=False)

    def call(self) -> bool:
        """Tell who waits; return whether that one is sure to look."""
        raise NotImplementedError


class CalledTicket(Ticket):
    """A place of one who is told by a call, from whatever thread."""

    __slots__ = ("_tell",)

    def __init__(self, tell: Callable[[CalledTicket], object]) -> None:
        super().__init__()
        self._tell = tell

    def call(self) -> bool:
        """Call."""
        self._tell(self)
        return True


class _ThreadTicket(Ticket):
    __slots__ = ("event",)

    def __init__(self) -> None:
        super().__init__()
        self.event = threading.Event()

    def call(self) -> bool:
        self.event.set()
        return True


class _TaskTicket(Ticket):
    __slots__ = ("_loop", "future")

    def __init__(self) -> None:
        super().__init__()
        self._loop = asyncio.get_running_loop()
        self.future = self._loop.create_future()

    def call(self) -> bool:
        if asyncio._get_running_loop() is self._loop:  # noqa: SLF001 - the public one raises where there is none
            self._resolve()
            return True
        try:
            self._loop.call_soon_threadsafe(self._resolve)
        except RuntimeError:  # the loop has been closed, with all that waited in it
            return False
        return self._loop.is_running()  # one that was stopped may go on, or never

    def _resolve(self) -> None:
        if not self.future.done():
            self.future.set_result(None)


class TimeLeft:
    """How many seconds are left of a timeout; None for ever."""

    __slots__ = ("_deadline",)

    def __init__(self, timeout: float | None) -> None:
        self._deadline = None if timeout is None else time.monotonic() + timeout

    def seconds(self) -> float | None:
        """Return how many, 0 where none are left."""
        return None if self._deadline is None else max(0.0, self._deadline - time.monotonic())
