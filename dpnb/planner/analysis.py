"""What a DAG's shape says about running it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dpnb.errors import PlanError
from dpnb.planner.validation import DAGValidator

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dpnb.planner.dag import DAG


@dataclass(frozen=True, slots=True, kw_only=True)
class CriticalPath:
    """The chain of tasks that bounds a run's duration however many workers there are.

    `length` is in the unit of the durations given (seconds, say), or the number of tasks.
    """

    tasks: tuple[str, ...]
    length: float


class DAGAnalyzer:
    """Order, levels, width and critical path of a DAG; the same for the same DAG in any process.

    Raises
    ------
    PlanError
        When asked, if the DAG has a cycle.

    Examples
    --------
    >>> from dpnb.planner import DAG
    >>> DAGAnalyzer(DAG([])).order
    []
    """

    def __init__(self, dag: DAG) -> None:
        self.dag = dag

    @property
    def levels(self) -> list[list[str]]:
        """Tasks by the length of the longest path to them, so that a level's tasks can run side by side; sorted."""
        if self.dag.peeled.stuck:
            raise PlanError(DAGValidator().problems(self.dag))
        return self.dag.peeled.levels

    @property
    def order(self) -> list[str]:
        """A topological order: level after level, sorted by name in each."""
        return [name for level in self.levels for name in level]

    @property
    def width(self) -> int:
        """The size of the largest level: so many tasks can run at once without changing the order of levels."""
        return max(map(len, self.levels), default=0)

    def critical_path(self, durations: Mapping[str, float] | None = None) -> CriticalPath:
        """Return the longest path; of several, the one whose names come first.

        Parameters
        ----------
        durations
            What each task takes; a task without entry counts nothing. Without durations every task counts 1.
        """
        remaining: dict[str, tuple[float, str | None]] = {}
        for name in reversed(self.order):
            own = 1.0 if durations is None else durations.get(name, 0.0)
            following = self.dag.downstream(name)
            # The first of the longest wins, and downstream is sorted.
            then = max(following, key=lambda one: remaining[one][0], default=None)
            remaining[name] = (own + (remaining[then][0] if then is not None else 0.0), then)
        start = max(self.dag.roots, key=lambda name: remaining[name][0], default=None)
        length = remaining[start][0] if start is not None else 0.0
        path = []
        while start is not None:
            path.append(start)
            start = remaining[start][1]
        return CriticalPath(tasks=tuple(path), length=length)
