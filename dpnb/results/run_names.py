"""What runs are called, and how long those of one pipeline took: what a list of runs shows beside its rows."""

from __future__ import annotations

from itertools import batched
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select

from dpnb.results.records import RunStatus
from dpnb.results.rows import without_surrogates
from dpnb.results.run_search import NAMES_AT_ONCE
from dpnb.results.tables import RUNS, TASK_RUNS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from typing import Any

    from sqlalchemy import Connection, Select

    from dpnb.results.ledger import RunLedger

MOST_TOLD = 5_000  # rows; of a pipeline that runs each minute these are three days


class Took(NamedTuple):
    """A run that succeeded, and the seconds that it took."""

    started_us: int
    run_id: str
    seconds: float


def last_tasks(ledger: RunLedger, run_ids: Collection[str] | None = None) -> dict[str, str]:
    """Return the last task in the plan of each run, by run id; of these runs alone, where they are given.

    That is what a schedule of the same plan is called, where nobody gives it another name.
    """
    is_last = TASK_RUNS.c.position == RUNS.c.tasks - 1
    query = select(TASK_RUNS.c.run_id, TASK_RUNS.c.task).join(RUNS, (RUNS.c.run_id == TASK_RUNS.c.run_id) & is_last)
    found: dict[str, str] = {}
    for one in _asked(query, run_ids):
        found |= {row.run_id: row.task for row in ledger.database.rows(one)}
    return found


def _asked(query: Select[Any], run_ids: Collection[str] | None) -> Iterator[Select[Any]]:
    if run_ids is None:
        yield query
        return
    for names in batched(run_ids, NAMES_AT_ONCE):
        yield query.where(RUNS.c.run_id.in_(without_surrogates(names)))


def durations_by_dag(
    ledger: RunLedger, oldest_us: Mapping[str, int], until_us: int, earlier: int
) -> dict[str, list[Took]]:
    """Return how long runs of some DAGs took that succeeded; those of each, newest first.

    Parameters
    ----------
    oldest_us
        By DAG, the start from which on all are told, as far as `until_us`.
    earlier
        How many that began before that are told besides.
    """
    with ledger.database.reading() as connection:  # each by itself: one that is rare would have all the others read
        return {dag: _told(connection, dag, (begin, until_us), earlier) for dag, begin in oldest_us.items()}


def _told(connection: Connection, dag_id: str, between_us: tuple[int, int], earlier: int) -> list[Took]:
    begin_us, until_us = between_us
    query = (
        select(RUNS.c.started_us, RUNS.c.run_id, RUNS.c.finished_us)
        .where(RUNS.c.dag_id == dag_id, RUNS.c.started_us <= until_us)
        .where(RUNS.c.status == RunStatus.SUCCEEDED.value, RUNS.c.finished_us.is_not(None))
        .order_by(RUNS.c.started_us.desc(), RUNS.c.run_id.desc())
        .limit(MOST_TOLD)
    )
    found: list[Took] = []
    for row in connection.execute(query):
        found.append(Took(row.started_us, row.run_id, (row.finished_us - row.started_us) / 1e6))
        earlier -= row.started_us < begin_us
        if earlier <= 0 and row.started_us < begin_us:
            break
    return found
