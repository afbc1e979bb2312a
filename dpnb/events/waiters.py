"""Those who wait for something to change: tasks of event loops, and threads, together.

Whoever changes it wakes them. Nobody holds a lock while waiting, and a wake-up that comes too early is harmless: who is
woken looks again.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Waiters:
    """A line of those who wait, first come, first woken; safe for threads and event loops."""

    __slots__ = ("_line",)

    def __init__(self) -> None:
        self._line: deque[_Ticket] = deque()

    def __bool__(self) -> bool:
        return bool(self._line)

    def wake_one(self) -> None:
        """Wake the first who still waits, if there is one."""
        while self._line:
            try:
                ticket = self._line.popleft()
            except IndexError:  # another thread was quicker
                return
            if ticket.wake():
                return

    def wake_all(self) -> None:
        """Wake all."""
        for _ in range(len(self._line)):
            self.wake_one()

    async def wait(self, has_come: Callable[[], bool], timeout: float | None = None) -> None:
        """Wait in an event loop to be woken; `has_come` is asked once we stand in line. Raises `TimeoutError`."""
        ticket = _TaskTicket()
        self._line.append(ticket)
        if has_come():
            self._leave(ticket)
            return
        try:
            async with asyncio.timeout(timeout):
                await ticket.future
        except BaseException:
            self._leave(ticket)
            raise

    def wait_sync(self, has_come: Callable[[], bool], timeout: float | None = None) -> None:
        """Wait in a thread to be woken. Raises `TimeoutError`."""
        ticket = _ThreadTicket()
        self._line.append(ticket)
        if has_come():
            self._leave(ticket)
            return
        try:
            came = ticket.event.wait(timeout)
        except BaseException:
            self._leave(ticket)
            raise
        if not came:
            self._leave(ticket)
            raise TimeoutError

    def _leave(self, ticket: _Ticket) -> None:
        """Leave the line; who was woken nevertheless passes it on, so that no wake-up is lost."""
        with suppress(ValueError):
            self._line.remove(ticket)
        if not ticket.give_up():
            self.wake_one()


class _Ticket:
    """A place in the line: it is woken, or given up, whichever comes first."""

    __slots__ = ("_turn",)

    def __init__(self) -> None:
        self._turn = threading.Lock()

    def wake(self) -> bool:
        """Wake who waits; return False where that was given up."""
        if not self._turn.acquire(blocking=False):
            return False
        self.call()
        return True

    def give_up(self) -> bool:
        """Wait no more; return False where the wake-up has come already."""
        return self._turn.acquire(blocking=False)

    def call(self) -> None:
        raise NotImplementedError


class _ThreadTicket(_Ticket):
    __slots__ = ("event",)

    def __init__(self) -> None:
        super().__init__()
        self.event = threading.Event()

    def call(self) -> None:
        self.event.set()


class _TaskTicket(_Ticket):
    __slots__ = ("_loop", "future")

    def __init__(self) -> None:
        super().__init__()
        self._loop = asyncio.get_running_loop()
        self.future = self._loop.create_future()

    def call(self) -> None:
        if asyncio._get_running_loop() is self._loop:  # noqa: SLF001 - the public one raises where there is none
            self._resolve()
        else:
            with suppress(RuntimeError):  # the loop has been closed, with all that waited in it
                self._loop.call_soon_threadsafe(self._resolve)

    def _resolve(self) -> None:
        if not self.future.done():
            self.future.set_result(None)
