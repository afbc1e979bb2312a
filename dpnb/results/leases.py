"""Who owns a run: one process at a time, known by a lease with a fencing token.

::

    free ──begin──▶ held, token 1 ──release──▶ free ──take──▶ held, token 2 ──▶ …
                         │    ▲
                         │    └─ renewed by every commit, and by a heartbeat where there is none
                         └─ its process is gone (this machine), or it expired (another) ──take──▶ held, token 2

Every transaction that records facts of a run renews the lease first, on the condition that token and owner are still
its own: a process that lost the run, because it hung or slept too long, commits nothing any more. The condition is one
``UPDATE`` in the same transaction, and its row lock makes takers wait for committers, on any database.

A live process on this machine keeps its lease whatever the clock says: it may have been suspended. Elsewhere only the
expiry counts, and that is set and judged by one clock: the database server's. Machines that share a file by a network
go by their own, which should agree to some seconds.
"""

from __future__ import annotations

import os
import secrets
import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from dpnb.errors import LeaseLostError, LedgerUnreachableError, RunGoingError
from dpnb.results.crash_points import reach
from dpnb.results.dialects import clock_of
from dpnb.results.late_release import release_later
from dpnb.results.processes import is_running, process_started, this_machine
from dpnb.results.tables import LEASES
from dpnb.results.told import batch_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection, Engine, Row, Select

    from dpnb.results.records import EventBatch
    from dpnb.results.rows import Change
    from dpnb.results.told import Told

LEASE_S = 60.0
RENEWAL_S = LEASE_S / 4
_let_go: set[str] = set()  # owners in this process that are done, though the ledger, full perhaps, may not know it


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A process's hold on a run, or the last one's. `token` rises by one with every owner."""

    run_id: str
    token: int
    owner: str  # unlike any other's, of whatever run of this id
    machine: str
    pid: int
    pid_started: float
    expires_us: int
    cancel: int = 0  # see `dpnb.results.cancel_requests`
    read_us: int | None = field(default=None, compare=False)  # when it was read, by the server's clock if there is one

    @property
    def is_held(self) -> bool:
        """Whether its owner may still commit: it has not let go, is not known to be dead, and has not fallen silent."""
        if self.expires_us == 0 or self.owner in _let_go:
            return False
        if self.machine == this_machine():
            return is_running(self.pid, self.pid_started)
        return self.expires_us > (now_us() if self.read_us is None else self.read_us)


class Recorder(Protocol):
    """What a tenure needs of a ledger."""

    def record(self, changes: Iterable[Change], lease: Lease | None = None) -> None:
        """Commit all or none; none where the lease is lost."""
        ...

    def add_sources(self, sources: Mapping[str, str], lease: Lease) -> None:
        """Commit texts by their ids, unless the lease is lost."""
        ...

    def release(self, lease: Lease) -> None:
        """Let the run go."""
        ...

    def result_keys(self, run_id: str) -> set[tuple[str, str]]:
        """Return the tasks and ids of a run's results."""
        ...

    def events_said(self, lease: Lease) -> int:
        """Return how many events of its run the owner has said."""
        ...


class Tenure:
    """One owner's hold on a run: a ledger to write to for as long as the lease is its own.

    Raises
    ------
    LeaseLostError
        From `record` and `add_sources`, once the run belongs to another.
    """

    def __init__(self, ledger: Recorder, lease: Lease) -> None:
        self._ledger = ledger
        self.lease = lease
        reach("lease.taken")

    def record(self, changes: Iterable[Change]) -> None:
        """Commit changes of the run and renew the lease, or do neither; without changes it is a heartbeat."""
        self._ledger.record(changes, self.lease)

    def add_sources(self, sources: Mapping[str, str]) -> None:
        """Commit texts that task runs of the run are to name, by their ids."""
        self._ledger.add_sources(sources, self.lease)

    def recorded(self) -> set[tuple[str, str]]:
        """Return the tasks and ids of the run's results, as far as they are committed."""
        return self._ledger.result_keys(self.lease.run_id)

    def events_said(self) -> int:
        """Return how many events of the run are committed of this owner's."""
        return self._ledger.events_said(self.lease)

    def batch(self, events: Sequence[Told]) -> EventBatch:
        """Return what the run says next, for `record` to commit with the rows that it tells of."""
        return batch_of(self.lease.run_id, self.lease.token, events, before=self.events_said())

    def release(self) -> None:
        """Let the run go; does nothing where it was lost before. Whatever the ledger raises, it is free in here."""
        let_go(self.lease)
        reach("lease.release")
        try:
            self._ledger.release(self.lease)
        except LedgerUnreachableError:
            release_later(partial(self._ledger.release, self.lease))
            raise
        reach("lease.released")


def let_go(lease: Lease) -> None:
    """Take it in this process that a lease is not held any more, whether or not the ledger can be told."""
    _let_go.add(lease.owner)


def now_us() -> int:
    """Return the instant as the ledger counts."""
    return time.time_ns() // 1000


def find_lease(connection: Connection, run_id: str) -> Lease | None:
    """Return who holds a run, or held it last."""
    row = connection.execute(leases_read(connection).where(LEASES.c.run_id == run_id)).first()
    return None if row is None else lease_from(row)


def leases_read(where: Engine | Connection) -> Select[Any]:
    """Return the question for leases, and for the instant by which they are judged."""
    clock = clock_of(where)
    return select(LEASES) if clock is None else select(LEASES, clock.label("read_us"))


def lease_from(row: Row[Any]) -> Lease:
    """Return the lease of a row of `leases_read`."""
    return Lease(**row._mapping)  # noqa: SLF001  # SQLAlchemy's public name for it


def new_owner() -> str:
    """Return a name for an owner, unlike any other's."""
    return secrets.token_hex(8)


def take_lease(connection: Connection, run_id: str, owner: str) -> Lease:
    """Become a run's owner. Raises `RunGoingError` where another is, or becomes it in the same moment."""
    seen = find_lease(connection, run_id)
    if seen is not None and seen.owner == owner:  # committed, though the connection broke before that was told
        return seen
    if seen is not None and seen.is_held:
        raise RunGoingError(run_id, pid=seen.pid, machine=seen.machine)
    lease = _own(run_id, owner, token=1 if seen is None else seen.token + 1)
    if not (_insert(connection, lease) if seen is None else _replace(connection, seen, lease)):
        raise RunGoingError(run_id, pid=0, machine="")
    return lease


def renew_lease(connection: Connection, lease: Lease) -> None:
    """Prolong a lease, and hold its row until the transaction's end. Raises `LeaseLostError`."""
    clock = clock_of(connection)
    if clock is None:
        renewed = connection.execute(_RENEWAL, _key(lease) | {"until_us": _expiry_us()})
    else:
        renewed = connection.execute(_IS_HELD_BY.values(expires_us=clock + _LEASE_US), _key(lease))
    if renewed.rowcount != 1:
        raise LeaseLostError(lease.run_id, token=lease.token)


def release_lease(connection: Connection, lease: Lease) -> None:
    """Let a run go, if it is still held by this lease; its token stays, so that the next one is higher."""
    connection.execute(_RENEWAL, _key(lease) | {"until_us": 0})


IS_NOT_LET_GO = LEASES.c.expires_us > 0
_LEASE_US = round(LEASE_S * 1e6)
_IS_HELD_BY = update(LEASES).where(
    LEASES.c.run_id == bindparam("of_run"),
    LEASES.c.token == bindparam("with_token"),
    LEASES.c.owner == bindparam("of_owner"),
)
_RENEWAL = _IS_HELD_BY.values(expires_us=bindparam("until_us"))


def _key(lease: Lease) -> dict[str, object]:
    return {"of_run": lease.run_id, "with_token": lease.token, "of_owner": lease.owner}


def _own(run_id: str, owner: str, *, token: int) -> Lease:
    pid = os.getpid()
    return Lease(
        run_id=run_id,
        token=token,
        owner=owner,
        machine=this_machine(),
        pid=pid,
        pid_started=process_started(pid),
        expires_us=_expiry_us(),
    )


def _expiry_us() -> int:
    return now_us() + _LEASE_US


def _values(connection: Connection, lease: Lease) -> dict[str, object]:
    values = {column.name: getattr(lease, column.name) for column in LEASES.columns}
    clock = clock_of(connection)
    return values if clock is None else values | {"expires_us": clock + _LEASE_US}


def _insert(connection: Connection, lease: Lease) -> bool:
    try:
        with connection.begin_nested():
            connection.execute(insert(LEASES).values(_values(connection, lease)))
    except IntegrityError:  # another was faster
        return False
    return True


def _replace(connection: Connection, seen: Lease, lease: Lease) -> bool:
    unchanged = (LEASES.c.token == seen.token, LEASES.c.expires_us == seen.expires_us)
    statement = update(LEASES).where(LEASES.c.run_id == lease.run_id, *unchanged)
    return connection.execute(statement.values(_values(connection, lease))).rowcount == 1
