"""Notices a fork server that somebody has stopped (SIGSTOP), which would keep whoever needs it waiting for ever.

There is no idle traffic: the server is looked at only as long as it owes an answer.
"""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING

from dpnb.orchestrator.pool import linux

if TYPE_CHECKING:
    import subprocess

_LOOK_S = 0.5

type Owed = tuple[int, int]  # the verb of the answer, and the process id or the request number that it is about


class SpawnerWatch:
    """Makes a stopped fork server go on, and kills one that is stopped again before it could answer."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._changed = threading.Condition()
        self._owed: set[Owed] = set()
        self._is_closed = False
        threading.Thread(target=self._watch, name="dpnb-spawner-watch", daemon=True).start()

    def expect(self, answer: Owed) -> None:
        """Take note that the server owes this answer."""
        with self._changed:
            self._owed.add(answer)
            self._changed.notify_all()

    def settle(self, answer: Owed) -> None:
        """Take note that it has come, or never will."""
        with self._changed:
            self._owed.discard(answer)
            if not self._owed:
                self._changed.notify_all()

    def close(self) -> None:
        """Look no more: the server has ended."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def _watch(self) -> None:
        while self._is_owed():
            signals = iter((signal.SIGCONT, signal.SIGKILL))
            while self._is_overdue():
                if linux.is_stopped(self._process.pid):
                    self._process.send_signal(next(signals, signal.SIGKILL))

    def _is_owed(self) -> bool:
        """Wait for something that is owed; False once the server has ended."""
        with self._changed:
            self._changed.wait_for(lambda: self._owed or self._is_closed)
            return not self._is_closed

    def _is_overdue(self) -> bool:
        """Wait for the answers; False once they are there, True where that takes long."""
        with self._changed:
            return not self._changed.wait_for(lambda: not self._owed or self._is_closed, _LOOK_S)
