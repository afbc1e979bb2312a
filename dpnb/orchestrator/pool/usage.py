"""What a call has used of a process that ended under it, so that it cannot tell of it itself.

::

    worker ──what it had used when the call began──▶ mark ◀── fork server, when the worker has ended

The mark is a piece of memory that both share: to note something there costs less than a microsecond and no system call,
and it outlives the worker, however that ends. What the worker has used in all is asked of the system between its end
and its burial, when that is still known (wait4(2); ``/proc/<pid>/io`` of a zombie, proc(5)). The difference is the
call's.

- Exact, as far as the system counts: processor time and bytes written, from the beginning of the call to the end of the
  process, of it and of the descendants that it had waited for; what those used that were killed with it is not known.
- At most: the peak memory, the largest of the process's own since the call began and that of any descendant that it has
  ever waited for; and all of a call that was a worker's first and ended before it began to measure itself, for it is
  counted from when the worker was ready.
- At least: bytes read; of results that were mapped, those count that were arguments, and not those of streams.
- Unknown: where the fork server died with its worker, or a later call before it began to measure itself; bytes where
  the system does not tell.
"""

from __future__ import annotations

import mmap
import os
import resource
import struct
import sys
from pathlib import Path
from typing import NamedTuple

RSS_UNIT_BYTES = 1 if sys.platform == "darwin" else 1024  # of getrusage(2)
_FIRST = 0  # in place of a call's id, as long as the worker has not begun with any
_MARK = struct.Struct("<Qdqq")  # call id, processor seconds, bytes read, bytes written
_USAGE = struct.Struct("<Qdqqq")
USAGE_BYTES = _USAGE.size
_UNKNOWN = -(1 << 63)


class Usage(NamedTuple):
    """What a call has used; bytes are None where the system does not tell."""

    call_id: int
    cpu_s: float
    peak_memory_bytes: int
    read_bytes: int | None
    written_bytes: int | None

    def is_of(self, call_id: int) -> bool:
        """Tell whether it is this call that a worker had when it ended."""
        return self.call_id in (_FIRST, call_id)


NO_USAGE = Usage(_FIRST, 0.0, 0, None, None)


class WaitedChildren:
    """The processor time of the children that this process has waited for, as it was when the system was asked last.

    Asking takes several microseconds; between two calls only who reaps what a call has left needs to ask.
    """

    def __init__(self) -> None:
        self.cpu_s = 0.0

    def look(self) -> float:
        """Ask the system; return the seconds."""
        self.cpu_s = _cpu_s(resource.getrusage(resource.RUSAGE_CHILDREN))
        return self.cpu_s


waited_children = WaitedChildren()


def pack_usage(usage: Usage) -> bytes:
    """Return a usage as `USAGE_BYTES` bytes."""
    return _USAGE.pack(*usage[:3], *(_UNKNOWN if count is None else count for count in usage[3:]))


def unpack_usage(packed: bytes) -> Usage:
    """Return what was packed.

    Examples
    --------
    >>> unpack_usage(pack_usage(Usage(1, 0.25, 4096, None, 9)))
    Usage(call_id=1, cpu_s=0.25, peak_memory_bytes=4096, read_bytes=None, written_bytes=9)
    """
    call_id, cpu_s, peak, *counts = _USAGE.unpack(packed)
    read, written = (None if count == _UNKNOWN else count for count in counts)
    return Usage(call_id, cpu_s, peak, read, written)


class UsageMark:
    """The shared memory of one worker and the fork server.

    A fork inherits it. To be found again after an exec it has to have a `descriptor`, which may be closed afterwards.
    """

    def __init__(self, descriptor: int = -1) -> None:
        self._memory = mmap.mmap(descriptor, _MARK.size)

    def note_ready(self) -> None:
        """Note what this process has used before its first call."""
        self.note(_FIRST, _cpu_s(resource.getrusage(resource.RUSAGE_SELF)), *(bytes_of(os.getpid()) or (None, None)))

    def note(self, call_id: int, cpu_s: float, read_bytes: int | None, written_bytes: int | None) -> None:
        """Note what the process had used when this call began; for one call it may be corrected."""
        read = _UNKNOWN if read_bytes is None else read_bytes
        _MARK.pack_into(self._memory, 0, call_id, cpu_s, read, _UNKNOWN if written_bytes is None else written_bytes)

    def used_since(self, total: resource.struct_rusage, total_bytes: tuple[int, int] | None) -> Usage:
        """Return what the last call has used, given what the process has used in all."""
        call_id, cpu_s, *before = _MARK.unpack_from(self._memory)
        read, written = (
            (None, None)
            if total_bytes is None or _UNKNOWN in before
            else (total_bytes[0] - before[0], total_bytes[1] - before[1])
        )
        return Usage(
            call_id=call_id,
            cpu_s=max(0.0, _cpu_s(total) - cpu_s),
            peak_memory_bytes=total.ru_maxrss * RSS_UNIT_BYTES,
            read_bytes=read,
            written_bytes=written,
        )


def _cpu_s(usage: resource.struct_rusage) -> float:
    return usage.ru_utime + usage.ru_stime


def descriptor_for_mark() -> int:
    """Return a descriptor of memory for a mark that is to outlive an exec; -1 where the system has no such memory."""
    if not hasattr(os, "memfd_create"):
        return -1
    descriptor = os.memfd_create("dpnb-usage")
    os.ftruncate(descriptor, _MARK.size)
    return descriptor


def bytes_of(pid: int) -> tuple[int, int] | None:
    """Return what a process, until it was waited for, has read and written; None where the system does not tell."""
    try:
        words = Path(f"/proc/{pid}/io").read_bytes().split()
    except OSError:
        return None
    return int(words[1]), int(words[3])
