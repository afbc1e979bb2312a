"""The table of runs: those that fit, a page at a time, with all that a row shows."""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dpnb.pages.messages import MOST_ROWS
from dpnb.pages.pulse import runs_state
from dpnb.pages.run_query import RunQuery, folded
from dpnb.render.palette import STATES
from dpnb.results.reconcile import mark_interrupted
from dpnb.results.records import RunStatus
from dpnb.results.run_names import durations_by_dag, last_tasks
from dpnb.results.run_words import runs_saying
from dpnb.results.short_text import short_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from dpnb.pages.messages import RunsAsked
    from dpnb.results import RunRecord
    from dpnb.results.records import RunTotals
    from dpnb.results.run_names import Took
    from dpnb.workspace import Workspace

HISTORY = 16
"""How many durations of a pipeline are drawn beside a run, its own included."""
_MOST_TAGS = 40
_MOST_KEPT = 4
_SINCE_US = 10_000_000
_SHOWN_PARAMS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fitting:
    """The runs that fit a text, in any status, and what they add up to."""

    runs: Sequence[RunRecord]
    statuses: Mapping[str, int]
    tags: list[list[Any]]


class RunListing:
    """Lists a workspace's runs; what fitted a text is kept as long as no run changes.

    While a run goes only its row is read anew, so that a table of 10,000 runs stays true for little.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._kept: OrderedDict[object, _Fitting] = OrderedDict()
        self._lock = threading.Lock()

    def page(self, asked: RunsAsked) -> dict[str, Any]:
        """Return a page of the runs that fit, how many do, and how many there are in each status.

        Raises
        ------
        RunCriterionError
            A criterion in the text makes no sense.
        """
        query = RunQuery.of(asked.text)
        if not self._workspace.has_ledger:
            return {"runs": [], "total": 0, "all": 0, "offset": 0, "statuses": {}, "tags": []}
        fitting = self._fitting(asked.text, query)
        chosen = [run for run in fitting.runs if not asked.statuses or run.status in asked.statuses]
        limit = max(1, min(asked.limit, MOST_ROWS))
        offset = max(0, min(asked.offset, (len(chosen) - 1) // limit * limit))
        return {
            "runs": rows_of(self._workspace, chosen[offset : offset + limit]),
            "total": len(chosen),
            "all": len(fitting.runs),
            "offset": offset,
            "statuses": fitting.statuses,
            "tags": fitting.tags,
        }

    def _fitting(self, text: str, query: RunQuery) -> _Fitting:
        ledger = self._workspace.ledger
        interrupted = mark_interrupted(ledger, self._workspace.io_manager)
        since = query.where.since_us // _SINCE_US if query.where.since_us is not None else None  # "7d" moves on
        key = text, since, tuple(interrupted), runs_state(ledger)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        found = self._find(query, interrupted)
        with self._lock:
            self._kept[key] = found
            if len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        return found

    def _find(self, query: RunQuery, interrupted: Collection[str]) -> _Fitting:
        ledger = self._workspace.ledger
        found = ledger.runs(query.where, interrupted)
        names = last_tasks(ledger) if query.words else {}
        saying = runs_saying(ledger, query.words, folded)
        runs = [run for run in found if query.admits(run, names.get(run.run_id, ""), saying)]
        return _Fitting(runs=runs, statuses=Counter(run.status.value for run in runs), tags=_tags(runs))


def rows_of(workspace: Workspace, runs: Sequence[RunRecord]) -> list[dict[str, Any]]:
    """Return what the table shows of runs."""
    ledger, ids = workspace.ledger, [run.run_id for run in runs]
    totals, names = ledger.run_totals(ids), last_tasks(ledger, ids)
    until_us = max((run.started_us for run in runs), default=0)
    oldest_us = {run.dag_id: run.started_us for run in sorted(runs, key=_start, reverse=True)}
    took = durations_by_dag(ledger, oldest_us, until_us, HISTORY)
    return [_row(run, totals.get(run.run_id), names, took.get(run.dag_id, ())) for run in runs]


def _start(run: RunRecord) -> int:
    return run.started_us


def _row(run: RunRecord, totals: RunTotals | None, names: Mapping[str, str], took: Sequence[Took]) -> dict[str, Any]:
    counts = {} if totals is None else {state.value: count for state, count in totals.tasks_by_state.items()}
    return {
        "run_id": run.run_id,
        "name": names.get(run.run_id, ""),
        "status": run.status.value,
        "reason": run.reason,
        "started_us": run.started_us,
        "duration_s": duration_s(run),
        "history": _history(run, took),
        "tags": list(run.tags or ()),
        "tasks": run.tasks,
        "counts": [[state, counts[state]] for state in STATES if state in counts],
        "params": params_text(run.params),
        "note": run.note,
        "pinned": run.pinned,
        "rerun_of": run.rerun_of,
        "user": run.user,
        "host": run.host,
    }


def duration_s(run: RunRecord) -> float | None:
    """Return the seconds that a run took; None while it goes."""
    return None if run.finished_us is None else (run.finished_us - run.started_us) / 1e6


def params_text(params: Mapping[str, Any]) -> str:
    """Return run parameters on a line: the first ones, shortened."""
    shown = [f"{name}={short_text(repr(value))}" for name, value in list(params.items())[:_SHOWN_PARAMS]]
    return ", ".join([*shown, *(["…"] if len(params) > _SHOWN_PARAMS else [])])


def _history(run: RunRecord, took: Iterable[Took]) -> list[float]:
    """Return the seconds of the last runs of the same pipeline that succeeded, oldest first; its own comes last."""
    earlier = [one.seconds for one in took if (one.started_us, one.run_id) < (run.started_us, run.run_id)]
    own = duration_s(run)
    before = earlier[: HISTORY - 1][::-1]
    return [*before, own] if own is not None and run.status is not RunStatus.RUNNING else before


def _tags(runs: Iterable[RunRecord]) -> list[list[Any]]:
    counts = Counter(tag for run in runs for tag in run.tags or ())
    return [[tag, count] for tag, count in counts.most_common(_MOST_TAGS)]
