"""Runs pipelines and notebooks in one workspace, for whoever gives an order: a schedule's fire, a call."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from dpnb.errors import RunNotFoundError, UnreadyScheduleError
from dpnb.launch.notebook_work import Unseen, executed, outcome_of_run
from dpnb.launch.own_loop import InOwnLoop
from dpnb.orchestrator import Orchestrator, get_run
from dpnb.scheduler import LaunchOutcome, NotebookTarget, PipelineTarget, TopicTarget

if TYPE_CHECKING:
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
        return outcome_of_run(run) if run.status.is_terminal else None

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
        return outcome_of_run(run)

    def _start(self, order: LaunchOrder) -> Run:
        from dpnb.launch.packing import require_own, unpack_plan

        assert isinstance(order.target, PipelineTarget)  # noqa: S101 - of no other target is it asked
        name = str(order.metadata.get("schedule", order.target))
        require_own(order.packed, order.signature, self._workspace, name)
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
        work = executed(order, self._workspace)
        return await InOwnLoop(lambda: work(Unseen()), name=f"dpnb-{Path(target.path).stem}").start().outcome()
