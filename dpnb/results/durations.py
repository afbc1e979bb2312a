"""How long tasks took in earlier runs: what a plan's duration, a run's rest and the choice of the next task go by.

A task is known by its name; what counts is its last attempt in the last runs that have ended and in which it
succeeded, the median of five at most. Runs of the same DAG are asked before others. The larger a plan, the fewer runs
are read, so that it is known in a few milliseconds: the mistakes of many tasks even out where those of a few would not.
"""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from dpnb.results.records import TaskState
from dpnb.results.tables import RUNS, TASK_RUNS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlalchemy import Select

_MOST_RUNS = 10
_MOST_SAMPLES = 5
_MOST_ROWS = 5_000  # some 4 ms
_MOST_NAMES = 50  # more are sooner found among all tasks of a run than looked up one by one


def recent_runs(dag_id: str) -> Select[tuple[str, int]]:
    """Ask for the runs that may tell, with their numbers of tasks, best first."""
    is_other = RUNS.c.dag_id != dag_id
    query = select(RUNS.c.run_id, RUNS.c.tasks).where(RUNS.c.finished_us.is_not(None))
    return query.order_by(is_other, RUNS.c.started_us.desc()).limit(_MOST_RUNS)


class DurationSamples:
    """Seconds that tasks took, gathered run by run, the best run first."""

    def __init__(self, tasks: Collection[str]) -> None:
        self._tasks = tasks
        self._is_few = len(tasks) <= _MOST_NAMES
        self._runs: list[dict[str, float]] = []
        self._rows = 0

    def wants(self, tasks_of_run: int) -> bool:
        """Tell whether a run of so many tasks is still worth reading; the first one is, however large."""
        self._rows += len(self._tasks) if self._is_few else tasks_of_run
        complete = sum(len(run) >= len(self._tasks) for run in self._runs)
        return not self._runs or (self._rows <= _MOST_ROWS and complete < _MOST_SAMPLES)

    def query(self, run_id: str) -> Select[tuple[str, float]]:
        """Ask a run for what has succeeded in it."""
        query = select(TASK_RUNS.c.task, TASK_RUNS.c.duration_s).where(
            TASK_RUNS.c.run_id == run_id,
            TASK_RUNS.c.state == TaskState.SUCCEEDED.value,
            TASK_RUNS.c.duration_s.is_not(None),
        )
        return query.where(TASK_RUNS.c.task.in_(list(self._tasks))) if self._is_few else query

    def add(self, rows: Iterable[Any]) -> None:
        """Take in what a run has answered: tasks and seconds."""
        if known := dict(rows):
            self._runs.append(known)

    def medians_s(self) -> dict[str, float]:
        """Return the median of each task that is known."""
        if len(self._runs) == 1:
            only = self._runs[0]
            return {task: only[task] for task in self._tasks if task in only}
        samples = {task: [run[task] for run in self._runs if task in run] for task in self._tasks}
        return {task: median(seconds[:_MOST_SAMPLES]) for task, seconds in samples.items() if seconds}
