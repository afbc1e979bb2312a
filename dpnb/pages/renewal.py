"""When what lies behind the pages is drawn anew: not for each change, but never without the last one."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Renewal:
    """Calls `renew` in a thread of its own after changes, with `rest_s` seconds at least before each call.

    What changes during a rest is renewed at the end of it, so that nothing stays as it was for good.
    """

    def __init__(self, renew: Callable[[], object], rest_s: float) -> None:
        self._renew, self._rest_s = renew, rest_s
        self._next = time.monotonic() + rest_s
        self._due: threading.Timer | None = None
        self._is_closed = False
        self._lock = threading.Lock()

    def ask(self) -> None:
        """Have it renewed, now or when the rest is over."""
        with self._lock:
            if self._due is not None or self._is_closed:
                return
            self._due = threading.Timer(max(0.0, self._next - time.monotonic()), self._act)
            self._due.daemon = True
            self._due.start()

    def close(self) -> None:
        """Renew nothing any more."""
        with self._lock:
            self._is_closed = True
            if self._due is not None:
                self._due.cancel()

    def _act(self) -> None:
        with self._lock:
            if self._is_closed:
                return
            self._due = None  # what changes from now on may come too late for this call
            self._next = time.monotonic() + self._rest_s
        self._renew()
