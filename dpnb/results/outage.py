"""How long a server that keeps a ledger may be away: it is restarted, or its network is, and nobody need notice.

A connection that breaks leaves open whether the transaction was committed. So an action is carried out again only where
it comes to the same both times: it writes rows of given keys, under a lease whose token and owner it names.
"""

from __future__ import annotations

import threading
import time
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, Concatenate

from dpnb.errors import LedgerUnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable

OUTAGE_S = 60.0
"""A lease lasts as long: past that another machine may have the run by now."""

_PAUSES_S = (0.05, 0.1, 0.2, 0.5, 1.0)


class Outage:
    """Whether it is worth while to try again; all threads of a database look at one of these.

    Parameters
    ----------
    now_s, wait
        A clock that only goes on, and what waits for so many seconds.
    """

    def __init__(
        self, now_s: Callable[[], float] = time.monotonic, wait: Callable[[float], object] = time.sleep
    ) -> None:
        self._now_s, self._wait = now_s, wait
        self._lock = threading.Lock()
        self._since_s: float | None = None
        self._tries = 0

    @property
    def is_on(self) -> bool:
        """Whether the server was away when it was last asked."""
        return self._since_s is not None

    def end(self) -> None:
        """Take note that the server has answered."""
        if self._since_s is not None:
            with self._lock:
                self._since_s, self._tries = None, 0

    def wait(self) -> bool:
        """Wait a moment, and tell whether to try again; no more, once the server has been away for `OUTAGE_S`."""
        with self._lock:
            self._since_s = self._now_s() if self._since_s is None else self._since_s
            pause_s = _PAUSES_S[min(self._tries, len(_PAUSES_S) - 1)]
            self._tries += 1
            if self._now_s() + pause_s - self._since_s > OUTAGE_S:
                return False
        self._wait(pause_s)
        return True


def again_if_cut_off[S: Any, **P, R](action: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """Have a method carried out again where the connection broke; it must come to the same if it was done before.

    Its object has the `Outage` of its database as the attribute `outage`.
    """

    def until_done(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        while True:
            try:
                return action(self, *args, **kwargs)
            except LedgerUnreachableError:
                if not self.outage.wait():
                    raise

    return update_wrapper(until_done, action)
