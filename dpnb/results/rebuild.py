"""Makes a ledger anew where its file is damaged: from what can still be read of it, and from the runs' folders.

A result's file tells its names, its facts and its digest. What only the ledger knew is lost with it: attempts, logs'
owners, parameters, plans. A run of which no row could be read has no plan, and so is browsed but not resumed.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

from dpnb.errors import LedgerInUseError, ResultError
from dpnb.results.inputs import digest_of_output
from dpnb.results.ledger import RunLedger
from dpnb.results.processes import processes_with_open
from dpnb.results.records import TAKEN_OVER, RunRecord, RunStatus, TaskRunRecord, TaskState
from dpnb.results.schedule_tables import METADATA

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Table

    from dpnb.results.ports import IOManager
    from dpnb.results.records import ResultRecord

_REASON = "rebuilt from the files in its folder"
_UNKNOWN_END = "rebuilt from its chunks; whether they are all is not known"


def rebuild_ledger(file: Path, store: IOManager) -> Path | None:
    """Put a new ledger in the place of `file`; return where that is kept, or None where there was none.

    Raises
    ------
    LedgerInUseError
        Another process has it open.
    """
    if pids := processes_with_open(file):
        raise LedgerInUseError(str(file), pids=pids)
    old = _set_aside(file)
    with RunLedger(file) as ledger:
        if old is not None:
            _salvage(old, file)
        for run_id in store.list_runs():
            _add_results(ledger, store, run_id)
    return old


def _set_aside(file: Path) -> Path | None:
    if not file.exists():
        return None
    number = 1
    while (aside := file.with_name(f"{file.stem}.damaged-{number}{file.suffix}")).exists():
        number += 1
    for suffix in ("-wal", "-shm", ""):  # what lies in the log belongs to the file
        with suppress(FileNotFoundError):
            file.with_name(file.name + suffix).rename(aside.with_name(aside.name + suffix))
    return aside


def _salvage(old: Path, file: Path) -> None:
    """Copy every row that can be read: from either end of each table up to the first damaged page."""
    with closing(sqlite3.connect(old)) as source, closing(sqlite3.connect(file)) as target:
        for table in METADATA.sorted_tables:
            columns = _columns(source, table)
            if columns:
                places = ", ".join("?" * len(columns))
                insert = f"INSERT OR REPLACE INTO {table.name} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608
                for direction in ("ASC", "DESC"):
                    target.executemany(insert, _readable(source, table, columns, direction))
        target.commit()


def _columns(source: sqlite3.Connection, table: Table) -> list[str]:
    try:
        present = {row[1] for row in source.execute(f"PRAGMA table_info({table.name})")}
    except sqlite3.DatabaseError:
        return []
    return [column.name for column in table.columns if column.name in present]


def _readable(
    source: sqlite3.Connection, table: Table, columns: list[str], direction: str
) -> Iterator[tuple[Any, ...]]:
    order = ", ".join(f"{column.name} {direction}" for column in table.primary_key)
    with suppress(sqlite3.DatabaseError):
        yield from source.execute(f"SELECT {', '.join(columns)} FROM {table.name} ORDER BY {order}")  # noqa: S608


def _add_results(ledger: RunLedger, store: IOManager, run_id: str) -> None:
    known = {(result.task, result.result_id) for result in ledger.results(run_id)}
    rows = {row.task: row for row in ledger.task_runs(run_id)}
    found = _described(store, run_id)
    if ledger.run(run_id) is None:
        ledger.record([_run(run_id, [result for results in found.values() for result in results])])
    for position, (task, results) in enumerate(found.items()):
        row = rows.get(task)
        if row is None:
            ledger.record([_task_run(position, results), *results])
        elif row.state.has_result:  # of any other row's files nobody knows that they count
            ledger.record([one for one in _counted(row, results) if (task, one.result_id) not in known])


def _counted(row: TaskRunRecord, results: list[ResultRecord]) -> list[ResultRecord]:
    """Return a task's results that count; of what was taken over from another run no file tells, but its digest does.

    What an attempt of this run had left besides is not told from it.
    """
    if row.state is not TaskState.REUSED:
        return row.counted(results)
    in_order = sorted(results, key=lambda one: one.chunk or 0)
    taken = [one._replace(attempt=TAKEN_OVER) for one in in_order]
    return taken if digest_of_output(taken) == row.output else []


def _described(store: IOManager, run_id: str) -> dict[str, list[ResultRecord]]:
    found: dict[str, list[ResultRecord]] = defaultdict(list)
    for task in store.list_tasks(run_id=run_id):
        for result_id in store.list_results(run_id=run_id, task_name=task):
            with suppress(ResultError):  # damaged as well: its task runs again
                found[task].append(store.describe(run_id=run_id, task_name=task, task_result_id=result_id))
    return found


def _run(run_id: str, results: list[ResultRecord]) -> RunRecord:
    saved_us = [result.saved_us for result in results] or [0]
    return RunRecord(
        run_id=run_id,
        dag_id="",
        status=RunStatus.INTERRUPTED,
        started_us=min(saved_us),
        finished_us=max(saved_us),
        tasks=len({result.task for result in results}),
        reason=_REASON,
    )


def _task_run(position: int, results: list[ResultRecord]) -> TaskRunRecord:
    attempt = max(result.attempt for result in results)
    last = [result for result in results if result.attempt == attempt]
    chunks = [result.chunk for result in last if result.chunk is not None]
    rows = [result.facts.rows for result in last if result.facts.rows is not None]
    return TaskRunRecord(
        run_id=last[0].run_id,
        task=last[0].task,
        position=position,
        state=TaskState.CANCELLED if chunks else TaskState.SUCCEEDED,
        attempts=attempt,
        finished_us=max(result.saved_us for result in last),
        rows=sum(rows) if rows else None,
        size_bytes=sum(result.size_bytes for result in last),
        chunks=len(chunks) or None,
        reason=_UNKNOWN_END if chunks else _REASON,
    )
