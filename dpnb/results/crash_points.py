"""Named points at which a test has a process die, to see that the next one finds everything in order.

They are reached in this order::

    worker   attempt.begin ─ save.begin ─ save.written ─(rename)─ save.renamed
             ─ upload.begin ─ upload.done, where results are kept away from this machine
    kernel   lease.taken ─ run.start, link.linked ─ run.outcome ─ run.finish ─ run.closed
             lease.release ─ lease.released
             ledger.begin ─ ledger.written ─(commit)─ ledger.committed, for every batch
             resume.taken ─ resume.decided ─ resume.recorded
    schedule fire.claimed ─ fire.bound, in the transactions of a fire and of the run that it starts
    anyone   migration.copied ─ migration.changed ─(commit)
             delete.taken ─(rename)─ delete.hidden ─ delete.cleared ─ delete.forgotten

The environment variable ``DPNB_CRASH`` arms one for this process and its children: ``point,number,file`` kills whoever
comes to it as the `number`-th, counted over all processes in `file`; with ``DPNB_CRASH_PID`` it kills that process
instead. Where it is not set, a point costs the call of a function that does nothing.
"""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ARMED_BY = "DPNB_CRASH"
VICTIM = "DPNB_CRASH_PID"


def _pass_by(point: str) -> None:
    """Do nothing."""


def _armed(order: str) -> Callable[[str], None]:
    fatal, number, file = order.split(",", 2)

    def reach(point: str) -> None:
        if point == fatal and _count(file) == int(number):
            os.kill(int(os.environ.get(VICTIM) or os.getpid()), signal.SIGKILL)

    return reach


def _count(file: str) -> int:
    """Return how often this was asked, by any process."""
    fd = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        os.write(fd, b"x")  # appending is atomic, and moves the position behind what was written
        return os.lseek(fd, 0, os.SEEK_CUR)
    finally:
        os.close(fd)


reach = _armed(os.environ[ARMED_BY]) if os.environ.get(ARMED_BY) else _pass_by
