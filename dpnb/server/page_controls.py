"""How the server does what its pages ask for: with the orchestrator and the notebooks that it has for its callers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.errors import PageRequestError
from dpnb.pages import Controls, Started
from dpnb.server.routers.actions import RerunRequest
from dpnb.server.starting import Order

if TYPE_CHECKING:
    from dpnb.orchestrator import Run
    from dpnb.server.notebooks import NotebookLaunches
    from dpnb.server.starting import Starter
    from dpnb.workspace import Workspace

_WHOLE = ("stale", "all", "failed")


class ServerControls(Controls):
    """Cancels, resumes and repeats runs as the routes of the API do."""

    def __init__(self, workspace: Workspace, starter: Starter, notebooks: NotebookLaunches) -> None:
        super().__init__(workspace)
        self._starter, self._notebooks = starter, notebooks

    def cancel(self, run: Run, *, at_once: bool) -> None:
        """Ask for a run's end, and for that of the notebook that drives it. Raises `RunTimeoutError`."""
        if not (run.is_running and self._notebooks.cancel_run(run.record)):
            run.cancel(at_once=at_once)

    def resume(self, run: Run) -> Started:
        """Go on with a run here."""
        return Started(run_id=self._starter.orchestrator.resume(run.run_id).run_id, word="goes on")

    def rerun(self, run: Run, tasks: str, key: str | None) -> Started:
        """Start a run that repeats another, once for every click."""
        if tasks not in _WHOLE:
            raise PageRequestError("run.rerun", rule=f"'tasks' is one of {', '.join(map(repr, _WHOLE))}")
        request = RerunRequest.model_validate({"tasks": tasks})
        order = Order(pipeline=f"rerun of {run.run_id}", body=request.model_dump(mode="json"), key=key)
        again, _ = self._starter.rerun(order, run, request)
        return Started(run_id=again.run_id, word=f"runs again as {again.run_id}")
