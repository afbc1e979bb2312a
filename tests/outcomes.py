"""What came of a run, briefly enough for an assertion."""

from __future__ import annotations

from dpnb import Run


def states(run: Run) -> dict[str, str]:
    """Return the state of each task."""
    return {record.task: str(record.state) for record in run.task_records()}
