"""Calls to a pool, with options, by value."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import cloudpickle

from dpnb.orchestrator.pool import CallOptions, ProcessPool


def submit(pool: ProcessPool, function: Callable[..., Any], *args: object, **options: Any) -> Future[Any]:
    """Submit a call with the options that `CallOptions` knows."""
    return pool.submit_call(cloudpickle.dumps((function, args, {}), protocol=5), CallOptions(**options))
