"""Who runs a plan: orchestrator, runs, executors, and the pool of worker processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from dpnb.orchestrator.adapters.futures import FuturesExecutor
    from dpnb.orchestrator.adapters.inline import InlineExecutor
    from dpnb.orchestrator.adapters.on_dask.executor import DaskExecutor
    from dpnb.orchestrator.adapters.pooled import PoolExecutor
    from dpnb.orchestrator.browsing import browse
    from dpnb.orchestrator.comparison.runs import Comparison, compare
    from dpnb.orchestrator.context import ExecutionContext
    from dpnb.orchestrator.executable import ExecutableTask, TaskResult
    from dpnb.orchestrator.executor_urls import open_executor, register_executor
    from dpnb.orchestrator.guarantees import Guarantees, Timeouts
    from dpnb.orchestrator.launching import started_runs
    from dpnb.orchestrator.orchestrator import Orchestrator, get_run
    from dpnb.orchestrator.pool import PoolOptions, ProcessPool
    from dpnb.orchestrator.ports import AttemptBegun, AttemptOver, AttemptSaid, Executor, ExecutorSession
    from dpnb.orchestrator.resolver import TaskDependencyResolver
    from dpnb.orchestrator.run import Run
    from dpnb.orchestrator.worker import Worker

__all__ = [
    "AttemptBegun",
    "AttemptOver",
    "AttemptSaid",
    "Comparison",
    "DaskExecutor",
    "ExecutableTask",
    "ExecutionContext",
    "Executor",
    "ExecutorSession",
    "FuturesExecutor",
    "Guarantees",
    "InlineExecutor",
    "Orchestrator",
    "PoolExecutor",
    "PoolOptions",
    "ProcessPool",
    "Run",
    "TaskDependencyResolver",
    "TaskResult",
    "Timeouts",
    "Worker",
    "browse",
    "compare",
    "get_run",
    "open_executor",
    "register_executor",
    "started_runs",
]

__getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "adapters.futures": ["FuturesExecutor"],
        "adapters.inline": ["InlineExecutor"],
        "adapters.on_dask.executor": ["DaskExecutor"],
        "adapters.pooled": ["PoolExecutor"],
        "browsing": ["browse"],
        "comparison.runs": ["Comparison", "compare"],
        "context": ["ExecutionContext"],
        "executable": ["ExecutableTask", "TaskResult"],
        "executor_urls": ["open_executor", "register_executor"],
        "guarantees": ["Guarantees", "Timeouts"],
        "launching": ["started_runs"],
        "orchestrator": ["Orchestrator", "get_run"],
        "pool": ["PoolOptions", "ProcessPool"],
        "ports": ["AttemptBegun", "AttemptOver", "AttemptSaid", "Executor", "ExecutorSession"],
        "resolver": ["TaskDependencyResolver"],
        "run": ["Run"],
        "worker": ["Worker"],
    },
)
