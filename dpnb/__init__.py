"""dpnb turns the functions in your notebook's cells into data pipelines.

Names load their packages when they are first used, so that ``import dpnb`` stays light.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dpnb.errors import DpnbError
    from dpnb.orchestrator import InlineExecutor, Orchestrator, Run, get_run
    from dpnb.planner import ExecutionPlan
    from dpnb.registry import TaskContext, TaskRegistry, get_registry, task
    from dpnb.results import Stream
    from dpnb.workspace import Workspace, get_planner, runs

__version__ = "0.1.0"

__all__ = [
    "DpnbError",
    "ExecutionPlan",
    "InlineExecutor",
    "Orchestrator",
    "Run",
    "Stream",
    "TaskContext",
    "TaskRegistry",
    "Workspace",
    "get_planner",
    "get_registry",
    "get_run",
    "runs",
    "task",
]

_HOMES = {
    "DpnbError": "dpnb.errors",
    "ExecutionPlan": "dpnb.planner",
    "InlineExecutor": "dpnb.orchestrator",
    "Orchestrator": "dpnb.orchestrator",
    "Run": "dpnb.orchestrator",
    "Stream": "dpnb.results",
    "TaskContext": "dpnb.registry",
    "TaskRegistry": "dpnb.registry",
    "Workspace": "dpnb.workspace",
    "get_planner": "dpnb.workspace",
    "get_registry": "dpnb.registry",
    "get_run": "dpnb.orchestrator",
    "runs": "dpnb.workspace",
    "task": "dpnb.registry",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'dpnb' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
