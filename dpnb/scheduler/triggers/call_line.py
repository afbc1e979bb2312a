"""Where calls of a trigger wait for those who listen: any thread calls, event loops listen."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING
from weakref import WeakSet

from dpnb.errors import QueueFullError
from dpnb.events import InMemoryQueue

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from dpnb.scheduler.ports import Signal

MOST_WAITING = 10_000
"""How many calls wait for a listener at most."""


class CallLine:
    """Brings each call to all who listen; where nobody does, it waits for the first who will."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: WeakSet[InMemoryQueue[Signal]] = WeakSet()  # who forgets to leave is forgotten, too
        self._waiting: deque[Signal] = deque()

    def put(self, signal: Signal) -> None:
        """Bring a call to all who listen.

        Raises
        ------
        QueueFullError
            Too many wait already.
        """
        full: QueueFullError | None = None
        with self._lock:  # nobody leaves in between
            if not self._listeners:
                self._wait(signal)
            for listener in self._listeners:
                try:
                    listener.put_sync(signal)
                except QueueFullError as error:  # the others get it all the same
                    full = error
        if full:
            raise full

    def _wait(self, signal: Signal) -> None:
        if len(self._waiting) >= MOST_WAITING:
            raise QueueFullError("of calls that nobody listens to", maxsize=MOST_WAITING)
        self._waiting.append(signal)

    def listen(self) -> AsyncGenerator[Signal]:
        """Return what waits, and the calls from now on."""
        mailbox: InMemoryQueue[Signal] = InMemoryQueue(MOST_WAITING, overflow="error")
        with self._lock:
            while self._waiting:
                mailbox.put_sync(self._waiting.popleft())
            self._listeners.add(mailbox)
        return self._heard(mailbox)

    async def _heard(self, mailbox: InMemoryQueue[Signal]) -> AsyncGenerator[Signal]:
        try:
            while True:
                yield await mailbox.get()
        finally:
            self._leave(mailbox)

    def _leave(self, mailbox: InMemoryQueue[Signal]) -> None:
        """Keep what a listener has not taken for the next one, unless others have it."""
        with self._lock:
            self._listeners.discard(mailbox)
            mailbox.close()
            if not self._listeners:
                self._waiting.extend(mailbox)
