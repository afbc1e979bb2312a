"""Whether a DAG is one: no task waits for itself, directly or in a circle, or for a task that is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.errors import PlanError
from dpnb.planner.suggestions import did_you_mean
from dpnb.planner.topology import cycles

if TYPE_CHECKING:
    from collections.abc import Collection

    from dpnb.planner.dag import DAG


_LONGEST_PATH = 40  # tasks of a cycle that a message names


class DAGValidator:
    """Finds everything that keeps a DAG from being run in some order."""

    def validate(self, dag: DAG) -> None:
        """Raise `PlanError` with all problems, if there are any."""
        problems = self.problems(dag)
        if problems:
            raise PlanError(problems)

    def problems(self, dag: DAG, *, known: Collection[str] | None = None) -> list[str]:
        """Describe missing tasks, self-dependencies and cycles.

        Parameters
        ----------
        known
            Names to suggest in place of missing ones; those in the DAG by default.
        """
        names = dag.nodes.keys() if known is None else known
        missing = [
            f"Task {task!r} depends on {upstream!r}, which is not registered"
            f"{did_you_mean(upstream, names, earlier=number) or '.'}"
            for number, (task, upstream) in enumerate(dag.dangling)
        ]
        return missing + [_circle(cycle) for cycle in cycles(dag)]


def _circle(cycle: list[str]) -> str:
    if len(cycle) == 1:
        return f"Task {cycle[0]!r} depends on itself."
    path = [*cycle, cycle[0]]
    if len(path) > _LONGEST_PATH:
        path[_LONGEST_PATH // 2 : -_LONGEST_PATH // 2] = [f"… {len(path) - _LONGEST_PATH:,} more …"]
    return f"Tasks wait for each other in a cycle: {' → '.join(path)}."
