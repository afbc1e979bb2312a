"""Which process is meant, across reuse of its id, changes of the clock, and machines that share a store."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from functools import cache
from pathlib import Path

import psutil

_FIRST_NAMESPACE = "pid:[4026531836]"  # PROC_PID_INIT_INO: that of the machine itself, outside of all containers


def process_started(pid: int) -> float:
    """Return when a process started, which tells it from a later one of its id; 0 where it has ended.

    On Linux in seconds since the machine's start, elsewhere since 1970: only there does a clock that is set move no
    process's start.
    """
    if sys.platform != "linux":
        return _created(pid)
    try:
        facts = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    fields = facts.rpartition(")")[2].split()  # the name before it may hold anything; see proc(5)
    state, ticks = fields[0], int(fields[19])
    return 0.0 if state in "ZX" else ticks / os.sysconf("SC_CLK_TCK")


def _created(pid: int) -> float:
    try:
        process = psutil.Process(pid)
        return 0.0 if process.status() == psutil.STATUS_ZOMBIE else float(process.create_time())
    except psutil.NoSuchProcess:
        return 0.0


@cache
def this_machine() -> str:
    """Return the name under which this machine's process ids mean something; a container is a machine of its own."""
    namespace = ""
    with contextlib.suppress(OSError):
        namespace = os.readlink("/proc/self/ns/pid")  # noqa: PTH115  # a name, not a path
    return socket.gethostname() + (f" {namespace}" if namespace not in ("", _FIRST_NAMESPACE) else "")


def processes_with_open(file: Path) -> list[int]:
    """Return the other processes of this machine that have a file open, as far as this user may know."""
    path, found = str(file.resolve()), []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and any(opened.path == path for opened in process.open_files()):
                found.append(process.pid)
    return found


def is_running(pid: int, started: float) -> bool:
    """Tell whether a process of this machine is still there, itself and no other of its id."""
    return started > 0 and process_started(pid) == started
