"""A stored run as a workflow that the simulator replays: what would eight workers have made of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dpnb.orchestrator.simulator import makespan_bounds_s, simulate
from dpnb.orchestrator.task_facts import TaskFacts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dpnb.orchestrator.run import Run
    from dpnb.orchestrator.simulator import Simulation


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedWorkflow:
    """The tasks of a run in the plan's order, and the seconds that they took where they succeeded."""

    tasks: tuple[TaskFacts, ...]
    durations: Mapping[str, float]

    def replay(self, workers: int) -> Simulation:
        """Play the run through with so many workers, as if every task had succeeded at once."""
        return simulate(self.tasks, self.durations, workers=workers)

    def bounds_s(self, workers: int) -> tuple[float, float]:
        """Return between which makespans every replay with so many workers lies."""
        return makespan_bounds_s(self.tasks, self.durations, workers=workers)


def recorded_workflow(run: Run) -> RecordedWorkflow:
    """Read a run back, with the places and the groups that its tasks asked for.

    Examples
    --------
    >>> import tempfile
    >>> from dpnb import InlineExecutor, Orchestrator, TaskRegistry, Workspace, task
    >>> from dpnb.planner import DAGBuilder, Planner
    >>> registry = TaskRegistry()
    >>> @task(registry=registry)
    ... def answer() -> int:
    ...     return 42
    >>> plan = Planner(DAGBuilder(registry)).create_execution_plan()
    >>> workspace = Workspace(tempfile.mkdtemp())
    >>> run = Orchestrator(executor=InlineExecutor(), workspace=workspace).start_pipeline(plan)
    >>> [attempt.task for attempt in recorded_workflow(run).replay(workers=8).timeline]
    ['answer']
    """
    durations = {
        record.task: record.duration_s
        for record in run.task_records()
        if record.state.has_result and record.duration_s is not None
    }
    return RecordedWorkflow(tasks=tuple(map(TaskFacts.of_outline, run.outline.tasks)), durations=durations)
