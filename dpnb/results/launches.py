"""What was asked of a server, so that the same request, said twice, starts one run.

::

    begin(launch) ── new ───▶ going ──▶ ended | failed
                 └── known ─▶ the launch as it was recorded first

The launch's id is made of the pipeline and the caller's key, and it is the table's primary key: of two servers on one
database that are asked at the same moment, one records the launch and both read the same row. Where the run's id is
known beforehand it is recorded here before the run begins, and the ledger admits one run of an id; so a server that
dies in between leaves a launch that the next one carries on, and never a second run.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from dpnb.results.dialects import insert_unless_there
from dpnb.results.leases import now_us
from dpnb.results.processes import is_running, process_started, this_machine
from dpnb.results.tables import LAUNCHES

if TYPE_CHECKING:
    from dpnb.results.ledger import RunLedger


class LaunchState(StrEnum):
    """How far a launch is."""

    GOING = "going"
    ENDED = "ended"  # its run tells how
    FAILED = "failed"  # no run came of it, or what led to one broke off
    INTERRUPTED = "interrupted"  # its process died


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """One request for a pipeline. `request` is a digest of all that was asked for."""

    launch_id: str
    pipeline: str
    request: str
    state: LaunchState
    run_id: str | None
    error: str = ""
    launched_us: int
    machine: str
    pid: int
    pid_started: float
    cancel: int = 0  # 1: somebody wants its end

    @classmethod
    def of(cls, pipeline: str, request: Any, *, key: str | None = None, run_id: str | None = None) -> Launch:
        """Return a launch by this process; without a key it is like no other. `request` is anything that JSON holds."""
        pid = os.getpid()
        return cls(
            launch_id=f"launch_{secrets.token_hex(8) if key is None else _digest([pipeline, key])}",
            pipeline=pipeline,
            request=_digest(request),
            state=LaunchState.GOING,
            run_id=run_id,
            launched_us=now_us(),
            machine=this_machine(),
            pid=pid,
            pid_started=process_started(pid),
        )

    @property
    def is_own(self) -> bool:
        """Whether this process made it."""
        return self.machine == this_machine() and (self.pid, self.pid_started) == _this_process()

    @property
    def state_now(self) -> LaunchState:
        """Its state, where it is going and its process is not: interrupted. Another machine's is believed."""
        if self.state is not LaunchState.GOING or self.machine != this_machine():
            return self.state
        return self.state if is_running(self.pid, self.pid_started) else LaunchState.INTERRUPTED


class Launches:
    """The launches of one ledger's database."""

    def __init__(self, ledger: RunLedger) -> None:
        self._database = ledger.database

    def begin(self, launch: Launch) -> tuple[Launch, bool]:
        """Record a launch, unless there is one of its id; return what is recorded, and whether it is new."""
        statement = insert_unless_there(LAUNCHES, self._database.engine)
        with self._database.writing() as connection:
            is_new = connection.execute(statement, _row(launch)).rowcount == 1
        if is_new:
            return launch, True
        return self.get(launch.launch_id) or launch, False

    def begin_unless_going(self, launch: Launch) -> tuple[Launch, bool]:
        """Record a launch, unless one of its pipeline that was recorded so is going; return as `begin`.

        Each is named for the one before, so that of those who find the same one ended only one records the next.
        """
        before = ""
        while True:
            launch_id = f"launch_{_digest([launch.pipeline, 'after', before])}"
            recorded, is_new = self.get(launch_id), False
            if recorded is None:
                recorded, is_new = self.begin(replace(launch, launch_id=launch_id))
            if is_new or recorded.state_now is LaunchState.GOING:
                return recorded, is_new
            before = launch_id

    def get(self, launch_id: str) -> Launch | None:
        """Return a launch; None where there is none of that id."""
        rows = self._database.rows(select(LAUNCHES).where(LAUNCHES.c.launch_id == launch_id))
        if not rows:
            return None
        values = dict(rows[0]._mapping)  # noqa: SLF001  # SQLAlchemy's public name for it
        return Launch(**values | {"state": LaunchState(values["state"])})

    def note_run(self, launch_id: str, run_id: str) -> None:
        """Record which run a launch has come to so far, as long as it goes."""
        self._change_going(launch_id, run_id=run_id)

    def ask_to_cancel(self, launch_id: str) -> None:
        """Say that somebody wants a launch's end, if it goes; whoever sees it through looks for that."""
        self._change_going(launch_id, cancel=1)

    def _change_going(self, launch_id: str, **values: Any) -> None:
        is_going = (LAUNCHES.c.launch_id == launch_id, LAUNCHES.c.state == LaunchState.GOING.value)
        with self._database.writing() as connection:
            connection.execute(update(LAUNCHES).where(*is_going).values(values))

    def end(self, launch_id: str, state: LaunchState, *, run_id: str | None = None, error: str = "") -> None:
        """Record what came of a launch; a run that is known stays known."""
        values: dict[str, Any] = {"state": state.value, "error": error}
        if run_id is not None:
            values["run_id"] = run_id
        with self._database.writing() as connection:
            connection.execute(update(LAUNCHES).where(LAUNCHES.c.launch_id == launch_id).values(values))


def _row(launch: Launch) -> dict[str, Any]:
    values = {column.name: getattr(launch, column.name) for column in LAUNCHES.columns}
    return values | {"state": launch.state.value}


def _this_process() -> tuple[int, float]:
    pid = os.getpid()
    return pid, process_started(pid)


def _digest(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=True, sort_keys=True, default=repr, separators=(",", ":"))
    return blake2b(text.encode(), digest_size=16).hexdigest()
