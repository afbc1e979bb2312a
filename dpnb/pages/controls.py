"""What a page can have done to runs; whoever serves the pages may do it in a way of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dpnb.orchestrator import Run
    from dpnb.orchestrator.rerun_asked import RerunAsked
    from dpnb.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """What came of a click: a run, and a word about it.

    `run_id` is empty where something else comes first, such as a notebook that is executed: its run shows in the table
    as soon as there is one.
    """

    run_id: str
    word: str


class Controls:
    """Cancels, resumes and repeats runs in this process."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def cancel(self, run: Run, *, at_once: bool) -> None:
        """Ask for a run's end; another process that drives it hears of it within a second or two."""
        run.cancel(at_once=at_once)

    def resume(self, run: Run) -> Started:
        """Go on with a run. Raises as `Run.resume`."""
        return Started(run_id=run.resume().run_id, word="goes on")

    def rerun(self, run: Run, asked: RerunAsked, key: str | None) -> Started:  # noqa: ARG002 - for those asked twice
        """Start a run that repeats another; `key` names the click. Raises as `Run.rerun`."""
        again = run.rerun(asked.tasks, downstream=asked.downstream, params=asked.params)
        return Started(run_id=again.run_id, word=f"runs again as {again.run_id}")
