"""How many runs, task runs and fires a ledger has, by state, and how long they took: what a monitor asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, func, select

from dpnb.results.schedule_tables import FIRES
from dpnb.results.tables import EVENTS, RESULTS, RUNS, TASK_RUNS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import ColumnElement, Select

    from dpnb.results.ledger import RunLedger


@dataclass(frozen=True, slots=True, kw_only=True)
class Durations:
    """How many took at most so many seconds, bound by bound, each alone; those past the last bound come last."""

    counts: tuple[int, ...]
    total_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Tallies:
    """Counts over a whole ledger."""

    runs: Mapping[str, int]  # by status
    task_runs: Mapping[str, int]  # by state
    result_bytes: int
    events: int  # that runs have said
    fires: Mapping[str, int]  # of schedules, by state
    run_durations: Durations  # of the runs that have ended
    task_durations: Durations  # of the last attempts of the tasks that ran


def tally(ledger: RunLedger, bounds_s: Sequence[float]) -> Tallies:
    """Count in the database, in one pass over each table."""
    run_s = (RUNS.c.finished_us - RUNS.c.started_us) / 1e6
    runs = _Grouped(ledger, RUNS.c.status, run_s, bounds_s)
    tasks = _Grouped(ledger, TASK_RUNS.c.state, TASK_RUNS.c.duration_s, bounds_s)
    return Tallies(
        runs=runs.by_state,
        task_runs=tasks.by_state,
        result_bytes=_sum(ledger, RESULTS.c.size_bytes),
        events=_sum(ledger, EVENTS.c.count),
        fires=_counted(ledger, FIRES.c.state),
        run_durations=runs.durations,
        task_durations=tasks.durations,
    )


def _sum(ledger: RunLedger, column: ColumnElement[Any]) -> int:
    return int(ledger.database.rows(select(func.coalesce(func.sum(column), 0)))[0][0])


def _counted(ledger: RunLedger, state: ColumnElement[Any]) -> dict[str, int]:
    rows: Sequence[Any] = ledger.database.rows(select(state, func.count()).group_by(state))
    return {str(row[0]): int(row[1]) for row in rows}


class _Grouped:
    """Rows of one table by state and by the first bound that their seconds do not pass."""

    def __init__(
        self, ledger: RunLedger, state: ColumnElement[Any], seconds: ColumnElement[Any], bounds_s: Sequence[float]
    ) -> None:
        self.by_state: dict[str, int] = {}
        counts, self._total_s = [0] * (len(bounds_s) + 1), 0.0
        for row in ledger.database.rows(_query(state, seconds, bounds_s)):
            name, place, rows, total_s = tuple(row)
            self.by_state[name] = self.by_state.get(name, 0) + rows
            if place is not None:
                counts[place] += rows
                self._total_s += float(total_s)
        self.durations = Durations(counts=tuple(counts), total_s=self._total_s)


def _query(state: ColumnElement[Any], seconds: ColumnElement[Any], bounds_s: Sequence[float]) -> Select[Any]:
    within = [(seconds <= bound, place) for place, bound in enumerate(bounds_s)]
    place = case((seconds.is_(None), None), *within, else_=len(bounds_s))
    return select(state, place, func.count(), func.sum(seconds)).group_by(state, place)
