"""Which schedulers are at work on a database: each says so, again and again, until it leaves.

Whoever has fallen silent, or is a process of this machine that is gone, loses its fires to the others. That it may be
alive after all, and only slow, does no harm: a fire becomes a run only in its owner's name. Silence is measured by the
clock of the server that keeps the database, where there is one, and else by that of whoever asks.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from dpnb.results.dialects import clock_of
from dpnb.results.processes import is_running, process_started, this_machine
from dpnb.results.schedule_tables import SCHEDULERS

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from dpnb.results.database import Database

SILENCE_S = 60.0
RENEWAL_S = SILENCE_S / 4
_SILENCE_US = round(SILENCE_S * 1e6)


@dataclass(frozen=True, slots=True, kw_only=True)
class SchedulerRecord:
    """A scheduler, in a process."""

    scheduler_id: str
    machine: str
    pid: int
    pid_started: float
    started_us: int
    expires_us: int
    read_us: int | None = field(default=None, compare=False)  # when it was read, by the server's clock if there is one

    def is_there(self, now_us: int) -> bool:
        """Whether it may be taken to be at work."""
        is_here = self.machine == this_machine()
        judged_us = now_us if self.read_us is None else self.read_us
        return self.expires_us > judged_us and (not is_here or is_running(self.pid, self.pid_started))


class Presence:
    """One scheduler's word that it is there.

    Parameters
    ----------
    database
        Where it works.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.scheduler_id = secrets.token_hex(8)

    def enter(self, now_us: int) -> None:
        """Say for the first time that it is there."""
        pid = os.getpid()
        record = SchedulerRecord(
            scheduler_id=self.scheduler_id,
            machine=this_machine(),
            pid=pid,
            pid_started=process_started(pid),
            started_us=now_us,
            expires_us=0,
        )
        values = {one.name: getattr(record, one.name) for one in fields(record) if one.name != "read_us"}
        with self._database.writing() as connection:
            connection.execute(insert(SCHEDULERS).values(values | {"expires_us": self._expiry_us(now_us)}))

    def renew(self, now_us: int) -> None:
        """Say it again; for the first time, where another has taken it for gone."""
        mine = SCHEDULERS.c.scheduler_id == self.scheduler_id
        with self._database.writing() as connection:
            renewed = connection.execute(update(SCHEDULERS).where(mine).values(expires_us=self._expiry_us(now_us)))
        if renewed.rowcount != 1:
            self.enter(now_us)

    def leave(self) -> None:
        """Say that it is there no more."""
        with self._database.writing() as connection:
            connection.execute(delete(SCHEDULERS).where(SCHEDULERS.c.scheduler_id == self.scheduler_id))

    def others(self, now_us: int) -> set[str]:
        """Return the other schedulers that are there; those that are not are taken off."""
        every = present_schedulers(self._database)
        gone = [one.scheduler_id for one in every if not one.is_there(now_us) and one.scheduler_id != self.scheduler_id]
        judged_us = next((one.read_us for one in every if one.read_us is not None), now_us)
        if gone:
            with self._database.writing() as connection:
                silent = SCHEDULERS.c.expires_us <= judged_us + _SILENCE_US  # unless it has spoken meanwhile
                connection.execute(delete(SCHEDULERS).where(SCHEDULERS.c.scheduler_id.in_(gone), silent))
        return {one.scheduler_id for one in every} - {*gone, self.scheduler_id}

    def _expiry_us(self, now_us: int) -> int | ColumnElement[int]:
        clock = clock_of(self._database.engine)
        return now_us + _SILENCE_US if clock is None else clock + _SILENCE_US


def present_schedulers(database: Database) -> list[SchedulerRecord]:
    """Return all that have entered and not left, whether or not they are there."""
    clock = clock_of(database.engine)
    asked = select(SCHEDULERS) if clock is None else select(SCHEDULERS, clock.label("read_us"))
    return [SchedulerRecord(**row._mapping) for row in database.rows(asked)]  # noqa: SLF001
