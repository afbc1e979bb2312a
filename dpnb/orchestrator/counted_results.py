"""Which of a task's stored results are its result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.results.records import TaskState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dpnb.results import ResultRecord, TaskRunRecord


def counted_results(task: TaskRunRecord, stored: Iterable[ResultRecord]) -> list[ResultRecord]:
    """Return what a task's last attempt has stored; what a void attempt has stored does not count."""
    if task.state in (TaskState.PENDING, TaskState.SKIPPED):
        return []
    return task.counted(stored)
