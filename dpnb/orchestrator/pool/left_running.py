"""What a call leaves running when it has returned: child processes, which are ended, and threads, which cannot be."""

from __future__ import annotations

import _thread
import contextlib
import os
import signal
import sys
import threading
import time
from pathlib import Path

from dpnb.orchestrator.pool import linux
from dpnb.orchestrator.pool.usage import waited_children

_ENDED = os.WEXITED | os.WNOHANG | os.WNOWAIT
_PATIENCE_S = 1.0
_THREADS_PATIENCE_S = 0.05  # a thread that was joined may be counted for a moment longer
_POLL_S = 0.001


class Belongings:
    """The children and threads of this process that are its own, and no call's: those there are when this is made."""

    def __init__(self) -> None:
        self._children = frozenset(linux.children_of_self())
        self._threads = _thread._count()  # noqa: SLF001 - also counts those that `threading` did not start
        self._known = frozenset(threading.enumerate())

    def end_children(self) -> list[str]:
        """Kill and reap all other children, orphans that this process has adopted too; return what was killed.

        Costs half a microsecond where there is none. Those that had ended unnoticed are only reaped.
        """
        if not _has_children() or not self._others():
            return []
        killed: dict[int, str] = {}
        tracker = _resource_tracker()
        deadline = time.monotonic() + _PATIENCE_S
        while time.monotonic() < deadline:
            _reap(self._children | {tracker})
            living = [pid for pid in self._others() if pid != tracker]
            if not living:
                break
            for pid in living:
                killed.setdefault(pid, describe_process(pid))
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(_POLL_S)
        if tracker:
            _stop_resource_tracker()
        waited_children.look()
        return list(killed.values())

    def other_threads(self) -> list[str]:
        """Return the names of the threads that have been left running."""
        deadline = 0.0
        while (extra := _thread._count() - self._threads) > 0:  # noqa: SLF001 - as above
            deadline = deadline or time.monotonic() + _THREADS_PATIENCE_S
            if time.monotonic() > deadline:
                named = [thread.name for thread in threading.enumerate() if thread not in self._known]
                return named or [f"{extra} without a name"]
            time.sleep(_POLL_S)
        return []

    def _others(self) -> list[int]:
        return [pid for pid in linux.children_of_self() if pid not in self._children]


def describe_process(pid: int) -> str:
    """Return ``sleep 600 (4711)``, as far as the system tells."""
    try:
        line = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        line = ""
    words = " ".join(line.split())
    return f"{words[:80]} ({pid})" if words else f"process {pid}"


def _has_children() -> bool:
    try:
        os.waitid(os.P_ALL, 0, _ENDED)
    except ChildProcessError:
        return False
    return True


def _reap(spared: frozenset[int]) -> None:
    """Take note of every child that has ended, but for those that are waited for elsewhere."""
    for pid in linux.children_of_self():
        if pid not in spared:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)


def _resource_tracker() -> int:
    """Return the process id of multiprocessing's resource tracker, 0 without one."""
    module = sys.modules.get("multiprocessing.resource_tracker")
    return getattr(getattr(module, "_resource_tracker", None), "_pid", None) or 0


def _stop_resource_tracker() -> None:
    """Let it free the shared memory and semaphores that the call left behind; it is started anew when needed.

    It ends when nobody holds its pipe any more, and the call's children are gone.
    """
    with contextlib.suppress(Exception):
        sys.modules["multiprocessing.resource_tracker"]._resource_tracker._stop()  # noqa: SLF001
