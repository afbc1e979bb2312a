"""Why a task was not run and why a run ended so, in words for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.results.records import RunStatus, TaskState

if TYPE_CHECKING:
    from collections.abc import Sequence

RUN_CANCELLED = "the run was cancelled"
MOST_NAMES = 5

_WORDS = {
    TaskState.FAILED: "failed",
    TaskState.TIMED_OUT: "timed out",
    TaskState.CANCELLED: "was cancelled",
    TaskState.SKIPPED: "was skipped",
}


def without_result(name: str, state: TaskState) -> str:
    """Say how a task ended that left no result."""
    return f"task {name!r} {_WORDS[state]}"


def not_retried(why: str) -> str:
    """Say why a failure is final though the task may be attempted more often."""
    return f"not retried: {why}"


class Failures:
    """The tasks of a run that failed for good, in the order of their ends."""

    def __init__(self) -> None:
        self.fatal: list[str] = []
        self.safe: list[str] = []

    def add(self, name: str, *, fail_safe: bool) -> None:
        """Note a task's final failure."""
        (self.safe if fail_safe else self.fatal).append(name)

    def sum_up(self, status: RunStatus, *, cancelled: bool) -> str:
        """Say what went wrong in a run, its first cause first; nothing where nothing did.

        Examples
        --------
        >>> failures = Failures()
        >>> failures.add("a", fail_safe=True)
        >>> failures.add("b", fail_safe=True)
        >>> failures.sum_up(RunStatus.SUCCEEDED, cancelled=False)
        "2 fail-safe tasks failed: 'a', 'b'"
        """
        parts = [_failed("task", self.fatal), RUN_CANCELLED if cancelled else ""]
        if status is RunStatus.CANCELLED:
            parts.reverse()
        parts.append(_failed("fail-safe task", self.safe))
        return "; ".join(part for part in parts if part)


def _failed(noun: str, names: Sequence[str]) -> str:
    if not names:
        return ""
    listed = ", ".join(map(repr, names[:MOST_NAMES])) + (", …" if len(names) > MOST_NAMES else "")
    return f"{len(names)} {noun}{'s' if len(names) > 1 else ''} failed: {listed}"
