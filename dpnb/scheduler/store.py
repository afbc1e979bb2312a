"""Schedules and fires in the workspace's database, shared by all schedulers that work on it.

Whatever changes a schedule or adds a fire to it does so in one transaction that first takes hold of the schedule's row:
of several schedulers that find the same schedule due, one gets it, the others find it changed. A fire's row is inserted
only if there is none of its key (schedule, fire, attempt), whoever else may have tried.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from dpnb.errors import ScheduleExistsError, UnknownScheduleError
from dpnb.results.crash_points import reach
from dpnb.results.dialects import insert_unless_there
from dpnb.results.fire_claims import is_fire
from dpnb.results.schedule_tables import FIRES, SCHEDULES
from dpnb.scheduler.admission import Admissions
from dpnb.scheduler.records import OPEN, FireRecord, FireState, ScheduleRecord, to_us
from dpnb.scheduler.rows import ALL_FIRES, WITHOUT_PACKED, fire_from, fire_row, schedule_from, schedule_row

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from sqlalchemy import Connection

    from dpnb.results.database import Database
    from dpnb.scheduler.misfires import Verdict

_IS_OPEN = FIRES.c.state.in_([state.value for state in OPEN])
_NOTHING_RAN = FIRES.c.state.in_([FireState.MISSED.value, FireState.SKIPPED.value])
NAMES_AT_ONCE = 500


class ScheduleStore:
    """What is to run when, and what became of it.

    Parameters
    ----------
    database
        A ledger's: `RunLedger.database`.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    # Schedules

    def add(self, record: ScheduleRecord, *, packed: bytes = b"", signature: str = "", replacing: bool = False) -> None:
        """Record a schedule. Raises `ScheduleExistsError`, unless it replaces the one of its name."""
        values = schedule_row(record) | {"packed": packed or None, "signature": signature}
        with self._database.writing() as connection:
            earlier = self._hold(connection, record.name)
            if earlier is None:
                added = connection.execute(insert_unless_there(SCHEDULES, self._database.engine), values)
                if added.rowcount != 1:
                    raise ScheduleExistsError(record.name)
            elif replacing:
                values["revision"] = earlier.revision + 1
                connection.execute(update(SCHEDULES).where(SCHEDULES.c.name == record.name).values(values))
            else:
                raise ScheduleExistsError(record.name)

    def add_many(self, records: Iterable[ScheduleRecord]) -> None:
        """Record schedules whose names are free, in one transaction."""
        values = [schedule_row(record) | {"packed": None, "signature": ""} for record in records]
        with self._database.writing() as connection:
            connection.execute(insert(SCHEDULES), values)

    def remove(self, name: str) -> None:
        """Forget a schedule; its fires stay on record, those that wait are dropped. Raises `UnknownScheduleError`."""
        with self._database.writing() as connection:
            if connection.execute(delete(SCHEDULES).where(SCHEDULES.c.name == name)).rowcount != 1:
                raise self._unknown(name)
            waiting = FIRES.c.state.in_([FireState.PENDING.value, FireState.QUEUED.value])
            dropped = update(FIRES).where(FIRES.c.schedule == name, waiting)
            connection.execute(dropped.values(state=FireState.CANCELLED.value, reason="its schedule was removed"))

    def schedules(self, names: Collection[str] | None = None) -> list[ScheduleRecord]:
        """Return all schedules, or those of these names, by name."""
        query = WITHOUT_PACKED.order_by(SCHEDULES.c.name)
        if names is not None and len(names) <= NAMES_AT_ONCE:
            query = query.where(SCHEDULES.c.name.in_(names))
        found = map(schedule_from, self._database.rows(query))
        return [record for record in found if names is None or record.name in names]

    def schedule(self, name: str) -> ScheduleRecord:
        """Return a schedule. Raises `UnknownScheduleError`."""
        for record in self.schedules([name]):
            return record
        raise self._unknown(name)

    def packed(self, name: str) -> tuple[bytes, str]:
        """Return what is packed with a schedule, and its signature."""
        query = select(SCHEDULES.c.packed, SCHEDULES.c.signature).where(SCHEDULES.c.name == name)
        rows = self._database.rows(query)
        return (bytes(rows[0].packed or b""), rows[0].signature) if rows else (b"", "")

    def revisions(self) -> dict[str, tuple[int, int]]:
        """Return by name what tells a schedule from what it was before: when it was made, and its revision."""
        query = select(SCHEDULES.c.name, SCHEDULES.c.created_us, SCHEDULES.c.revision)
        return {row.name: (row.created_us, row.revision) for row in self._database.rows(query)}

    def change(self, name: str, **columns: Any) -> ScheduleRecord:
        """Change how far a schedule is, or whether it is paused. Raises `UnknownScheduleError`."""
        with self._database.writing() as connection:
            record = self._hold(connection, name)
            if record is None:
                raise self._unknown(name)
            return self._change(connection, record, **columns)

    # Fires

    def advance(
        self, record: ScheduleRecord, verdict: Verdict, *, owner: str, now_us: int
    ) -> tuple[ScheduleRecord, list[FireRecord]] | None:
        """Record what has become of a schedule's instants; return it as it is now, and the fires that are to start.

        Nothing is recorded, and None returned, where the schedule is not as `record` says any more.
        """
        with self._database.writing() as connection:
            current = self._hold(connection, record.name)
            if current is None or current.paused or (current.created_us, current.revision) != _edition(record):
                return None
            admissions = Admissions(current, self._open(connection, record.name), owner=owner, now_us=now_us)
            added = self._insert(connection, [*admissions.missed(verdict.missed), *admissions.due(verdict.fires)])
            self._dismiss(connection, admissions.dismissed, now_us)
            next_us = None if verdict.next is None else to_us(verdict.next.starts)
            changed = self._change(connection, current, after_us=to_us(verdict.after), next_us=next_us)
            reach("fire.claimed")
        return changed, [fire for fire in added if fire.state is FireState.PENDING]

    def add_fire(self, name: str, fire: FireRecord) -> FireRecord | None:
        """Record a fire that the time has not brought; return what has become of it: pending, queued or skipped.

        None where there is one of its key already. Raises `UnknownScheduleError`.
        """
        with self._database.writing() as connection:
            record = self._hold(connection, name)
            if record is None:
                raise self._unknown(name)
            admissions = Admissions(record, self._open(connection, name), owner=fire.owner, now_us=fire.recorded_us)
            added = self._insert(connection, [admissions.admit(fire)])
            self._dismiss(connection, admissions.dismissed, fire.recorded_us)
            return added[0] if added else None

    def begin(self, fire: FireRecord, now_us: int) -> bool:
        """Record that a fire without a run has begun; False where it is another scheduler's, or is not wanted."""
        with self._database.writing() as connection:
            changed = connection.execute(
                update(FIRES)
                .where(_is(fire), FIRES.c.owner == fire.owner, FIRES.c.run_id == "", FIRES.c.is_unwanted == 0, _IS_OPEN)
                .values(state=FireState.RUNNING.value, started_us=now_us)
            )
            return changed.rowcount == 1

    def settle(self, fire: FireRecord, state: FireState, *, reason: str = "", now_us: int) -> list[FireRecord]:
        """Record how a fire has ended; return the fires that are to start now: its retry, or one that has waited.

        Nothing happens where it belongs to another scheduler by now, or has ended.
        """
        with self._database.writing() as connection:
            schedule = self._hold(connection, fire.schedule)
            ended = connection.execute(
                update(FIRES)
                .where(_is(fire), FIRES.c.owner == fire.owner, _IS_OPEN)
                .values(state=state.value, reason=reason, finished_us=now_us)
            )
            if ended.rowcount != 1 or schedule is None:
                return []
            if state is FireState.FAILED and fire.attempt <= schedule.options.retries:
                return self._insert(connection, [_retry(fire, schedule, now_us)])
            self._count(connection, schedule, state)
            return self._promote(connection, schedule, fire.owner)

    def take_over(self, fire: FireRecord, owner: str) -> FireRecord | None:
        """Become the owner of a fire in place of the one it has; None where another was faster."""
        with self._database.writing() as connection:
            taken = connection.execute(
                update(FIRES).where(_is(fire), FIRES.c.owner == fire.owner, _IS_OPEN).values(owner=owner)
            )
            if taken.rowcount != 1:
                return None
            row = connection.execute(ALL_FIRES.where(_is(fire))).one()
        return fire_from(row)

    def release(self, owner: str) -> None:
        """Leave the fires that an owner has not begun to others."""
        waiting = FIRES.c.state.in_([FireState.PENDING.value, FireState.QUEUED.value])
        with self._database.writing() as connection:
            connection.execute(update(FIRES).where(FIRES.c.owner == owner, waiting).values(owner=""))

    def rewind(self, record: ScheduleRecord, *, after_us: int, next_us: int | None) -> ScheduleRecord | None:
        """Go back with a schedule to an earlier instant, since the clock did; None where it has changed meanwhile.

        What was recorded as missed, for instants that are yet to come, was not; what has started has.
        """
        with self._database.writing() as connection:
            current = self._hold(connection, record.name)
            if current is None or _edition(current) != _edition(record):
                return None
            future = (FIRES.c.schedule == record.name, FIRES.c.due_us > after_us, _NOTHING_RAN)
            connection.execute(delete(FIRES).where(*future))
            return self._change(connection, current, after_us=after_us, next_us=next_us)

    def fires(self, name: str | None = None, *, limit: int | None = None) -> list[FireRecord]:
        """Return all fires, or those of a schedule, or the last of them, in the order in which they were due."""
        query = ALL_FIRES if name is None else ALL_FIRES.where(FIRES.c.schedule == name)
        newest = query.order_by(FIRES.c.due_us.desc(), FIRES.c.fire.desc(), FIRES.c.attempt.desc()).limit(limit)
        return [fire_from(row) for row in self._database.rows(newest)][::-1]

    def open_fires(self) -> list[FireRecord]:
        """Return the fires of which something is still to become, the oldest first."""
        query = ALL_FIRES.where(_IS_OPEN).order_by(FIRES.c.due_us, FIRES.c.fire, FIRES.c.attempt)
        return [fire_from(row) for row in self._database.rows(query)]

    def fire_of_run(self, run_id: str) -> FireRecord | None:
        """Return the fire whose run this is; None where it is nobody's."""
        rows = self._database.rows(ALL_FIRES.where(FIRES.c.run_id == run_id).limit(1)) if run_id else []
        return fire_from(rows[0]) if rows else None

    # Inside a transaction

    def _hold(self, connection: Connection, name: str) -> ScheduleRecord | None:
        """Return a schedule, which nobody else changes until the transaction ends."""
        row = connection.execute(WITHOUT_PACKED.where(SCHEDULES.c.name == name).with_for_update()).first()
        return None if row is None else schedule_from(row)

    def _change(self, connection: Connection, record: ScheduleRecord, **columns: Any) -> ScheduleRecord:
        changed = replace(record, revision=record.revision + 1, **columns)
        values = {name: int(value) if name == "paused" else value for name, value in columns.items()}
        statement = update(SCHEDULES).where(SCHEDULES.c.name == record.name)
        connection.execute(statement.values(revision=changed.revision, **values))
        return changed

    def _open(self, connection: Connection, name: str) -> list[FireRecord]:
        query = ALL_FIRES.where(FIRES.c.schedule == name, _IS_OPEN).order_by(FIRES.c.due_us, FIRES.c.fire)
        return [fire_from(row) for row in connection.execute(query)]

    def _insert(self, connection: Connection, fires: Sequence[FireRecord]) -> list[FireRecord]:
        """Insert the fires that are not on record yet, and return them."""
        statement = insert_unless_there(FIRES, self._database.engine)
        return [fire for fire in fires if connection.execute(statement, fire_row(fire)).rowcount == 1]

    def _dismiss(self, connection: Connection, fires: Iterable[FireRecord], now_us: int) -> None:
        """Drop those that have not begun; ask for the end of those that have."""
        for fire in fires:
            ask = update(FIRES).where(_is(fire))
            if fire.state is FireState.QUEUED:
                values = {"state": FireState.SKIPPED.value, "reason": "a later fire has taken its place"}
                connection.execute(ask.values(finished_us=now_us, **values))
            else:
                connection.execute(ask.values(is_unwanted=1))

    def _count(self, connection: Connection, schedule: ScheduleRecord, state: FireState) -> None:
        """Count failures in a row, and pause the schedule where they are too many."""
        if state is FireState.FAILED:
            failures = schedule.failures + 1
            most = schedule.options.pause_after
            paused = schedule.paused or (most is not None and failures >= most)
            self._change(connection, schedule, failures=failures, paused=paused)
        elif state is FireState.SUCCEEDED and schedule.failures:
            self._change(connection, schedule, failures=0)

    def _promote(self, connection: Connection, schedule: ScheduleRecord, owner: str) -> list[FireRecord]:
        fires = self._open(connection, schedule.name)
        if not fires or any(fire.state is not FireState.QUEUED for fire in fires):
            return []
        first = replace(fires[0], state=FireState.PENDING, owner=owner)
        connection.execute(update(FIRES).where(_is(first)).values(state=first.state.value, owner=owner))
        return [first]

    def _unknown(self, name: str) -> UnknownScheduleError:
        return UnknownScheduleError(name, known=self.revisions())


def _edition(record: ScheduleRecord) -> tuple[int, int]:
    return record.created_us, record.revision


def _is(fire: FireRecord) -> Any:
    return is_fire(fire.schedule, fire.fire, fire.attempt)


def _retry(fire: FireRecord, schedule: ScheduleRecord, now_us: int) -> FireRecord:
    delay_us = round(schedule.options.retry_delay_s(fire.attempt) * 1e6)
    return replace(
        fire,
        attempt=fire.attempt + 1,
        state=FireState.PENDING,
        reason="",
        run_id="",
        starts_us=now_us + delay_us,
        recorded_us=now_us,
        started_us=None,
        finished_us=None,
    )
