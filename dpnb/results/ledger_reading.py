"""What a ledger's database tells of runs: every question that is asked of it."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select, tuple_

from dpnb.results.durations import DurationSamples, recent_runs
from dpnb.results.leases import IS_NOT_LET_GO, find_lease, lease_from, leases_read
from dpnb.results.precedents import newest_runs, stored_task_runs
from dpnb.results.records import RunStatus, RunTotals, TaskState
from dpnb.results.rows import attempt_from, event_batch_from, result_from, run_from, task_run_from
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
from dpnb.results.tables import ATTEMPTS, EVENTS, RESULTS, RUNS, SOURCES, TASK_RUNS

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Select, Table

    from dpnb.results.database import Database
    from dpnb.results.leases import Lease
    from dpnb.results.records import AttemptRecord, EventBatch, ResultRecord, RunRecord, TaskRunRecord


class LedgerReading:
    """The reading side of `RunLedger`; each call is a transaction of its own."""

    _database: Database

    @property
    def database(self) -> Database:
        """Where it is kept: for those who keep tables of their own beside it."""
        return self._database

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
        return [run_from(row) for row in self._database.rows(WITHOUT_PLANS.where(IS_OPEN))]

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

    def task_runs(self, run_id: str, task: str | None = None) -> list[TaskRunRecord]:
        """Return a run's task runs, or that of one task, in the plan's order."""
        rows = self._database.rows(_of(TASK_RUNS, run_id, task).order_by(TASK_RUNS.c.position, TASK_RUNS.c.task))
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

    def problems(self) -> list[str]:
        """Return what SQLite's quick check finds wrong with the file: nothing where it is sound."""
        return self._database.problems()

    @property
    def is_read_only(self) -> bool:
        """Whether its file may be read here, but not written."""
        return self._database.is_read_only

    def durations_s(self, tasks: Collection[str], dag_id: str = "") -> dict[str, float]:
        """Return the seconds that tasks typically took in the last runs, of that DAG before others, where known."""
        samples = DurationSamples(tasks)
        for run in self._database.rows(recent_runs(dag_id)):
            if samples.wants(run.tasks):
                samples.add(self._database.rows(samples.query(run.run_id)))
        return samples.medians_s()

    def held_runs(self) -> set[str]:
        """Return the ids of the runs that a process owns now."""
        not_let_go = leases_read(self._database.engine).where(IS_NOT_LET_GO)
        return {lease.run_id for lease in map(lease_from, self._database.rows(not_let_go)) if lease.is_held}


IS_OPEN = RUNS.c.status == RunStatus.RUNNING.value
"""A run that has not ended, as far as is recorded."""

_HAS_FAILED = TASK_RUNS.c.state.in_([TaskState.FAILED.value, TaskState.TIMED_OUT.value])
_SOURCE = select(SOURCES.c.text).where(SOURCES.c.source_id == bindparam("source_id"))


def _of(table: Table, run_id: str, task: str | None) -> Select[Any]:
    query = select(table).where(table.c.run_id == run_id)
    return query if task is None else query.where(table.c.task == task)
