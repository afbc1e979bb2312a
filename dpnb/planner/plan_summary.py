"""What a plan comes to, in one sentence."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from dpnb.render.quantities import number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dpnb.planner.forecast import Forecast
    from dpnb.planner.outline import OutlineTask


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PlanSummary:
    """How many of a plan's `tasks` run, and how many are reused.

    Of those `running`, the `unsettled` only run if what they are given changes. `forecast` says how long all that run
    will take; None where none of them has run before.

    Examples
    --------
    >>> PlanSummary(tasks=12, running=3, unsettled=1, reused=9)
    3 of 12 tasks run, 1 of them only if what it is given changes; 9 are reused.
    """

    tasks: int
    running: int
    unsettled: int = 0
    reused: int = 0
    forecast: Forecast | None = None

    @classmethod
    def of(cls, tasks: Sequence[OutlineTask], forecast: Forecast | None) -> Self:
        """Count tasks by what is expected of them; where nothing is, all run."""
        states = Counter(task.freshness for task in tasks)
        reused = states["fresh"]
        running, unsettled = len(tasks) - reused, states["unsettled"]
        return cls(tasks=len(tasks), running=running, unsettled=unsettled, reused=reused, forecast=forecast)

    def __str__(self) -> str:
        parts = [self._told_running(), self._told_reused(), self._told_duration()]
        return f"{'; '.join(part for part in parts if part)}."

    __repr__ = __str__

    def _told_running(self) -> str:
        if not self.running:
            return "nothing runs"
        verb = "runs" if self.running == 1 else "run"
        if not self.reused:
            told = f"{_tasks(self.tasks)} {verb}"
        else:
            told = f"{number(self.running)} of {_tasks(self.tasks)} {verb}"
        return f"{told}, {self._told_unsettled()}" if self.unsettled else told

    def _told_unsettled(self) -> str:
        given = "it is given" if self.unsettled == 1 else "they are given"
        return f"{number(self.unsettled)} of them only if what {given} changes"

    def _told_reused(self) -> str:
        if not self.reused:
            return ""
        if not self.running:
            return f"{_tasks(self.reused)} {'is' if self.reused == 1 else 'are'} reused"
        return f"{number(self.reused)} {'is' if self.reused == 1 else 'are'} reused"

    def _told_duration(self) -> str:
        if self.forecast is None:
            return ""
        return f"at most {self.forecast}" if self.unsettled else str(self.forecast)


def _tasks(count: int) -> str:
    return f"{number(count)} {'task' if count == 1 else 'tasks'}"
