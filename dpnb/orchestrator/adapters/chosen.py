"""Makes an executor of whatever a user gives as one."""

from __future__ import annotations

import concurrent.futures
from typing import TYPE_CHECKING, Any

from dpnb.errors import ExecutorKindError
from dpnb.orchestrator.adapters.pooled import PoolExecutor
from dpnb.orchestrator.pool import ProcessPool

if TYPE_CHECKING:
    from dpnb.orchestrator.ports import Executor

_PORT = ("name", "guarantees", "capacity", "lookahead", "short_s", "is_inline", "open")


def chosen_executor(given: Executor | concurrent.futures.Executor | None, workers: int | None = None) -> Executor:
    """Return what was given as an executor of attempts; worker processes where nothing was.

    Raises
    ------
    ExecutorKindError
        It is none.
    """
    executor: Any = given
    if executor is None:
        return PoolExecutor(workers)
    if isinstance(executor, ProcessPool):
        return PoolExecutor(pool=executor)
    if isinstance(executor, concurrent.futures.Executor):
        from dpnb.orchestrator.adapters.futures import FuturesExecutor

        return FuturesExecutor(executor)
    if isinstance(executor, type) or not all(hasattr(executor, name) for name in _PORT):
        raise ExecutorKindError(given)
    made: Executor = executor
    return made
