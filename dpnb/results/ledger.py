"""What is known of every run, task run, attempt and result: a database of seven tables."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import delete, select, update

from dpnb.errors import RunExistsError
from dpnb.results.database import Database
from dpnb.results.dialects import Upsert, insert_unless_there
from dpnb.results.fire_claims import bind_run
from dpnb.results.leases import find_lease, new_owner, release_lease, renew_lease, take_lease
from dpnb.results.ledger_reading import IS_OPEN, LedgerReading
from dpnb.results.outage import again_if_cut_off
from dpnb.results.records import EventBatch
from dpnb.results.rows import TABLES, row_of, without_nul, without_surrogates
from dpnb.results.tables import LEASES, RESULTS, RUNS, SOURCES, TASK_RUNS
from dpnb.results.told import batch_of, run_started

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from sqlalchemy import Connection

    from dpnb.results.atomic_file import Durability
    from dpnb.results.fire_claims import FireClaim
    from dpnb.results.leases import Lease
    from dpnb.results.outage import Outage
    from dpnb.results.records import ResultRecord, RunRecord
    from dpnb.results.rows import Change


_log = logging.getLogger(__name__)


class RunLedger(LedgerReading):
    """Records changes in transactions and reads them back as records; safe for many threads and processes.

    Parameters
    ----------
    path_or_url
        A file, made when it is missing, or a database's URL for SQLAlchemy.
    durability
        ``"process"``: what was recorded survives the death of any process; ``"power"``: also a power failure.

    Raises
    ------
    LedgerVersionError
        A newer dpnb wrote it.
    LedgerCorruptError, LedgerLockedError
        It cannot be read, or stays locked by another process.
    LedgerUrlError, LedgerUnreachableError
        It is no database's URL, or its server does not answer.

    Examples
    --------
    >>> from dpnb.results import RunRecord, RunStatus
    >>> ledger = RunLedger("sqlite://")  # in memory
    >>> ledger.record([RunRecord(run_id="run_1", dag_id="d", status=RunStatus.RUNNING, started_us=0)])
    >>> ledger.runs()[0].status
    <RunStatus.RUNNING: 'running'>
    """

    def __init__(self, path_or_url: Path | str, durability: Durability = "process") -> None:
        self._source, self._durability = path_or_url, durability
        self._database = Database(path_or_url, durability)
        self._takes_nul = self._database.engine.dialect.name == "sqlite"
        self._upserts = {kind: Upsert(table, self._database.engine) for kind, table in TABLES.items()}
        self._listeners: dict[object, Callable[[EventBatch], object]] = {}

    def __repr__(self) -> str:
        return f"RunLedger({self._database.name!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._source, self._durability)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def record(self, changes: Iterable[Change], lease: Lease | None = None) -> None:
        """Write all changes in one transaction, or none; a record replaces the one of the same key.

        Raises
        ------
        LeaseLostError
            `lease` is given, and the run belongs to another owner by now.
        """
        changes = list(changes)
        self._commit(changes, lease)
        if self._listeners:
            self._tell(changes)

    @again_if_cut_off
    def _commit(self, changes: list[Change], lease: Lease | None) -> None:
        with self._database.writing() as connection:
            if lease is not None:
                renew_lease(connection, lease)
            self._upsert(connection, changes)

    def begin(
        self, record: RunRecord, sources: Mapping[str, str] | None = None, claim: FireClaim | None = None
    ) -> Lease:
        """Record a new run, owned by this process, and the texts that its task runs are to name, by their ids.

        With it the run has said its first event, and with `claim` it becomes the run of a schedule's fire. Raises
        `RunExistsError`, `FireTakenError`.
        """
        lease = self._begin(record, sources or {}, claim, new_owner())
        self._tell([batch_of(record.run_id, lease.token, [run_started(record)])])
        return lease

    @again_if_cut_off
    def _begin(self, record: RunRecord, sources: Mapping[str, str], claim: FireClaim | None, owner: str) -> Lease:
        with self._database.writing() as connection:
            if connection.execute(select(RUNS.c.run_id).where(RUNS.c.run_id == record.run_id)).first():
                held = find_lease(connection, record.run_id)
                if held is None or held.owner != owner:
                    raise RunExistsError(record.run_id)
                return held
            if claim is not None:
                bind_run(connection, claim, record.run_id, record.started_us)
            lease = take_lease(connection, record.run_id, owner)
            self._upsert(connection, [record, batch_of(record.run_id, lease.token, [run_started(record)])])
            self._add_sources(connection, sources)
            return lease

    @again_if_cut_off
    def add_sources(self, sources: Mapping[str, str], lease: Lease) -> None:
        """Record texts that the task runs of a run are to name, by their ids. Raises `LeaseLostError`."""
        with self._database.writing() as connection:
            renew_lease(connection, lease)
            self._add_sources(connection, sources)

    def take(self, run_id: str) -> Lease:
        """Become the owner of a run that nobody drives any more. Raises `RunGoingError`."""
        return self._take(run_id, new_owner())

    @again_if_cut_off
    def _take(self, run_id: str, owner: str) -> Lease:
        with self._database.writing() as connection:
            return take_lease(connection, run_id, owner)

    @again_if_cut_off
    def annotate(self, run_id: str, *, note: str | None = None, pinned: bool | None = None) -> bool:
        """Set what the user says of a run, as far as it is given; tell whether there is such a run.

        Whoever drives the run is not disturbed, and does not write over it.
        """
        columns: dict[str, Any] = {} if note is None else {"note": without_surrogates((note,))[0]}
        if pinned is not None:
            columns["pinned"] = int(pinned)
        with self._database.writing() as connection:
            return connection.execute(update(RUNS).where(RUNS.c.run_id == run_id).values(columns)).rowcount > 0

    @again_if_cut_off
    def release(self, lease: Lease) -> None:
        """Let a run go; does nothing where it belongs to another by now."""
        with self._database.writing() as connection:
            release_lease(connection, lease)

    def listen(self, key: object, listener: Callable[[EventBatch], object]) -> None:
        """Have `listener` called with what runs say, once this object has committed it; in the thread that did.

        It must be quick; what it raises is logged. Another one of the same key takes its place.
        """
        self._listeners[key] = listener

    def ignore(self, key: object) -> None:
        """Call the listener of this key no more."""
        self._listeners.pop(key, None)

    def _tell(self, changes: Iterable[Change]) -> None:
        for change in changes:
            if isinstance(change, EventBatch):
                for listener in list(self._listeners.values()):
                    try:
                        listener(change)
                    except Exception:  # noqa: BLE001 - what is committed is committed, whoever was told of it
                        _log.exception("A listener to the ledger %r raised.", self._database.name)

    def delete_run(self, run_id: str) -> bool:
        """Forget a run, its task runs, attempts and results; tell whether it was known.

        What only its task runs named among the sources goes with `forget_unnamed_sources`.
        """
        with self._database.writing() as connection:
            deletions = [delete(table).where(table.c.run_id == run_id) for table in (*TABLES.values(), LEASES)]
            counts = [connection.execute(deletion).rowcount for deletion in deletions]
        return counts[0] > 0

    @again_if_cut_off
    def forget_unnamed_sources(self) -> None:
        """Forget the sources that no task run names, unless a run is open: it may name them later."""
        with self._database.writing() as connection:
            if not connection.execute(select(RUNS.c.run_id).where(IS_OPEN).limit(1)).first():
                connection.execute(_UNNAMED_SOURCES)

    @again_if_cut_off
    def forget_results(self, results: Iterable[ResultRecord], lease: Lease) -> None:
        """Take results off the ledger whose files are gone or damaged. Raises `LeaseLostError`."""
        key = (RESULTS.c.run_id, RESULTS.c.task, RESULTS.c.result_id)
        with self._database.writing() as connection:
            renew_lease(connection, lease)
            for one in results:
                names = (one.run_id, one.task, one.result_id)
                connection.execute(
                    delete(RESULTS).where(*(column == name for column, name in zip(key, names, strict=True)))
                )

    @property
    def outage(self) -> Outage:
        """How long its server may be away."""
        return self._database.outage

    def close(self) -> None:
        """Close all connections; a later call opens new ones."""
        self._database.close()

    def _upsert(self, connection: Connection, changes: Iterable[Change]) -> None:
        batches: dict[type, list[tuple[Any, ...]]] = {}
        for change in changes:
            kind, values = row_of(change)
            if not self._takes_nul:
                values = without_nul(values)
            batches.setdefault(kind, []).append(values)
        for kind, rows in batches.items():
            try:
                self._upserts[kind].execute(connection, rows)
            except UnicodeEncodeError:  # what a task printed or raised may hold lone surrogates
                self._upserts[kind].execute(connection, list(map(without_surrogates, rows)))

    def _add_sources(self, connection: Connection, sources: Mapping[str, str]) -> None:
        if sources:
            rows = [{"source_id": source_id, "text": text} for source_id, text in sources.items()]
            connection.execute(insert_unless_there(SOURCES, self._database.engine), rows)


_UNNAMED_SOURCES = delete(SOURCES).where(
    SOURCES.c.source_id.not_in(select(TASK_RUNS.c.source).where(TASK_RUNS.c.source.is_not(None)))
)
