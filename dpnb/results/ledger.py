"""What is known of every run, task run, attempt and result: a database of seven tables."""

from __future__ import annotations

import logging
from itertools import islice
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import bindparam, delete, func, select, tuple_, update

from dpnb.errors import RunExistsError
from dpnb.results.database import Database
from dpnb.results.dialects import Upsert, insert_unless_there
from dpnb.results.durations import DurationSamples, recent_runs
from dpnb.results.fire_claims import bind_run
from dpnb.results.leases import NOT_LET_GO, find_lease, lease_from, release_lease, renew_lease, take_lease
from dpnb.results.precedents import newest_runs, stored_task_runs
from dpnb.results.records import EventBatch, RunStatus, RunTotals, TaskState
from dpnb.results.rows import (
    TABLES,
    attempt_from,
    event_batch_from,
    result_from,
    row_of,
    run_from,
    task_run_from,
    without_nul,
    without_surrogates,
)
from dpnb.results.run_filter import RunFilter
from dpnb.results.run_search import (
    NAMES_AT_ONCE,
    WITHOUT_PLANS,
    admitted,
    candidates,
    fitting,
    is_glob,
    names_like,
    runs_with,
)
from dpnb.results.tables import ATTEMPTS, EVENTS, LEASES, RESULTS, RUNS, SOURCES, TASK_RUNS
from dpnb.results.told import batch_of, run_started

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from pathlib import Path

    from sqlalchemy import Connection, Select, Table

    from dpnb.results.atomic_file import Durability
    from dpnb.results.fire_claims import FireClaim
    from dpnb.results.leases import Lease
    from dpnb.results.records import AttemptRecord, ResultRecord, RunRecord, TaskRunRecord
    from dpnb.results.rows import Change


_log = logging.getLogger(__name__)


class RunLedger:
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

    # Writing

    def record(self, changes: Iterable[Change], lease: Lease | None = None) -> None:
        """Write all changes in one transaction, or none; a record replaces the one of the same key.

        Raises
        ------
        LeaseLostError
            `lease` is given, and the run belongs to another owner by now.
        """
        changes = list(changes)
        with self._database.writing() as connection:
            if lease is not None:
                renew_lease(connection, lease)
            self._upsert(connection, changes)
        if self._listeners:
            self._tell(changes)

    def begin(
        self, record: RunRecord, sources: Mapping[str, str] | None = None, claim: FireClaim | None = None
    ) -> Lease:
        """Record a new run, owned by this process, and the texts that its task runs are to name, by their ids.

        With it the run has said its first event, and with `claim` it becomes the run of a schedule's fire. Raises
        `RunExistsError`, `FireTakenError`.
        """
        with self._database.writing() as connection:
            if connection.execute(select(RUNS.c.run_id).where(RUNS.c.run_id == record.run_id)).first():
                raise RunExistsError(record.run_id)
            if claim is not None:
                bind_run(connection, claim, record.run_id, record.started_us)
            lease = take_lease(connection, record.run_id)
            started = batch_of(record.run_id, lease.token, [run_started(record)])
            self._upsert(connection, [record, started])
            self._add_sources(connection, sources or {})
        self._tell([started])
        return lease

    def add_sources(self, sources: Mapping[str, str], lease: Lease) -> None:
        """Record texts that the task runs of a run are to name, by their ids. Raises `LeaseLostError`."""
        with self._database.writing() as connection:
            renew_lease(connection, lease)
            self._add_sources(connection, sources)

    def take(self, run_id: str) -> Lease:
        """Become the owner of a run that nobody drives any more. Raises `RunGoingError`."""
        with self._database.writing() as connection:
            return take_lease(connection, run_id)

    def annotate(self, run_id: str, *, note: str | None = None, pinned: bool | None = None) -> bool:
        """Set what the user says of a run, as far as it is given; tell whether there is such a run.

        Whoever drives the run is not disturbed, and does not write over it.
        """
        columns: dict[str, Any] = {} if note is None else {"note": without_surrogates((note,))[0]}
        if pinned is not None:
            columns["pinned"] = int(pinned)
        with self._database.writing() as connection:
            return connection.execute(update(RUNS).where(RUNS.c.run_id == run_id).values(columns)).rowcount > 0

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

    def durations_s(self, tasks: Collection[str], dag_id: str = "") -> dict[str, float]:
        """Return the seconds that tasks typically took in the last runs, of that DAG before others, where known."""
        samples = DurationSamples(tasks)
        for run in self._database.rows(recent_runs(dag_id)):
            if samples.wants(run.tasks):
                samples.add(self._database.rows(samples.query(run.run_id)))
        return samples.medians_s()

    def delete_run(self, run_id: str) -> bool:
        """Forget a run, its task runs, attempts and results; tell whether it was known.

        What only its task runs named among the sources goes with `forget_unnamed_sources`.
        """
        with self._database.writing() as connection:
            deletions = [delete(table).where(table.c.run_id == run_id) for table in (*TABLES.values(), LEASES)]
            counts = [connection.execute(deletion).rowcount for deletion in deletions]
        return counts[0] > 0

    def forget_unnamed_sources(self) -> None:
        """Forget the sources that no task run names, unless a run is open: it may name them later."""
        with self._database.writing() as connection:
            if not connection.execute(select(RUNS.c.run_id).where(_IS_OPEN).limit(1)).first():
                connection.execute(_UNNAMED_SOURCES)

    def held_runs(self) -> set[str]:
        """Return the ids of the runs that a process owns now."""
        return {lease.run_id for lease in map(lease_from, self._database.rows(NOT_LET_GO)) if lease.is_held}

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

    # Reading

    def run(self, run_id: str) -> RunRecord | None:
        """Return a run; None where there is none of that id."""
        rows = self._database.rows(select(RUNS).where(RUNS.c.run_id == run_id))
        return run_from(rows[0]) if rows else None

    def runs(self, where: RunFilter | None = None, interrupted: Collection[str] = ()) -> list[RunRecord]:
        """Return the runs that fit, newest first, without their plans: those may be long, and `run` has them.

        Those of the ids `interrupted` are told to be so, whatever the ledger says.
        """
        where = where or RunFilter()
        with_tasks = None if where.tasks is None else self._runs_with(where.tasks)
        with self._database.reading() as connection:
            rows = connection.execute(candidates(where, interrupted))
            return list(islice(admitted(rows, where, with_tasks, interrupted), where.limit))

    def _runs_with(self, tasks: Collection[str]) -> set[str]:
        """Return the ids of the runs that had a task of any of these names, or one that fits any of these globs."""
        globs = [task for task in tasks if is_glob(task)]
        fits = fitting((row.task for row in self._database.rows(names_like(globs))), globs) if globs else []
        return {row.run_id for query in runs_with({*tasks, *fits}) for row in self._database.rows(query)}

    def has_runs(self) -> bool:
        """Tell whether any run is recorded."""
        return bool(self._database.rows(select(RUNS.c.run_id).limit(1)))

    def open_runs(self) -> list[RunRecord]:
        """Return the runs that have not ended, as far as is recorded, without their plans; found by an index."""
        return [run_from(row) for row in self._database.rows(WITHOUT_PLANS.where(_IS_OPEN))]

    def lease(self, run_id: str) -> Lease | None:
        """Return who owns a run, or owned it last; None for a run that this schema's first version recorded."""
        with self._database.reading() as connection:
            return find_lease(connection, run_id)

    def run_totals(self, run_ids: Collection[str] | None = None) -> dict[str, RunTotals]:
        """Return what the tasks of each run add up to, by run id; of these runs alone, where they are given."""
        size = func.coalesce(func.sum(TASK_RUNS.c.size_bytes), 0)
        columns = (TASK_RUNS.c.run_id, TASK_RUNS.c.state, func.count(), size)
        query = select(*columns).group_by(*columns[:2])
        if run_ids is not None and len(run_ids) <= NAMES_AT_ONCE:  # past that, reading all of them is faster
            query = query.where(TASK_RUNS.c.run_id.in_(run_ids))
        by_run: dict[str, list[tuple[TaskState, int, int]]] = {}
        for row in self._database.rows(query):
            run_id, state, tasks, size_bytes = tuple(row)
            by_run.setdefault(run_id, []).append((TaskState(state), tasks, int(size_bytes)))
        return {
            run_id: RunTotals(
                tasks_by_state={state: tasks for state, tasks, _ in parts},
                size_bytes=sum(size_bytes for _, _, size_bytes in parts),
            )
            for run_id, parts in by_run.items()
        }

    def task_runs(self, run_id: str) -> list[TaskRunRecord]:
        """Return a run's task runs in the plan's order."""
        rows = self._database.rows(_of(TASK_RUNS, run_id, None).order_by(TASK_RUNS.c.position, TASK_RUNS.c.task))
        return [task_run_from(row) for row in rows]

    def newest_runs(self, most: int, tasks: Collection[str]) -> list[tuple[str, int]]:
        """Return the ids of the newest runs with any of these tasks, newest first, with their numbers of tasks."""
        return [(row.run_id, row.tasks) for row in self._database.rows(newest_runs(most, tasks))]

    def stored_task_runs(self, run_id: str, tasks: Collection[str]) -> list[TaskRunRecord]:
        """Return those of a run's task runs, of these tasks, that have a result of which enough is known."""
        return [task_run_from(row) for row in self._database.rows(stored_task_runs(run_id, tasks)) if row.task in tasks]

    def failed_task_runs(self, runs: Collection[str], tasks: Collection[str]) -> list[TaskRunRecord]:
        """Return those task runs of some runs, of these tasks, that have failed or run out of time."""
        query = select(TASK_RUNS).where(TASK_RUNS.c.run_id.in_(list(runs)), _HAS_FAILED)
        return [task_run_from(row) for row in self._database.rows(query) if row.task in tasks]

    def attempts(self, run_id: str, task: str | None = None) -> list[AttemptRecord]:
        """Return a run's attempts, or those of one task, in the order in which they started."""
        order = (ATTEMPTS.c.started_us, ATTEMPTS.c.task, ATTEMPTS.c.attempt)
        return [attempt_from(row) for row in self._database.rows(_of(ATTEMPTS, run_id, task).order_by(*order))]

    def results(self, run_id: str, task: str | None = None) -> list[ResultRecord]:
        """Return a run's results, or those of one task, by task, attempt and place in the stream."""
        order = (RESULTS.c.task, RESULTS.c.attempt, RESULTS.c.chunk, RESULTS.c.result_id)
        return [result_from(row) for row in self._database.rows(_of(RESULTS, run_id, task).order_by(*order))]

    def event_batches(self, run_id: str, after: tuple[int, int] = (0, 0), limit: int | None = None) -> list[EventBatch]:
        """Return in their order the batches that hold what a run said after that event, by its lease and number."""
        place = tuple_(EVENTS.c.lease, EVENTS.c.last)
        query = select(EVENTS).where(EVENTS.c.run_id == run_id, place > after).order_by(EVENTS.c.lease, EVENTS.c.last)
        return [event_batch_from(row) for row in self._database.rows(query.limit(limit))]

    def events_said(self, lease: Lease) -> int:
        """Return how many events of its run this owner has said."""
        query = select(func.max(EVENTS.c.last)).where(EVENTS.c.run_id == lease.run_id, EVENTS.c.lease == lease.token)
        return int(self._database.rows(query)[0][0] or 0)

    def source(self, source_id: str) -> str | None:
        """Return the text of that id; None where there is none."""
        rows = self._database.rows(_SOURCE, {"source_id": source_id})
        return str(rows[0].text) if rows else None

    def result_keys(self, run_id: str) -> set[tuple[str, str]]:
        """Return the tasks and ids of a run's results."""
        query = select(RESULTS.c.task, RESULTS.c.result_id).where(RESULTS.c.run_id == run_id)
        return {(row.task, row.result_id) for row in self._database.rows(query)}

    @property
    def database(self) -> Database:
        """Where it is kept: for those who keep tables of their own beside it."""
        return self._database

    def problems(self) -> list[str]:
        """Return what SQLite's quick check finds wrong with the file: nothing where it is sound."""
        return self._database.problems()

    @property
    def is_read_only(self) -> bool:
        """Whether its file may be read here, but not written."""
        return self._database.is_read_only

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


_IS_OPEN = RUNS.c.status == RunStatus.RUNNING.value
_HAS_FAILED = TASK_RUNS.c.state.in_([TaskState.FAILED.value, TaskState.TIMED_OUT.value])
_SOURCE = select(SOURCES.c.text).where(SOURCES.c.source_id == bindparam("source_id"))
_UNNAMED_SOURCES = delete(SOURCES).where(
    SOURCES.c.source_id.not_in(select(TASK_RUNS.c.source).where(TASK_RUNS.c.source.is_not(None)))
)


def _of(table: Table, run_id: str, task: str | None) -> Select[Any]:
    query = select(table).where(table.c.run_id == run_id)
    return query if task is None else query.where(table.c.task == task)
