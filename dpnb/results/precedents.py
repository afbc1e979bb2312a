"""What earlier runs have stored of a plan's tasks: the results that may still stand.

Runs are read one by one, the newest first, and only as far as somebody asks: where nothing has changed, the newest
one answers for all tasks. How far back it goes is bounded, for a result that is found nowhere is asked for everywhere.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from sqlalchemy import exists, select

from dpnb.results.records import TaskState
from dpnb.results.tables import RUNS, TASK_RUNS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from sqlalchemy import Select

    from dpnb.results.ledger import RunLedger
    from dpnb.results.records import TaskRunRecord

MOST_RUNS = 100
_MOST_SEARCHED = 2_000
MOST_ROWS = 200_000  # about a second
_MOST_NAMES = 50  # more are sooner found among all tasks of a run than looked up one by one
_HAS_RESULT = TASK_RUNS.c.state.in_([TaskState.SUCCEEDED.value, TaskState.REUSED.value])


class Precedents:
    """The stored results of some tasks; what it has read once it keeps. Safe for many threads.

    Parameters
    ----------
    ledger
        Where runs are recorded.
    tasks
        The names of the tasks.
    known
        All that one run has stored of them, as a plan has read it a moment ago; that run is not read again.
    """

    def __init__(self, ledger: RunLedger, tasks: Collection[str], known: Sequence[TaskRunRecord] = ()) -> None:
        self._ledger = ledger
        self._tasks = frozenset(tasks)
        self._known = known
        self._found: dict[str, list[TaskRunRecord]] = {}
        self._lock = threading.Lock()
        self._rows = 0
        self._unread: list[tuple[str, int]] | None = None  # runs with their numbers of tasks, the newest last

    def of(self, task: str) -> Iterator[TaskRunRecord]:
        """Yield a task's stored results as rows of the ledger, the newest first."""
        position = 0
        while True:
            known = self._found.get(task, ())
            if position < len(known):
                yield known[position]
                position += 1
            elif not self._read_more(task, beyond=position):
                return

    def _read_more(self, task: str, *, beyond: int) -> bool:
        """Read another run, unless another thread has; tell whether there is more to see."""
        with self._lock:
            return len(self._found.get(task, ())) > beyond or self._read_another_run()

    def _read_another_run(self) -> bool:
        if self._unread is None:
            self._unread = self._ledger.newest_runs(MOST_RUNS, self._tasks)[::-1]
        if not self._unread or self._rows > MOST_ROWS:
            return False
        run_id, size = self._unread.pop()
        self._rows += size
        is_known = self._known and self._known[0].run_id == run_id
        for row in self._known if is_known else self._ledger.stored_task_runs(run_id, self._tasks):
            self._found.setdefault(row.task, []).append(row)
        return True


def newest_runs(most: int, tasks: Collection[str]) -> Select[tuple[str, int]]:
    """Ask for the newest runs that have any of these tasks, with their numbers of tasks.

    Others' runs in the same workspace may be many; among how many is looked is bounded. Of very many names some stand
    for all: who has one of them has the others.
    """
    newest = select(RUNS.c.run_id, RUNS.c.tasks, RUNS.c.started_us)
    newest = newest.order_by(RUNS.c.started_us.desc(), RUNS.c.run_id.desc()).limit(_MOST_SEARCHED)
    found = newest.subquery()
    has_any = exists().where(TASK_RUNS.c.run_id == found.c.run_id, TASK_RUNS.c.task.in_(sorted(tasks)[:_MOST_NAMES]))
    query = select(found.c.run_id, found.c.tasks).where(has_any)
    return query.order_by(found.c.started_us.desc(), found.c.run_id.desc()).limit(most)


def stored_task_runs(run_id: str, tasks: Collection[str]) -> Select[tuple[object, ...]]:
    """Ask for those of a run's tasks that have a result."""
    query = select(TASK_RUNS).where(TASK_RUNS.c.run_id == run_id, _HAS_RESULT, TASK_RUNS.c.output.is_not(None))
    return query.where(TASK_RUNS.c.task.in_(list(tasks))) if len(tasks) <= _MOST_NAMES else query
