"""One execution of a plan: what is the same for all of its tasks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dpnb.orchestrator.edits_meanwhile import FilesOfModules
    from dpnb.planner import ExecutionPlan
    from dpnb.planner.task_identity import TaskIdentity
    from dpnb.results import AttemptLogs, IOManager
    from dpnb.results.precedents import Precedents


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionContext:
    """A run's identity, its plan, its parameters, and where its results and logs go."""

    run_id: str
    execution_plan: ExecutionPlan
    io_manager: IOManager
    logs: AttemptLogs
    params: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    lease: int = 1  # the token under which this process owns the run
    durations: Mapping[str, float] = field(default_factory=dict)  # seconds that tasks are expected to take
    precedents: Precedents | None = None  # what earlier runs have stored of its tasks
    identities: Mapping[str, TaskIdentity] = field(default_factory=dict)  # what the tasks are, where that is known
    modules: FilesOfModules = field(default_factory=dict)  # as they were when the tasks were looked at

    @property
    def dag_id(self) -> str:
        """The content-based id of the plan's DAG."""
        return self.execution_plan.dag_id
