"""A queue whose messages are handled one at a time, by whichever thread brings one while nobody else is at it.

A message that comes in a worker pool's thread is so handled right there: handing it to another thread would cost more
than handling it. While one thread handles messages, others only leave theirs, and never wait.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Inbox[T]:
    """Messages on their way to `handle`, which is never called by two threads at once, nor from within itself."""

    def __init__(self, handle: Callable[[T], None]) -> None:
        self._handle = handle
        self._messages: deque[T] = deque()
        self._handling = threading.Lock()

    def put(self, message: T) -> None:
        """Leave a message, and handle all that lie there unless another thread is at it."""
        self._messages.append(message)
        while self._messages and self._handling.acquire(blocking=False):
            try:
                self._handle_all()
            finally:
                self._handling.release()

    def _handle_all(self) -> None:
        while self._messages:  # only who holds the lock takes any out
            self._handle(self._messages.popleft())
