"""The `TaskContext` that a running task receives."""

from __future__ import annotations

import logging
import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from dpnb.orchestrator.executable import ProgressMade

if TYPE_CHECKING:
    from dpnb.orchestrator.executable import ExecutableTask
    from dpnb.results import IOManager

_SHORTEST_REPORT_INTERVAL_S = 0.1  # nobody looks more often than ten times a second


class AttemptChannel(Protocol):
    """How an attempt speaks with whoever runs it."""

    def message(self, content: object) -> None:
        """Send a record; never waits for an answer."""
        ...

    def cancelled(self) -> bool:
        """Tell whether the attempt was asked to stop."""
        ...


@dataclass(slots=True)
class AttemptContext:
    """One attempt as its task sees it; see `dpnb.registry.TaskContext`."""

    task: ExecutableTask
    channel: AttemptChannel
    store: IOManager | None = None  # where its results go
    _last_report: float = field(default=-math.inf, repr=False)

    @property
    def run_id(self) -> str:
        """The run that this attempt belongs to."""
        return self.task.run_id

    @property
    def task_name(self) -> str:
        """The task that is running."""
        return self.task.task_name

    @property
    def attempt(self) -> int:
        """1 for the first try."""
        return self.task.attempt

    @property
    def logger(self) -> logging.Logger:
        """A logger named for the task."""
        return logging.getLogger(f"dpnb.task.{self.task.task_name}")

    @property
    def cancelled(self) -> bool:
        """Whether the attempt was asked to stop."""
        return self.channel.cancelled()

    def progress(self, fraction: float, note: str = "") -> None:
        """Report progress, at most ten times a second; the end is always reported."""
        now = time.monotonic()
        bounded = min(max(float(fraction), 0.0), 1.0)
        if bounded >= 1.0 or now - self._last_report >= _SHORTEST_REPORT_INTERVAL_S:
            self._last_report = now
            self.channel.message(ProgressMade(fraction=bounded, note=note))
