"""How a pool's workers are started and stopped."""

from __future__ import annotations

import pickle
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dpnb.orchestrator.pool.by_value import dumps_by_value
from dpnb.orchestrator.pool.hygiene import Recycling
from dpnb.orchestrator.pool.nesting import environment_of_workers
from dpnb.orchestrator.pool.spawner_client import PRELOAD

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolOptions:
    """How workers are started and stopped.

    `start_method` is ``"forkserver"`` (a fork of a small server that has `preload` imported) or ``"spawn"`` (a fresh
    interpreter each). `initializer` is called with `initargs` in each worker before its first call; where it raises,
    the calls that wait fail with `WorkerStartError`, unless there are other workers. `grace_s` is the time between
    asking, SIGTERM and SIGKILL. A worker is replaced between two calls once it has served `max_tasks_per_worker` of
    them, or holds more than `max_worker_memory` bytes (mapped files not counted).
    """

    start_method: str = "forkserver"
    preload: tuple[str, ...] = PRELOAD
    initializer: Callable[..., object] | None = None
    initargs: tuple[Any, ...] = ()
    grace_s: float = 0.3
    max_tasks_per_worker: int | None = None
    max_worker_memory: int | None = None

    def __post_init__(self) -> None:
        for name in ("max_tasks_per_worker", "max_worker_memory"):
            if (most := getattr(self, name)) is not None and most < 1:
                raise ValueError(f"{name} must be at least 1, not {most}")
        if self.start_method not in ("forkserver", "spawn"):
            raise ValueError(f"start_method must be 'forkserver' or 'spawn', not {self.start_method!r}")


def pack_setup(options: PoolOptions) -> bytes:
    """Return what a worker is told before its first call: this process's import path, environment and folder."""
    initializer = (options.initializer, options.initargs) if options.initializer is not None else None
    return pickle.dumps(
        {
            "sys_path": list(sys.path),
            "environ": environment_of_workers(),
            "cwd": str(Path.cwd()),
            "initializer": dumps_by_value(initializer),
            "recycling": Recycling(max_tasks=options.max_tasks_per_worker, max_memory_bytes=options.max_worker_memory),
        },
        protocol=5,
    )
