"""Holds one attempt to its `memory_limit`, so that it fails with its own line in the traceback and its worker lives on.

Two nets. The system refuses the process more writable memory (``RLIMIT_DATA``), which Python and NumPy report as a
`MemoryError` where they ask for it, in compiled code too. And a thread adds up, twenty times a second, what the process
and its children hold: allocators that had reserved memory before (Arrow's) pass the first net, and children each have
a limit of their own. It ends the children and raises `MemoryError` in the task.

The limit counts from what the worker holds when the function is called, its inputs included. Mapped files do not count,
inputs that were mapped only where the task writes to them.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import threading
from typing import TYPE_CHECKING

from dpnb.errors import MemoryLimitError
from dpnb.orchestrator.pool import linux

if TYPE_CHECKING:
    from collections.abc import Iterator

_INTERVAL_S = 0.05
_STACKS_BYTES = 32 * 2**20  # threads reserve 8 MiB each, and use next to nothing of it


@contextlib.contextmanager
def held_to(limit: int | None, task_name: str) -> Iterator[None]:
    """Hold the block to `limit` bytes, without any cost where it is None. Raises `MemoryLimitError` past it."""
    if limit is None:
        yield
        return
    watch = _Watch(limit)
    try:
        with watch, _data_limited(limit + _STACKS_BYTES):
            yield
    except Exception as error:
        if watch.is_past or isinstance(error, MemoryError):
            raise MemoryLimitError(task_name, limit) from error
        raise
    if watch.is_past:
        raise MemoryLimitError(task_name, limit)


@contextlib.contextmanager
def _data_limited(more_bytes: int) -> Iterator[None]:
    """Refuse this process more than so much private writable memory beyond what it has."""
    held = linux.data_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if held is None or (soft != resource.RLIM_INFINITY and soft <= held + more_bytes):
        yield
        return
    resource.setrlimit(resource.RLIMIT_DATA, (held + more_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


class _Watch(threading.Thread):
    """Adds up what this process and its descendants hold. `is_past` stays once the limit was passed."""

    def __init__(self, limit: int) -> None:
        super().__init__(name="dpnb-memory", daemon=True)
        self.is_past = False
        self._limit = limit
        self._held_before = linux.private_memory_bytes()
        self._over = threading.Event()
        self._caller = threading.get_ident()

    def run(self) -> None:
        while not self._over.wait(_INTERVAL_S):
            children = linux.descendants_of_self()
            own = linux.private_memory_bytes() - self._held_before
            if own + sum(map(linux.private_memory_bytes, children)) > self._limit:
                self.is_past = True
                for pid in children:
                    with contextlib.suppress(ProcessLookupError, PermissionError):
                        os.kill(pid, signal.SIGKILL)
                if own > self._limit:
                    _raise_in(self._caller, ctypes.py_object(MemoryError))
                    return

    def __enter__(self) -> None:
        self.start()

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(MemoryError):  # it may be raised here
            self._over.set()
            self.join()
        _raise_in(self._caller, None)  # or not any more


def _raise_in(thread: int, error: ctypes.py_object[type[BaseException]] | None) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), error)
