"""A pipeline in a folder of its own, whose tasks note that they ran."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dpnb import InlineExecutor, Orchestrator, Workspace, get_run
from dpnb.planner import DAGBuilder, Planner
from dpnb.registry import TaskRegistry, task

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dpnb.orchestrator import Executor, Run


class NotedPipeline:
    """A registry whose tasks note that they ran; a function that is defined again replaces its task."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.note = _noter(folder / "ran")
        self.registry = TaskRegistry()
        self.workspace = Workspace(folder / "store", registry=self.registry)

    def define(self, function: Callable[..., object], **options: Any) -> None:
        task(function, registry=self.registry, **options)

    def run(self, executor: Executor | None = None, **params: object) -> Run:
        plan = Planner(DAGBuilder(self.registry)).create_execution_plan(params=params)
        return self.orchestrator(executor).start_pipeline(plan)

    def rerun(
        self, run: Run, tasks: str | list[str] = "stale", executor: Executor | None = None, **options: Any
    ) -> Run:
        return self.orchestrator(executor).rerun(run, tasks, registry=self.registry, **options).wait(60)

    def orchestrator(self, executor: Executor | None = None) -> Orchestrator:
        return Orchestrator(executor=executor or InlineExecutor(), workspace=self.workspace)

    def resume(self, run: Run) -> Run:
        return get_run(run.run_id, self.workspace).resume(executor=InlineExecutor()).wait(60)

    def ran(self) -> list[str]:
        """Return what ran since this was asked last."""
        notes = self.folder / "ran"
        names = notes.read_text().split() if notes.exists() else []
        notes.unlink(missing_ok=True)
        return names


def _noter(path: Path) -> Callable[[str], None]:
    def note(name: str) -> None:
        with path.open("a") as file:
            file.write(f"{name}\n")

    return note
