"""Which runs are a kernel's own: a process id alone is used again, above all in containers."""

from __future__ import annotations

import socket
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Self

from dpnb.results.processes import process_started

if TYPE_CHECKING:
    from dpnb.results import RunRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelProcess:
    """One process among all that ever ran: its id, when it started, and on which machine."""

    pid: int
    started: float
    host: str

    @classmethod
    def of(cls, pid: int) -> Self:
        """Return the process that has this id now."""
        return cls(pid=pid, started=process_started(pid), host=socket.gethostname())

    def to_plain(self) -> dict[str, int | float | str]:
        """Return it as JSON can carry it."""
        return asdict(self)

    @classmethod
    def from_plain(cls, facts: object) -> Self | None:
        """Read what `to_plain` gave; None where it is something else."""
        match facts:
            case {"pid": int() as pid, "started": int() | float() as started, "host": str() as host}:
                return cls(pid=pid, started=started, host=host)
            case _:
                return None

    def drove(self, run: RunRecord, host: str = "") -> bool:
        """Tell whether a run was started in this process; never where the process ended before it could be known.

        `host` is what the settings call this machine, if they do.
        """
        is_it = (run.pid, run.pid_started) == (self.pid, self.started)
        return self.started > 0 and is_it and run.host in (self.host, host)
