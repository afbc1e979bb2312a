"""Starts a pool's workers, with growing pauses where that fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.orchestrator.pool.spawner_client import get_spawner
from dpnb.orchestrator.pool.worker_handle import WorkerHandle

if TYPE_CHECKING:
    from collections.abc import Callable

    from dpnb.orchestrator.pool.options import PoolOptions
    from dpnb.orchestrator.pool.spawner_client import WorkerOwner
    from dpnb.orchestrator.timers import Timers

_MOST_FAILED_STARTS = 6
_FIRST_PAUSE_S = 0.05


class Recruiter:
    """Asks the fork server for workers. All methods are called under the pool's lock."""

    def __init__(self, options: PoolOptions, setup: bytes, timers: Timers) -> None:
        self._options = options
        self._setup = setup
        self._timers = timers
        self._failures = 0
        self._is_pausing = False

    def start(self, owner: WorkerOwner) -> WorkerHandle | None:
        """Start a worker; None where it is not time yet. Raises `OSError` where the fork server cannot be asked."""
        if self._is_pausing:
            return None
        spawner = get_spawner(self._options.preload, fresh=self._options.start_method == "spawn")
        return WorkerHandle(spawner, owner, self._setup)

    def begin_anew(self) -> None:
        """Take note that a worker is ready, or that nobody waits for one any more."""
        self._failures = 0

    def failed(self, try_again: Callable[[], None]) -> bool:
        """Take note of a start that failed, and plan another; False where there have been too many in a row.

        Several workers that were started together fail together, and count once.
        """
        if not self._is_pausing:
            self._is_pausing = True
            self._failures = min(self._failures + 1, _MOST_FAILED_STARTS)
            self._timers.after(_FIRST_PAUSE_S * 2**self._failures, lambda: self._end_pause(try_again))
        return self._failures < _MOST_FAILED_STARTS

    def _end_pause(self, try_again: Callable[[], None]) -> None:
        self._is_pausing = False
        try_again()
