"""Counts what the system's out-of-memory killer has killed, so that its victims are told apart from other SIGKILLs.

Sources: proc(5) (``/proc/vmstat``, the whole machine), the kernel's cgroup-v2 (``memory.events``) and cgroup-v1
(``memory.oom_control``) documentation. The counters go up before the signal is sent.
"""

from __future__ import annotations

import re
import signal
from pathlib import Path

_COUNT = re.compile(r"^oom_kill (\d+)$", re.MULTILINE)
_MACHINE = Path("/proc/vmstat")
_GROUPS = Path("/proc/self/cgroup")
_MOUNT = Path("/sys/fs/cgroup")


class OomKills:
    """Remembers how often the killer had struck."""

    def __init__(self) -> None:
        self._count = _count_kills()

    def is_one(self, status: int | None) -> bool:
        """Tell whether a process with this wait status is likely to be a victim since the last that was asked about."""
        if status != signal.SIGKILL:
            return False
        before, self._count = self._count, _count_kills()
        return self._count > before


def _count_kills() -> int:
    return sum(map(_read_count, (_MACHINE, *_group_files())))


def _group_files() -> list[Path]:
    """Return the counters of the groups that this process is in: a container's own may be hidden from the machine's."""
    found: list[Path] = []
    for line in _read(_GROUPS).splitlines():
        _, controllers, path = line.split(":", 2)
        if not controllers:
            found.append(Path(f"{_MOUNT}{path}", "memory.events"))
        elif "memory" in controllers.split(","):
            found.append(Path(f"{_MOUNT}/memory{path}", "memory.oom_control"))
    return found


def _read_count(file: Path) -> int:
    match = _COUNT.search(_read(file))
    return int(match[1]) if match else 0


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""
