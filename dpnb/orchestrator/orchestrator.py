"""Starts runs: fixes what a run depends on, then lets a driver carry it through.

What drives runs, and what records them, loads when the first one starts: by then the fork server, which an orchestrator
starts as it is made, is loading pandas on another processor.
"""

from __future__ import annotations

import os
import re
import secrets
import time
import warnings
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from dpnb.errors import LedgerReadOnlyError, OutdatedPlanWarning, RunExistsError
from dpnb.orchestrator.adapters.chosen import chosen_executor
from dpnb.orchestrator.collector import patient_collector
from dpnb.orchestrator.context import ExecutionContext
from dpnb.orchestrator.transport import pack_params
from dpnb.results.processes import process_started
from dpnb.results.records import RunRecord, RunStatus
from dpnb.workspace import get_workspace

if TYPE_CHECKING:
    import concurrent.futures
    from collections.abc import Iterable, Mapping

    from dpnb.orchestrator.edits_meanwhile import Looked
    from dpnb.orchestrator.ports import Executor
    from dpnb.orchestrator.run import Run
    from dpnb.planner import ExecutionPlan
    from dpnb.planner.reuse import UntrackedMode
    from dpnb.registry import TaskRegistry
    from dpnb.results.fire_claims import FireClaim
    from dpnb.workspace import Workspace

_RUN_ID = re.compile(r"[^\x00-\x1f\x7f]{1,200}")


class Orchestrator:
    """Runs plans, several at once if asked to.

    Parameters
    ----------
    workers
        How many tasks run at once; as many as this process may use processors where it is None.
    executor
        Where they run, in place of worker processes of the run's own: `InlineExecutor()` to debug in this process,
        `DaskExecutor(client)` on a cluster, a `ProcessPool` that runs share, or any `concurrent.futures.Executor`. What
        it promises is in its `guarantees`. Where neither this nor `workers` is given: what the workspace's settings
        name, else worker processes.
    workspace
        Where results, logs and the ledger are kept; the default workspace where it is None.

    Examples
    --------
    >>> from dpnb import Orchestrator, Workspace, get_planner, task
    >>> import tempfile
    >>> @task
    ... def answer() -> int:
    ...     return 42
    >>> plan = get_planner().create_execution_plan(targets=["answer"])
    >>> run = Orchestrator(workers=1, workspace=Workspace(tempfile.mkdtemp())).start_pipeline(plan)
    >>> run.wait()["answer"]
    42
    """

    def __init__(
        self,
        workers: int | None = None,
        executor: Executor | concurrent.futures.Executor | None = None,
        workspace: Workspace | None = None,
    ) -> None:
        if workers is not None and workers < 1:
            raise ValueError(f"workers must be at least 1, not {workers}")
        if workers is not None and executor is not None:
            raise ValueError("give workers or an executor, not both: an executor knows its own capacity")
        self._workspace = workspace
        named = self._named_executor() if workers is None and executor is None else None
        self._executor: Executor = named or chosen_executor(executor, workers)

    def _named_executor(self) -> Executor | None:
        named = self.workspace.settings.executor
        if not named:
            return None
        from dpnb.orchestrator.executor_urls import open_executor

        return open_executor(str(named.url), named.plain_options)

    @property
    def workspace(self) -> Workspace:
        """Where this orchestrator's runs are kept."""
        return self._workspace or get_workspace()

    @property
    def executor(self) -> Executor:
        """Where this orchestrator's tasks run; its `guarantees` say what that promises."""
        return self._executor

    def start_pipeline(
        self,
        plan: ExecutionPlan,
        params: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
        run_id: str | None = None,
        rerun_of: str = "",
        claim: FireClaim | None = None,
    ) -> Run:
        """Start a run of `plan` and return at once (with `InlineExecutor`: when it has ended).

        Parameters
        ----------
        plan
            What to run. The code of its tasks is taken as it is now: a cell that is run again while the run goes on
            changes nothing in it. Tasks that were re-defined since the plan was made run as it shows them, and an
            `OutdatedPlanWarning` says so. Only a task whose stored result is to be reused, and turns out to be gone or
            to be given something else, is taken as it is then, and recorded so.
        params
            Values of run parameters; they override those that the plan was made with.
        metadata
            Anything to remember of the run, kept in the ledger.
        run_id
            The run's name; made up from date and time where it is None.
        rerun_of
            The id of the run that this one repeats, if it does; see `rerun`.
        claim
            The fire of a schedule that becomes this run, if nobody was faster.

        Raises
        ------
        PlanError
            A parameter that no task of the plan takes, or a value of the wrong type.
        TransportError
            Something that a task needs cannot be sent to a worker. `InlineExecutor` sends nothing.
        RunExistsError
            The run id is taken.
        FireTakenError
            The claim is void; nothing was started.
        LedgerReadOnlyError
            The workspace may only be read.
        BrokerUnavailableError
            There is no such kind of broker as was chosen, or its client library is missing. One that does not answer is
            no reason.
        """
        _warn_of_changes(plan)
        return self._start(
            plan.with_params(params or {}), metadata=metadata or {}, run_id=run_id, rerun_of=rerun_of, claim=claim
        )

    def rerun(
        self,
        run: Run | str,
        tasks: str | Iterable[str] = "stale",
        *,
        downstream: bool = True,
        params: Mapping[str, Any] | None = None,
        untracked: UntrackedMode = "strict",
        registry: TaskRegistry | None = None,
    ) -> Run:
        """Run the same again as a new run; `run` is a run, or its id.

        See `Run.rerun`, which does the same, for what runs and what is reused, and for what is raised.
        """
        from dpnb.orchestrator.rerunning import RerunPlanner

        before = get_run(run, self.workspace) if isinstance(run, str) else run
        plan = RerunPlanner(before, registry).plan(tasks, params, downstream=downstream, untracked=untracked)
        return self._start(plan, rerun_of=before.run_id)

    def _start(
        self,
        plan: ExecutionPlan,
        *,
        metadata: Mapping[str, Any] | None = None,
        run_id: str | None = None,
        rerun_of: str = "",
        claim: FireClaim | None = None,
    ) -> Run:
        from dpnb.orchestrator.edits_meanwhile import look_at_tasks
        from dpnb.orchestrator.first_claim import first_claim
        from dpnb.orchestrator.functions import Functions
        from dpnb.orchestrator.launching import launch, make_driver
        from dpnb.orchestrator.resumption import Earlier
        from dpnb.orchestrator.reuse import Reuse, expected_to_be_reused
        from dpnb.planner.task_identity import TaskIdentifier
        from dpnb.results.leases import Tenure

        workspace = self.workspace
        if workspace.ledger.is_read_only:
            raise LedgerReadOnlyError(str(workspace.home))
        workspace.check_broker()
        run_id = _check_run_id(run_id, workspace) if run_id is not None else new_run_id()
        identifier = TaskIdentifier(plan.params)
        looked = look_at_tasks(plan.dag.nodes, identifier, is_inline=self._executor.is_inline)
        context = _context(run_id, plan, metadata or {}, workspace, looked)
        if not self._executor.is_inline:
            _warn_of_wide_tasks(plan, self._executor.capacity)
            pack_params(plan.params)
        with patient_collector:
            later = expected_to_be_reused(plan, context.identities)
            functions = Functions(plan, later, is_inline=self._executor.is_inline)
            record = replace(_record(context, self._executor), rerun_of=rerun_of, **workspace.who._asdict())
            claim = claim or first_claim.take(workspace.home)
            tenure = Tenure(workspace.ledger, workspace.ledger.begin(record, identifier.sources, claim))
            earlier = Earlier(reuse=Reuse(context, plan.reuse, workspace.ledger)) if plan.reuse is not None else None
            driver = make_driver(context, functions, self._executor, tenure, record, earlier)
            return launch(driver, self._executor, run_id, workspace)

    def expected_duration(self, plan: ExecutionPlan) -> timedelta | None:
        """Return how long a run would take here, by what its tasks took before; None where nothing is known of them.

        The run is played through with this orchestrator's workers; a task that has never run counts as the mean of the
        others.
        """
        from dpnb.orchestrator.simulator import simulate
        from dpnb.orchestrator.task_facts import TaskFacts

        known = self.workspace.durations_s(plan.execution_order, plan.dag_id)
        if not known:
            return None
        tasks = [TaskFacts.of(plan.dag.nodes[name], plan.groups) for name in plan.execution_order]
        return timedelta(seconds=simulate(tasks, known, workers=self._executor.capacity).makespan_s)

    def resume(self, run_id: str, registry: TaskRegistry | None = None) -> Run:
        """Go on with a run of this or an earlier process that was interrupted, failed or cancelled.

        See `Run.resume`, which does the same, for what runs again, and for what is raised.
        """
        from dpnb.orchestrator.resuming import resume_run

        return resume_run(run_id, self.workspace, self._executor, registry)


def get_run(run_id: str = "latest", workspace: Workspace | None = None) -> Run:
    """Return a run of this or an earlier process; ``"latest"`` is the one that was started last.

    Raises
    ------
    RunNotFoundError
        The workspace has no such run.
    """
    from dpnb.orchestrator.launching import driver_of
    from dpnb.orchestrator.run import Run
    from dpnb.results.run_filter import RunFilter

    workspace = workspace or get_workspace()
    if run_id == "latest" and workspace.ledger.run(run_id) is None:
        newest = next(iter(workspace.ledger.runs(RunFilter(limit=1))), None)
        run_id = newest.run_id if newest is not None else run_id
    return Run(run_id, workspace, driver=driver_of(run_id, workspace))


def _context(
    run_id: str,
    plan: ExecutionPlan,
    metadata: Mapping[str, Any],
    workspace: Workspace,
    looked: Looked,
) -> ExecutionContext:
    from dpnb.orchestrator.reuse import rows_of_one_run
    from dpnb.results.precedents import Precedents

    return ExecutionContext(
        run_id=run_id,
        execution_plan=plan,
        io_manager=workspace.io_manager,
        logs=workspace.logs,
        params=plan.params,
        metadata=dict(metadata),
        durations=workspace.durations_s(plan.execution_order, plan.dag_id),
        precedents=Precedents(workspace.ledger, plan.dag.nodes, known=rows_of_one_run(plan)),
        identities=looked.identities,
        modules=looked.modules,
    )


def _warn_of_changes(plan: ExecutionPlan) -> None:
    from dpnb.planner.outdated import call_for, changed_tasks

    changes = list(changed_tasks(plan).values())
    if changes:
        more = f"; {len(changes) - 1} more, see plan.outdated" if len(changes) > 1 else ""
        warnings.warn(
            f"The plan is outdated: {changes[0]}{more}. The run takes the tasks as the plan shows them. "
            f"Make it again with {call_for(plan)}.",
            OutdatedPlanWarning,
            stacklevel=3,
        )


def _warn_of_wide_tasks(plan: ExecutionPlan, capacity: int) -> None:
    wide = [
        f"{name!r} ({node.task.cpus:g})" for name, node in plan.dag.nodes.items() if (node.task.cpus or 0) > capacity
    ]
    if wide:
        subject = f"Task {wide[0]} asks" if len(wide) == 1 else f"Tasks {', '.join(wide)} ask"
        places = "there is 1 worker" if capacity == 1 else f"there are {capacity} workers"
        warnings.warn(f"{subject} for more cpus than {places}: nothing else runs beside it.", stacklevel=3)


def _check_run_id(run_id: str, workspace: Workspace) -> str:
    if not _RUN_ID.fullmatch(run_id):
        raise ValueError(f"run_id must be 1 to 200 printable characters, not {run_id!r}")
    if workspace.ledger.run(run_id) is not None:
        raise RunExistsError(run_id)
    return run_id


def new_run_id() -> str:
    """Return an id made up from date and time, and unlike any other."""
    return f"run_{time.strftime('%Y%m%d_%H%M%S')}_{secrets.token_hex(3)}"


def _record(context: ExecutionContext, executor: Executor) -> RunRecord:
    from dpnb.results.leases import now_us

    plan = context.execution_plan
    return RunRecord(
        run_id=context.run_id,
        dag_id=plan.dag_id,
        status=RunStatus.RUNNING,
        started_us=now_us(),
        tasks=len(plan.dag.nodes),
        workers=executor.capacity,
        params=dict(context.params),
        metadata=dict(context.metadata),
        plan=plan.to_json(why_fresh=False),
        pid=os.getpid(),
        pid_started=process_started(os.getpid()),
        tags=plan.tags,
    )
