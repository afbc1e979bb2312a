"""Whether anything has changed that pages show: some sums over the ledger, asked for once a second and cheap.

Among 10,000 runs they take some milliseconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from dpnb.results.reconcile import mark_interrupted
from dpnb.results.records import RunStatus
from dpnb.results.schedule_tables import FIRES, SCHEDULERS, SCHEDULES
from dpnb.results.tables import EVENTS, RUNS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Select

    from dpnb.results import RunLedger
    from dpnb.workspace import Workspace

PULSE_S = 1.0
_BEATS_PER_LOOK = 5  # after so many it is looked whether processes that drive runs have died
_RUNS = select(func.count(), func.max(RUNS.c.started_us), func.max(RUNS.c.finished_us), func.count(RUNS.c.finished_us))
_SAID_OF = RUNS.c.run_id, RUNS.c.note, RUNS.c.pinned
_REMARKS = select(*_SAID_OF).where((RUNS.c.note != "") | (RUNS.c.pinned != 0)).order_by(RUNS.c.run_id)
_OPEN = select(RUNS.c.run_id).where(RUNS.c.status == RunStatus.RUNNING.value)
_SAID = (
    select(EVENTS.c.run_id, func.max(EVENTS.c.lease), func.count(), func.max(EVENTS.c.last))
    .where(EVENTS.c.run_id.in_(_OPEN))
    .group_by(EVENTS.c.run_id)
    .order_by(EVENTS.c.run_id)
)
_SCHEDULES = select(func.count(), func.sum(SCHEDULES.c.revision), func.max(SCHEDULES.c.created_us))
_FIRES = select(
    func.count(), func.max(FIRES.c.recorded_us), func.max(FIRES.c.started_us), func.max(FIRES.c.finished_us)
)
_SCHEDULERS = select(func.count()).select_from(SCHEDULERS)
_OF_RUNS: tuple[Select[*tuple[Any, ...]], ...] = (_RUNS, _REMARKS)
_OF_ALL: tuple[Select[*tuple[Any, ...]], ...] = (*_OF_RUNS, _SAID, _SCHEDULES, _FIRES, _SCHEDULERS)


def runs_state(ledger: RunLedger) -> str:
    """Return a text that stays the same as long as all rows of runs do; their tasks may change meanwhile."""
    return _told(ledger, _OF_RUNS)


def _told(ledger: RunLedger, queries: Iterable[Select[*tuple[Any, ...]]]) -> str:
    return repr([[tuple(row) for row in ledger.database.rows(query)] for query in queries])


class Pulse:
    """What a workspace's ledger adds up to; as long as `beat` returns the same, there is nothing new to show."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._beats = 0

    def beat(self) -> str:
        """Return the sums as one text. Raises `LedgerError`."""
        if not self._workspace.has_ledger:
            return ""
        ledger = self._workspace.ledger
        self._beats += 1
        if self._beats % _BEATS_PER_LOOK == 0:
            mark_interrupted(ledger, self._workspace.io_manager)
        return _told(ledger, _OF_ALL)
