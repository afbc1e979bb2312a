"""Measures one attempt: wall clock, processor time, peak memory, bytes read and written."""

from __future__ import annotations

import contextlib
import os
import resource
import time
from typing import TYPE_CHECKING, NamedTuple

from dpnb.orchestrator.pool.usage import RSS_UNIT_BYTES, waited_children
from dpnb.orchestrator.stopwatch import Stopwatch
from dpnb.results.mapped_pickle import mapped_bytes
from dpnb.results.own_pid import own_pid

if TYPE_CHECKING:
    from collections.abc import Callable

_RESET_EVERY = 16  # attempts


class Reading(NamedTuple):
    """What an attempt has used. `peak_memory_bytes` counts from the process's start where it cannot be reset."""

    duration_s: float
    cpu_s: float
    peak_memory_bytes: int
    read_bytes: int | None
    written_bytes: int | None


class ByteCounter:
    """Counts what this process, and the children that it has waited for, read and write.

    Reading counts what programs ask for, wherever it was cached (rchar and wchar of ``/proc/self/io``, proc(5): files
    and pipes, not sockets; modules that are imported too), and results that were mapped with their whole size.
    """

    def __init__(self) -> None:
        self._last = _bytes_so_far()

    def not_mapped(self) -> tuple[int, int] | tuple[None, None]:
        """Return the bytes that this process had read and written the last time, less all that it has mapped by now.

        So what the system has counted later, less this, has what was mapped in between in it.
        """
        return (None, None) if self._last is None else (self._last[0] - mapped_bytes(), self._last[1])

    def take(self) -> tuple[int, int] | tuple[None, None]:
        """Return the bytes read and written since the last time; None where the system does not tell."""
        before, self._last = self._last, _bytes_so_far()
        if before is None or self._last is None:
            return None, None
        return self._last[0] - before[0], self._last[1] - before[1]


class Meter:
    """Started when it is made. Processor time counts this process and the children that it has waited for.

    `counter` must have been taken just before, and so must a meter have been read; without one, all is asked anew.
    """

    def __init__(self, counter: ByteCounter | None = None) -> None:
        self._counter = counter or ByteCounter()
        if counter is None:
            _process.look()
        _process.reset_peak()
        self.watch = Stopwatch()
        self._started_cpu_s = time.process_time() + waited_children.cpu_s

    def tell_start(self, note: Callable[[float, int | None, int | None], object]) -> None:
        """Tell what this process had used at the start, so that somebody else can tell what was used since.

        Told again, it has what was mapped meanwhile count as read.
        """
        note(self._started_cpu_s, *self._counter.not_mapped())

    def read(self) -> Reading:
        """Return what was used since the start; to be asked once, at the end."""
        read_bytes, written_bytes = self._counter.take()
        cpu_s = _process.look() - self._started_cpu_s
        return Reading(
            duration_s=self.watch.duration_s,
            cpu_s=max(0.0, cpu_s),
            peak_memory_bytes=_process.peak * RSS_UNIT_BYTES,
            read_bytes=read_bytes,
            written_bytes=written_bytes,
        )


class _Process:
    """What the system told of this process when it was asked last, which takes several microseconds."""

    def __init__(self) -> None:
        self.peak = -1  # resident, in the system's unit
        self._peak_at_reset: int | None = None
        self._attempts = 0

    def look(self) -> float:
        """Ask anew; return the processor time, that of the children that were waited for included."""
        usage = resource.getrusage(resource.RUSAGE_SELF)
        self.peak = usage.ru_maxrss
        return usage.ru_utime + usage.ru_stime + waited_children.look()

    def reset_peak(self) -> None:
        """Have the peak begin anew, unless it has not moved since the last time.

        What was freed shows after some attempts.
        """
        self._attempts += 1
        if self.peak != self._peak_at_reset or self._attempts % _RESET_EVERY == 0:
            _reset_peak_memory()
            self._peak_at_reset = self.peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


_process = _Process()


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


class _IoFile:
    """The file ``/proc/self/io`` of this process, kept open.

    A task may have closed it and given its number to another file: what is read tells that.
    """

    def __init__(self) -> None:
        self._descriptor = -1
        self._pid = 0

    def read(self) -> bytes:
        """Return its text, or nothing where the system has none."""
        text = b""
        if self._pid == own_pid():  # a fork holds its parent's
            with contextlib.suppress(OSError):
                text = os.pread(self._descriptor, 256, 0)
        return text if text.startswith(b"rchar:") else self._open()

    def _open(self) -> bytes:
        try:
            self._descriptor, self._pid = os.open("/proc/self/io", os.O_RDONLY), own_pid()
        except OSError:
            return b""
        return os.pread(self._descriptor, 256, 0)


_io_file = _IoFile()


def _bytes_so_far() -> tuple[int, int] | None:
    words = _io_file.read().split()
    return (int(words[1]) + mapped_bytes(), int(words[3])) if words else None
