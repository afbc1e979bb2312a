"""How long a run that is going will still take, by what its tasks took so far and in earlier runs."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from dpnb.planner.forecast import shortest_s
from dpnb.results.records import TaskState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dpnb.planner import PlanOutline
    from dpnb.results import TaskRunRecord


def remaining_time(
    outline: PlanOutline, records: Sequence[TaskRunRecord], known: Mapping[str, float], workers: int, now_us: int
) -> timedelta | None:
    """Return the time that is left; None where nothing is known of any task.

    Parameters
    ----------
    known
        Seconds of tasks in earlier runs. What has succeeded in this one counts first; a task that is not known counts
        as the mean of the others, and one that runs for longer than expected as if it ended now.
    """
    told = {one.task: known[one.task] for one in records if one.task in known}
    told |= {one.task: one.duration_s for one in records if one.state.has_result and one.duration_s is not None}
    if not told:
        return None
    mean = sum(told.values()) / len(told)
    rest = {one.task: _rest_s(one, told.get(one.task, mean), now_us) for one in records}
    return timedelta(seconds=shortest_s(outline.tasks, rest, workers))


def _rest_s(record: TaskRunRecord, expected_s: float, now_us: int) -> float:
    if record.state.is_terminal:
        return 0.0
    if record.state is TaskState.RUNNING and record.attempts == 1 and record.started_us is not None:
        return max(0.0, expected_s - (now_us - record.started_us) / 1e6)
    return expected_s
