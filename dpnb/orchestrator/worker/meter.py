"""Measures one attempt: wall clock, processor time, peak memory."""

from __future__ import annotations

import contextlib
import os
import resource
import sys
import time

from dpnb.orchestrator.stopwatch import Stopwatch

_RSS_UNIT_BYTES = 1 if sys.platform == "darwin" else 1024


class Meter:
    """Started when it is made. Processor time counts this process and the children that it has waited for."""

    def __init__(self) -> None:
        _reset_peak_memory()
        self.watch = Stopwatch()
        self._started_cpu_s = _cpu_s()

    @property
    def cpu_s(self) -> float:
        """Processor seconds since the start."""
        return _cpu_s() - self._started_cpu_s

    @property
    def peak_memory_bytes(self) -> int:
        """The largest resident size since the start; since the process's start where the system cannot reset it."""
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _RSS_UNIT_BYTES


def _cpu_s() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


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
