"""Which processes are still there; a zombie is not, it waits only for whoever adopted it to take note."""

from __future__ import annotations

from pathlib import Path

import psutil


def is_gone(pid: int) -> bool:
    """Tell whether a process has ended."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def living(home: Path) -> dict[int, list[str]]:
    """Return the processes that belong to a workspace, however they came about, and their command lines."""
    found = {}
    for process in psutil.process_iter():
        try:
            if process.environ().get("DPNB_HOME") == str(home) and process.status() != psutil.STATUS_ZOMBIE:
                found[process.pid] = process.cmdline()
        except psutil.Error:
            continue
    return found
