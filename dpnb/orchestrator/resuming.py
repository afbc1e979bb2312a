"""Resumes runs: takes the lease, fits the stored plan to the registry, and has a driver carry on."""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from dpnb.errors import LedgerReadOnlyError, RunGoingError
from dpnb.orchestrator.context import ExecutionContext
from dpnb.orchestrator.edits_meanwhile import look_at_tasks
from dpnb.orchestrator.functions import Functions
from dpnb.orchestrator.launching import driver_of, launch, make_driver
from dpnb.orchestrator.resumption import take_over
from dpnb.orchestrator.reuse import Reuse
from dpnb.orchestrator.run import Run
from dpnb.orchestrator.task_changes import TaskChanges
from dpnb.orchestrator.track import told_of
from dpnb.orchestrator.transport import pack_params
from dpnb.planner.restore import restore_plan
from dpnb.planner.task_identity import TaskIdentifier
from dpnb.results.crash_points import reach
from dpnb.results.history import history_unless_told
from dpnb.results.leases import Tenure, now_us
from dpnb.results.precedents import Precedents
from dpnb.results.processes import process_started, this_machine
from dpnb.results.reconcile import close_interrupted
from dpnb.results.records import RunStatus
from dpnb.results.told import run_resumed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dpnb.orchestrator.edits_meanwhile import Looked
    from dpnb.orchestrator.ports import Executor
    from dpnb.orchestrator.track import TaskTrack
    from dpnb.planner import ExecutionPlan
    from dpnb.registry import TaskRegistry
    from dpnb.results import ResultRecord, RunRecord, TaskRunRecord
    from dpnb.results.told import Told
    from dpnb.workspace import Workspace


def resume_run(run_id: str, workspace: Workspace, executor: Executor, registry: TaskRegistry | None) -> Run:
    """Carry a run on that nobody drives; see `Run.resume`."""
    run = Run(run_id, workspace)
    if workspace.ledger.is_read_only:
        raise LedgerReadOnlyError(str(workspace.home))
    workspace.check_broker()
    if driver_of(run_id, workspace) is not None:
        raise RunGoingError(run_id, pid=os.getpid(), machine=this_machine())
    tenure = Tenure(workspace.ledger, workspace.ledger.take(run_id))
    reach("resume.taken")
    try:
        close_interrupted(workspace.ledger, workspace.io_manager, tenure.lease)
        plan = restore_plan(run.outline, registry if registry is not None else workspace.registry)
        return _Resumption(run, plan, tenure, executor).start()
    except BaseException:
        tenure.release()
        raise


class _Resumption:
    """One run on its way from its last owner to a driver here."""

    def __init__(self, run: Run, plan: ExecutionPlan, tenure: Tenure, executor: Executor) -> None:
        self._executor = executor
        self._run = run
        self._plan = plan
        self._tenure = tenure
        self._workspace: Workspace = run.workspace
        self._identifier = TaskIdentifier(plan.params)
        self._functions = Functions(plan, is_inline=executor.is_inline)
        if not executor.is_inline:
            pack_params(plan.params)

    def start(self) -> Run:
        """Take over what still counts, say so in the ledger, and start the rest."""
        executor = self._executor
        run_id, ledger, store = self._run.run_id, self._workspace.ledger, self._workspace.io_manager
        record = self._run.record
        store.tidy(run_id=run_id)
        rows = {row.task: row for row in ledger.task_runs(run_id)}
        changes = TaskChanges(self._run.outline_tasks, self._identifier, ledger)
        earlier = take_over(run_id, self._plan, rows, self._stored(rows), store, changes.describe)
        if earlier.is_complete and record.status is RunStatus.SUCCEEDED:
            self._tenure.release()
            return self._run
        # The plan with its tasks' code as it is now: what still counts has that code, the rest is going to run with it.
        record = replace(
            _going(record, executor.capacity),
            **self._workspace.who._asdict(),
            plan=self._plan.to_json(),
            tags=self._plan.tags,
        )
        reach("resume.decided")
        ledger.forget_results(earlier.lost, self._tenure.lease)
        again = [track for track in earlier.tracks.values() if track.kept is None]
        events = [*history_unless_told(ledger, self._run.record), *_going_on(record, again, rows)]
        self._tenure.record([record, *(track.row() for track in again), self._tenure.batch(events)])
        reach("resume.recorded")
        looked = look_at_tasks(self._plan.dag.nodes, self._identifier, is_inline=executor.is_inline)
        context = self._context(record, looked)
        ledger.add_sources(self._identifier.sources, self._tenure.lease)
        if self._plan.reuse is not None:
            earlier = replace(earlier, reuse=Reuse(context, self._plan.reuse, ledger))
        driver = make_driver(context, self._functions, executor, self._tenure, record, earlier)
        return launch(driver, executor, run_id, self._workspace)

    def _stored(self, rows: Mapping[str, TaskRunRecord]) -> dict[str, list[ResultRecord]]:
        """Return the results that count of each task, a stream's chunks in their order."""
        stored: dict[str, list[ResultRecord]] = defaultdict(list)
        for result in self._workspace.ledger.results(self._run.run_id):
            stored[result.task].append(result)
        return {task: rows[task].counted(results) for task, results in stored.items()}

    def _context(self, record: RunRecord, looked: Looked) -> ExecutionContext:
        return ExecutionContext(
            run_id=record.run_id,
            execution_plan=self._plan,
            io_manager=self._workspace.io_manager,
            logs=self._workspace.logs,
            params=self._plan.params,
            metadata=record.metadata,
            durations=self._workspace.durations_s(self._plan.execution_order, self._plan.dag_id),
            precedents=Precedents(self._workspace.ledger, self._plan.execution_order),
            identities=looked.identities,
            modules=looked.modules,
            lease=self._tenure.lease.token,
        )


def _going_on(record: RunRecord, again: Sequence[TaskTrack], rows: Mapping[str, TaskRunRecord]) -> list[Told]:
    """Return what the run says when it goes on, and of the tasks that wait again."""
    time_us = now_us()
    waiting = [replace(track, reason=track.again) for track in again if _has_ended(rows.get(track.task))]
    return [run_resumed(record, time_us), *(told_of(track, time_us) for track in waiting)]


def _has_ended(row: TaskRunRecord | None) -> bool:
    return row is not None and row.state.is_terminal


def _going(record: RunRecord, capacity: int) -> RunRecord:
    pid = os.getpid()
    return replace(
        record,
        status=RunStatus.RUNNING,
        finished_us=None,
        reason="",
        workers=capacity,
        pid=pid,
        pid_started=process_started(pid),
    )
