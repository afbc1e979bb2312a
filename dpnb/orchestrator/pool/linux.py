"""What only Linux's kernel can promise: death with the parent, adoption of orphans, what processes hold.

Every call does nothing where the system lacks it; `worker.py` watches its parent in a thread there.
Sources: prctl(2), proc(5).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import signal
import sys
import threading
import time
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(parent_pid: int) -> None:
    """Have this process killed when its parent ends, however the parent ends."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    else:
        threading.Thread(target=_exit_without, args=(parent_pid,), daemon=True).start()
    if os.getppid() != parent_pid:  # it ended before the call above
        os._exit(1)


def go_on_after_parent() -> None:
    """Have this process, should it be stopped, go on when its parent ends, so that it can see to its own end.

    The system sends the signal at the end of the thread that started the process as well: it must do no harm then.
    """
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGCONT, 0, 0, 0)


def is_stopped(pid: int) -> bool:
    """Tell whether a signal has stopped a process; False where the system does not tell."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return False
    return stat.rpartition(b")")[2].split()[0] == b"T"


def _exit_without(parent_pid: int) -> None:
    while os.getppid() == parent_pid:
        time.sleep(0.5)
    os.killpg(0, signal.SIGKILL)


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parent ends, so that daemons of a task can be found and killed."""
    if _libc is not None:
        _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def children_of_self() -> list[int]:
    """Return the ids of this process's children; empty where the system does not tell."""
    return _children_of("self")


def descendants_of_self() -> list[int]:
    """Return the ids of this process's children and all of theirs."""
    found = children_of_self()
    for pid in found:  # grows while it is gone through
        found.extend(_children_of(pid))
    return found


def _children_of(pid: int | str) -> list[int]:
    found: list[int] = []
    for listing in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found.extend(map(int, listing.read_text().split()))
    return found


def private_memory_bytes(pid: int | str = "self") -> int:
    """Return what a process holds in memory, mapped files left out; 0 where the system does not tell."""
    pages = _pages(pid)
    return (pages[1] - pages[2]) * _PAGE_BYTES if pages else 0


def data_bytes() -> int | None:
    """Return what RLIMIT_DATA counts of this process; None where the system does not tell."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return None
    found = re.search(r"^VmData:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) * 1024 if found else None


def _pages(pid: int | str) -> list[int]:
    try:
        return list(map(int, Path(f"/proc/{pid}/statm").read_bytes().split()))
    except OSError:
        return []


def offer_to_oom_killer() -> None:
    """Have the system's out-of-memory killer prefer this process, and its children, to the kernel that started it."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500")


def flush_c_streams() -> None:
    """Write out what compiled code has printed with C's own buffering."""
    if _libc is not None:
        _libc.fflush(None)
