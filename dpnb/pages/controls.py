"""What a page can have done to runs; whoever serves the pages may do it in a way of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dpnb.orchestrator import Run
    from dpnb.workspace import Workspace


class Controls:
    """Cancels, resumes and repeats runs in this process."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def cancel(self, run: Run, *, at_once: bool) -> None:
        """Ask for a run's end. Raises `RunTimeoutError` where another process drives it."""
        run.cancel(at_once=at_once)

    def resume(self, run: Run) -> Run:
        """Go on with a run. Raises as `Run.resume`."""
        return run.resume()

    def rerun(self, run: Run, tasks: str, key: str | None) -> Run:  # noqa: ARG002 - for those who are asked twice
        """Start a run that repeats another; `key` names the click. Raises as `Run.rerun`."""
        return run.rerun(tasks)
