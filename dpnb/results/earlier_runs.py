"""What planning asks of a ledger: what is stored of some tasks, the code of then, and what failed since."""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING

from dpnb.errors import LedgerError
from dpnb.results.precedents import Precedents

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from dpnb.results.ledger import RunLedger
    from dpnb.results.records import TaskRunRecord

_RECENT = 20  # runs among which failures are looked for


class RecordedRuns:
    """The earlier runs of some tasks, as a ledger has them.

    Parameters
    ----------
    ledger
        Where runs are recorded.
    tasks
        The names of the tasks.
    """

    def __init__(self, ledger: RunLedger, tasks: Collection[str]) -> None:
        self._ledger = ledger
        self._tasks = frozenset(tasks)
        self.of = Precedents(ledger, tasks).of

    def source(self, source_id: str, /) -> str | None:
        """Return a text by its id; None where it is gone, or cannot be read now."""
        with suppress(LedgerError):
            return self._ledger.source(source_id)
        return None

    def failure(self, task: str, /) -> TaskRunRecord | None:
        """Return how a task failed, if that was in a newer run than any that has stored its result."""
        failed = self._failures.get(task)
        if failed is None:
            return None
        stored = next(self.of(task), None)
        return failed if stored is None or self._age(failed.run_id) < self._age(stored.run_id) else None

    @cached_property
    def _failures(self) -> Mapping[str, TaskRunRecord]:
        with suppress(LedgerError):
            rows = self._ledger.failed_task_runs(self._runs, self._tasks)
            return {row.task: row for row in sorted(rows, key=lambda row: -self._age(row.run_id))}
        return {}

    @cached_property
    def _runs(self) -> list[str]:
        return [run_id for run_id, _ in self._ledger.newest_runs(_RECENT, self._tasks)]

    def _age(self, run_id: str) -> int:
        return self._runs.index(run_id) if run_id in self._runs else _RECENT
