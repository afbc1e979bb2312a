"""One run: what its panel shows, of one that goes and of one that has ended, and what is known of the run itself."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dpnb.notebook.panel.board import Board, palette
from dpnb.notebook.panel.details import details_of
from dpnb.notebook.panel.picture import LivePicture, picture_of
from dpnb.orchestrator import get_run
from dpnb.pages.listing import rows_of
from dpnb.results.short_text import short_repr
from dpnb.run_events import EventReader, RunSnapshot, apply

if TYPE_CHECKING:
    from dpnb.orchestrator import Run
    from dpnb.results import RunRecord
    from dpnb.workspace import Workspace

_REMEMBERED = 16
"""Runs of which something is kept while they are looked at: pictures, and how those that go stand."""


@dataclass(slots=True)
class _Seen:
    """What is kept of a run, so that looking at it again costs what is new."""

    reader: EventReader
    picture: LivePicture | None = None
    snapshot: RunSnapshot = field(default_factory=RunSnapshot)
    lock: threading.Lock = field(default_factory=threading.Lock)


class RunPanels:
    """The panels of a workspace's runs."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._seen: OrderedDict[str, _Seen] = OrderedDict()
        self._lock = threading.Lock()

    def panel(self, run_id: str) -> dict[str, Any]:
        """Return what a panel needs once: names, picture, arrows, looks. Raises `RunNotFoundError`."""
        run = get_run(run_id, self._workspace)
        seen = self._kept(run)
        with seen.lock:
            picture = seen.picture = seen.picture or picture_of(run.outline)
        return {
            "run_id": run.run_id,
            "names": list(run),
            "palette": palette(),
            "picture": picture.svg,
            "edges": picture.edges,
        }

    def moment(self, run_id: str, task: str | None = None) -> dict[str, Any]:
        """Return how a run stands now, and the details of `task`. Raises `RunNotFoundError`, `UnknownTaskError`."""
        run = get_run(run_id, self._workspace)
        snapshot = self._snapshot(run)
        board = Board(names=list(run), snapshot=snapshot)
        left = None if snapshot.is_over else run.eta
        return {
            "states": board.letters(),
            "moment": board.moment(time.time_ns() // 1000),
            "bars": board.bars(),
            "forecast": {"left_s": None if left is None else left.total_seconds(), "critical": board.critical_path()},
            "details": details_of(run, task).to_plain() if task is not None else {},
        }

    def facts(self, run_id: str) -> dict[str, Any]:
        """Return what is known of a run beside its tasks. Raises `RunNotFoundError`."""
        run = get_run(run_id, self._workspace)
        status, record = run.status, run.record
        (row,) = rows_of(self._workspace, [record])
        return {
            **row,
            "status": status.value,
            "parameters": [[name, short_repr(value)] for name, value in record.params.items()],
            "metadata": [[name, short_repr(value)] for name, value in record.metadata.items()],
            "workers": record.workers,
            "missing": run.missing,
            "dag_id": record.dag_id,
            "finished_us": record.finished_us,
            "before": self._before(record),
        }

    def _before(self, record: RunRecord) -> str:
        """Return the id of the run that this one is best compared with; empty where there is none.

        It is the one that it repeats, else the last one of its pipeline before it.
        """
        ledger = self._workspace.ledger
        if record.rerun_of and ledger.run(record.rerun_of) is not None:
            return record.rerun_of
        place = (record.started_us, record.run_id)
        earlier = (
            one.run_id for one in ledger.runs() if one.dag_id == record.dag_id and (one.started_us, one.run_id) < place
        )
        return next(earlier, "")

    def _snapshot(self, run: Run) -> RunSnapshot:
        is_going = run.is_running  # asked before its events are read: they are all, where it has ended
        seen = self._kept(run)
        with seen.lock:
            seen.snapshot = _read_on(seen)
            if is_going or seen.snapshot.is_over:
                return seen.snapshot
        return run.snapshot()  # its end was not said: it was cut off, or an earlier dpnb recorded it

    def _kept(self, run: Run) -> _Seen:
        with self._lock:
            if run.run_id not in self._seen:
                self._seen[run.run_id] = _Seen(EventReader(self._workspace.ledger, run.run_id))
                if len(self._seen) > _REMEMBERED:
                    self._seen.popitem(last=False)
            self._seen.move_to_end(run.run_id)
            return self._seen[run.run_id]


def _read_on(seen: _Seen) -> RunSnapshot:
    snapshot = seen.snapshot
    while True:
        for event in seen.reader.read():
            snapshot = apply(snapshot, event)
        if not seen.reader.has_more:
            return snapshot
