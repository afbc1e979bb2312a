"""Measures one attempt: wall clock, processor time, peak memory, bytes read and written."""

from __future__ import annotations

import contextlib
import os
import resource
import sys
import time

from dpnb.orchestrator.stopwatch import Stopwatch
from dpnb.results.mapped_pickle import mapped_bytes

_RESET_EVERY = 16  # attempts
_RSS_UNIT_BYTES = 1 if sys.platform == "darwin" else 1024


class ByteCounter:
    """Counts what this process, and the children that it has waited for, read and write.

    Reading counts what programs ask for, wherever it was cached (rchar and wchar of ``/proc/self/io``, proc(5): files
    and pipes, not sockets; modules that are imported too), and results that were mapped with their whole size.
    """

    def __init__(self) -> None:
        self._last = _bytes_so_far()

    def take(self) -> tuple[int, int] | tuple[None, None]:
        """Return the bytes read and written since the last time; None where the system does not tell."""
        before, self._last = self._last, _bytes_so_far()
        if before is None or self._last is None:
            return None, None
        return self._last[0] - before[0], self._last[1] - before[1]


class Meter:
    """Started when it is made. Processor time counts this process and the children that it has waited for.

    `counter` must have been taken just before; one is made where it is None.
    """

    def __init__(self, counter: ByteCounter | None = None) -> None:
        self._counter = counter or ByteCounter()
        _peak.reset()
        self.watch = Stopwatch()
        self._started_cpu_s = _cpu_s()

    @property
    def cpu_s(self) -> float:
        """Processor seconds since the start."""
        return _cpu_s() - self._started_cpu_s

    @property
    def peak_memory_bytes(self) -> int:
        """The largest resident size since the start; since the process's start where the system cannot reset it."""
        return _max_rss() * _RSS_UNIT_BYTES

    def take_bytes(self) -> tuple[int, int] | tuple[None, None]:
        """Return the bytes read and written since the start; to be asked once, at the end."""
        return self._counter.take()


def _cpu_s() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


class _Peak:
    """The kernel's record of the largest resident size, made to begin anew where an attempt has raised it."""

    def __init__(self) -> None:
        self._at_reset: int | None = None
        self._attempts = 0

    def reset(self) -> None:
        """Begin anew, unless it has not moved since the last time; what was freed shows after some attempts."""
        self._attempts += 1
        if _max_rss() != self._at_reset or self._attempts % _RESET_EVERY == 0:
            _reset_peak_memory()
            self._at_reset = _max_rss()


_peak = _Peak()


def _max_rss() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _reset_peak_memory() -> None:
    """Have the kernel measure the peak anew (proc(5): writing 5 to clear_refs).

    It is opened each time: a task may have closed a descriptor that was kept, and given its number to another file.
    """
    try:
        descriptor = os.open("/proc/self/clear_refs", os.O_WRONLY)
    except OSError:
        return
    with contextlib.suppress(OSError):
        os.write(descriptor, b"5")
    os.close(descriptor)


def _bytes_so_far() -> tuple[int, int] | None:
    try:
        descriptor = os.open("/proc/self/io", os.O_RDONLY)
    except OSError:
        return None
    try:
        words = os.read(descriptor, 256).split()
    finally:
        os.close(descriptor)
    return int(words[1]) + mapped_bytes(), int(words[3])
