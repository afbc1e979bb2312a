"""Who runs a plan: orchestrator, runs, executors, and the pool of worker processes."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dpnb.orchestrator.adapters.inline import InlineExecutor
    from dpnb.orchestrator.adapters.pooled import PoolExecutor
    from dpnb.orchestrator.context import ExecutionContext
    from dpnb.orchestrator.executable import ExecutableTask, TaskResult
    from dpnb.orchestrator.launching import started_runs
    from dpnb.orchestrator.orchestrator import Orchestrator, get_run
    from dpnb.orchestrator.pool import PoolOptions, ProcessPool
    from dpnb.orchestrator.resolver import TaskDependencyResolver
    from dpnb.orchestrator.run import Run
    from dpnb.orchestrator.worker import Worker

__all__ = [
    "ExecutableTask",
    "ExecutionContext",
    "InlineExecutor",
    "Orchestrator",
    "PoolExecutor",
    "PoolOptions",
    "ProcessPool",
    "Run",
    "TaskDependencyResolver",
    "TaskResult",
    "Worker",
    "get_run",
    "started_runs",
]

_HOMES = {
    "ExecutableTask": "executable",
    "ExecutionContext": "context",
    "InlineExecutor": "adapters.inline",
    "Orchestrator": "orchestrator",
    "PoolExecutor": "adapters.pooled",
    "PoolOptions": "pool",
    "ProcessPool": "pool",
    "Run": "run",
    "TaskDependencyResolver": "resolver",
    "TaskResult": "executable",
    "Worker": "worker",
    "get_run": "orchestrator",
    "started_runs": "launching",
}


def __getattr__(name: str) -> Any:
    """Load a public name's module when it is first used: the fork server must not load more than a worker needs."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
