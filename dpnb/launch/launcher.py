"""Runs pipelines and notebooks in one workspace, for whoever gives an order: a schedule's fire, a call."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from dpnb.errors import RunNotFoundError, UnreadyScheduleError
from dpnb.launch.own_loop import in_own_loop
from dpnb.orchestrator import Orchestrator, get_run
from dpnb.results import RunStatus
from dpnb.results.trust import Trust
from dpnb.scheduler import LaunchOutcome, NotebookTarget, PipelineTarget, TopicTarget

if TYPE_CHECKING:
    from dpnb.notebook.pipeline import NotebookOutcome
    from dpnb.notebook.preparation import NotebookRequest
    from dpnb.orchestrator import Run
    from dpnb.orchestrator.ports import Executor
    from dpnb.scheduler import LaunchOrder
    from dpnb.workspace import Workspace


class WorkspaceLauncher:
    """Launches into a workspace; see the port `dpnb.scheduler.Launcher`.

    Parameters
    ----------
    workspace
        Where runs are kept.
    executor
        Where the tasks of pipelines run, in place of worker processes.

    Examples
    --------
    >>> launcher = WorkspaceLauncher(workspace)  # doctest: +SKIP
    >>> outcome = await launcher.launch(pipeline_order(plan))  # doctest: +SKIP
    """

    def __init__(self, workspace: Workspace, executor: Executor | None = None) -> None:
        self._workspace, self._executor = workspace, executor
        self._orchestrators: dict[int | None, Orchestrator] = {}

    async def launch(self, order: LaunchOrder) -> LaunchOutcome:
        """Start a run, and return how it has ended; see the port."""
        match order.target:
            case PipelineTarget():
                return await self._run_pipeline(order)
            case NotebookTarget() as target:
                return await self._run_notebook(target, order)
            case TopicTarget():
                raise UnreadyScheduleError(
                    str(order.target), reason="an event is published, not launched", hint="use a publisher."
                )
            case _:
                assert_never(order.target)

    def outcome_of(self, run_id: str) -> LaunchOutcome | None:
        """Return how a run of any process has ended; None while it goes on."""
        try:
            run = get_run(run_id, self._workspace)
        except RunNotFoundError:
            return LaunchOutcome(succeeded=False, run_id=run_id, reason="the run has been deleted")
        return _outcome(run) if run.status.is_terminal else None

    async def start_pipeline(self, order: LaunchOrder) -> Run:
        """Start the run of a pipeline, and return it while it goes on. Raises as `Orchestrator.start_pipeline` does."""
        return await asyncio.to_thread(self._start, order)

    async def _run_pipeline(self, order: LaunchOrder) -> LaunchOutcome:
        starting = asyncio.ensure_future(asyncio.to_thread(self._start, order))
        try:
            run = await asyncio.shield(starting)
        except asyncio.CancelledError:
            await asyncio.to_thread((await starting).cancel().wait)
            raise
        try:
            await run
        except asyncio.CancelledError:
            await asyncio.to_thread(run.cancel().wait)
            raise
        return _outcome(run)

    def _start(self, order: LaunchOrder) -> Run:
        from dpnb.launch.packing import unpack_plan

        assert isinstance(order.target, PipelineTarget)  # noqa: S101 - of no other target is it asked
        name = str(order.metadata.get("schedule", order.target))
        Trust(str(self._workspace.base_path)).require_signed(order.packed, order.signature, f"the pipeline of {name!r}")
        plan = unpack_plan(order.target.plan, order.packed, self._workspace, name)
        return self._orchestrator(order.target.workers).start_pipeline(
            plan, params=order.params, metadata=order.metadata, claim=order.claim
        )

    def _orchestrator(self, workers: int | None) -> Orchestrator:
        if workers not in self._orchestrators:
            asked = {"workers": workers} if self._executor is None else {"executor": self._executor}
            self._orchestrators[workers] = Orchestrator(**asked, workspace=self._workspace)
        return self._orchestrators[workers]

    async def _run_notebook(self, target: NotebookTarget, order: LaunchOrder) -> LaunchOutcome:
        from dpnb.notebook.pipeline import run_notebook

        request = self._request(target, order)
        outcome = await in_own_loop(lambda: run_notebook(request, Unseen()), name=f"dpnb-{Path(target.path).stem}")
        return _notebook_outcome(outcome)

    def _request(self, target: NotebookTarget, order: LaunchOrder) -> NotebookRequest:
        from dpnb.notebook.headless import Limits
        from dpnb.notebook.preparation import NotebookRequest

        return NotebookRequest(
            path=Path(target.path),
            home=self._workspace.home,
            database=self._workspace.database,
            parameters={**target.params, **order.params},
            tags=target.tags,
            targets=target.targets,
            workers=target.workers,
            reuse=target.reuse,
            limits=Limits(notebook=target.timeout, cell=target.cell_timeout),
            claim="" if order.claim is None else order.claim.to_json(),
        )


class Unseen:
    """Listens to an execution that nobody watches."""

    def kernel_started(self, pid: int, cells: int) -> None:
        """Do nothing."""

    def cell_started(self, number: int) -> None:
        """Do nothing."""

    def cell_ended(self) -> None:
        """Do nothing."""


def _outcome(run: Run) -> LaunchOutcome:
    succeeded = run.status is RunStatus.SUCCEEDED
    reason = "" if succeeded else run.record.reason or f"the run was {run.status}"
    return LaunchOutcome(succeeded=succeeded, run_id=run.run_id, reason=reason)


def _notebook_outcome(outcome: NotebookOutcome) -> LaunchOutcome:
    run_ids = [outcome.run_id] if outcome.run_id is not None else []
    run_ids += [other.run_id for other in outcome.others if other.counts]
    ends = [_outcome(get_run(run_id, outcome.workspace)) for run_id in run_ids]
    failed = next((end for end in ends if not end.succeeded), None)
    if outcome.error is not None:
        reason = str(outcome.error).partition("\nHint: ")[0]
        return LaunchOutcome(succeeded=False, run_id=outcome.run_id or "", reason=reason)
    return replace(failed or LaunchOutcome(succeeded=True), run_id=outcome.run_id or "")
