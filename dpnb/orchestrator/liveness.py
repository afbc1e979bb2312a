"""Tells a process from a later one that got the same id: by the time at which it started."""

from __future__ import annotations

import psutil


def process_started(pid: int) -> float:
    """Return when a process started, in seconds since 1970; 0 where there is none."""
    try:
        return psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return 0.0
