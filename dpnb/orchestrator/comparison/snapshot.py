"""What the ledger tells of a run, read once, so that all aspects of a comparison are of the same moment."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dpnb.orchestrator.counted_results import counted_results
from dpnb.results.comparison.stored import StoredResult

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dpnb.orchestrator.run import Run
    from dpnb.planner import OutlineTask
    from dpnb.results import ResultRecord, RunRecord, RunStatus, TaskRunRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSnapshot:
    """A run at one moment; tasks are by name, in the plan's order, and so are the results of those that have one."""

    run: Run
    record: RunRecord
    status: RunStatus
    params: Mapping[str, Any]
    outlines: Mapping[str, OutlineTask]
    tasks: Mapping[str, TaskRunRecord]
    results: Mapping[str, StoredResult]

    @classmethod
    def of(cls, run: Run) -> RunSnapshot:
        """Read a run."""
        status = run.status
        record = run.record
        tasks = {task.task: task for task in run.task_records()}
        return cls(
            run=run,
            record=record,
            status=status,
            params=run.outline.params or record.params,
            outlines=run.outline_tasks,
            tasks=tasks,
            results=_results(run, tasks),
        )

    def source(self, task: str) -> str | None:
        """Return the text of a task's fingerprint; None where it is not known."""
        source_id = self.tasks[task].source
        return None if source_id is None else self.run.workspace.ledger.source(source_id)


def _results(run: Run, tasks: Mapping[str, TaskRunRecord]) -> dict[str, StoredResult]:
    by_task: defaultdict[str, list[ResultRecord]] = defaultdict(list)
    for stored in run.workspace.ledger.results(run.run_id):
        by_task[stored.task].append(stored)
    found = {}
    for name, task in tasks.items():
        counted = counted_results(task, by_task[name])
        is_stream = name in run.outline_tasks and run.outline_tasks[name].stream_output
        if counted and (is_stream or task.state.has_result):
            records = tuple(counted) if is_stream else (counted[-1],)
            found[name] = StoredResult(io_manager=run.workspace.io_manager, records=records, is_stream=is_stream)
    return found
