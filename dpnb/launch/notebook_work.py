"""What can be done with a notebook headless, each as one coroutine that ends with a `LaunchOutcome`.

::

    LaunchOrder ──▶ executed   cells, then the run that they start, or that of their tasks
                ──▶ rerun      cells up to the first run, then an earlier run again
                ──▶ resumed    cells up to the first run, then an earlier run goes on

Whoever launches chooses one and a listener, and carries it out in a loop of its own, see `InOwnLoop`. Cancelling it
kills the kernel, and a run that this drove is interrupted.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dpnb.orchestrator import get_run
from dpnb.results import RunStatus
from dpnb.scheduler import LaunchOutcome, NotebookTarget

if TYPE_CHECKING:
    from dpnb.errors import NotebookError
    from dpnb.notebook.headless import Listener
    from dpnb.notebook.pipeline import NotebookOutcome
    from dpnb.notebook.preparation import NotebookRequest
    from dpnb.orchestrator import Run
    from dpnb.orchestrator.rerun_asked import RerunAsked
    from dpnb.scheduler import LaunchOrder
    from dpnb.workspace import Workspace

type NotebookWork = Callable[[Listener], Coroutine[Any, Any, LaunchOutcome]]

NO_RUN = "it started no run and defines no task"


def executed(order: LaunchOrder, workspace: Workspace) -> NotebookWork:
    """Return what executes the notebook of an order, and waits for its runs."""

    async def work(listener: Listener) -> LaunchOutcome:
        from dpnb.notebook.pipeline import run_notebook

        return _outcome_of(await run_notebook(_request(order, workspace), listener))

    return work


def rerun(order: LaunchOrder, workspace: Workspace, run_id: str, asked: RerunAsked) -> NotebookWork:
    """Return what runs an earlier run again by the notebook of an order."""

    async def work(listener: Listener) -> LaunchOutcome:
        from dpnb.notebook.earlier_runs import rerun_notebook

        return _outcome_of(await rerun_notebook(_request(order, workspace), run_id, asked, listener))

    return work


def resumed(order: LaunchOrder, workspace: Workspace, run_id: str) -> NotebookWork:
    """Return what goes on with an earlier run by the notebook of an order."""

    async def work(listener: Listener) -> LaunchOutcome:
        from dpnb.notebook.earlier_runs import resume_notebook

        error = await resume_notebook(_request(order, workspace), run_id, listener)
        return _broken_off(error, run_id) if error is not None else outcome_of_run(get_run(run_id, workspace))

    return work


class Unseen:
    """Listens to an execution that nobody watches."""

    def kernel_started(self, pid: int, cells: int) -> None:
        """Do nothing."""

    def cell_started(self, number: int) -> None:
        """Do nothing."""

    def cell_ended(self) -> None:
        """Do nothing."""


def outcome_of_run(run: Run) -> LaunchOutcome:
    """Return how a run that has ended did so."""
    status = run.status
    succeeded = status is RunStatus.SUCCEEDED
    reason = "" if succeeded else run.record.reason or f"the run was {status}"
    return LaunchOutcome(succeeded=succeeded, run_id=run.run_id, reason=reason, cancelled=status is RunStatus.CANCELLED)


def _request(order: LaunchOrder, workspace: Workspace) -> NotebookRequest:
    from dpnb.notebook.headless import Limits
    from dpnb.notebook.preparation import NotebookRequest

    target = order.target
    assert isinstance(target, NotebookTarget)  # noqa: S101 - of no other target is it asked
    return NotebookRequest(
        path=Path(target.path),
        home=workspace.home,
        database=workspace.database,
        config=workspace.settings.file,
        parameters={**target.params, **order.params},
        tags=target.tags,
        targets=target.targets,
        workers=target.workers,
        reuse=target.reuse,
        limits=Limits(notebook=target.timeout, cell=target.cell_timeout),
        claim="" if order.claim is None else order.claim.to_json(),
    )


def _outcome_of(outcome: NotebookOutcome) -> LaunchOutcome:
    if outcome.error is not None:
        return _broken_off(outcome.error, outcome.run_id or "")
    run_ids = [outcome.run_id] if outcome.run_id is not None else []
    run_ids += [other.run_id for other in outcome.others if other.counts]
    ends = [outcome_of_run(get_run(run_id, outcome.workspace)) for run_id in run_ids]
    failed = next((end for end in ends if not end.succeeded), None)
    ended = failed or LaunchOutcome(succeeded=True, reason="" if run_ids else NO_RUN)
    return replace(ended, run_id=outcome.run_id or "")


def _broken_off(error: NotebookError, run_id: str) -> LaunchOutcome:
    reason = str(error).partition("\nHint: ")[0]
    return LaunchOutcome(succeeded=False, run_id=run_id, reason=reason, broke_off=True)
