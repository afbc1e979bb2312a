"""From registered tasks to a DAG: the selected tasks, and all that they need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dpnb.errors import PlanError
from dpnb.planner.binding import Binder
from dpnb.planner.dag import DAG
from dpnb.planner.run_params import unused_params
from dpnb.planner.selection import Selection, choose

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dpnb.planner.node import Node
    from dpnb.registry import ResolvedHints, TaskMetadata, TaskRegistry


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A DAG that is not yet known to be sound, with what was found while it was built."""

    dag: DAG
    hints: Mapping[str, ResolvedHints]
    known: frozenset[str]  # names of all registered tasks, also of those that are not in the DAG
    problems: tuple[str, ...]


class DAGBuilder:
    """Builds DAGs from the tasks of a registry, as they are at that moment."""

    def __init__(self, registry: TaskRegistry) -> None:
        self.registry = registry

    def build(self, selection: Selection | None = None, params: Mapping[str, Any] | None = None) -> DAG:
        """Return the DAG of the selected tasks and their ancestors.

        Raises
        ------
        PlanError
            The selection or the arguments of a task do not work out. Cycles and types are not looked at.
        """
        draft = self.draft(selection or Selection(), params or {})
        if draft.problems:
            raise PlanError(draft.problems)
        return draft.dag

    def draft(self, selection: Selection, params: Mapping[str, Any]) -> Draft:
        """Return the DAG with everything that is wrong with it, so that it can be told at once."""
        tasks = {task.name: task for task in self.registry}
        choice = choose(selection, tasks)
        binder = Binder(known=tasks.keys(), excluded=choice.excluded, params=params)
        nodes = _collect(binder, tasks, choice.selected)
        problems = [*choice.problems, *binder.problems]
        if choice.selected:
            problems += unused_params(nodes, params)
        return Draft(dag=DAG(nodes), hints=binder.hints, known=frozenset(tasks), problems=tuple(problems))


def _collect(binder: Binder, tasks: Mapping[str, TaskMetadata], selected: Iterable[str]) -> list[Node]:
    """Bind the selected tasks, what they need, and what that needs."""
    waiting = list(selected)
    seen = set(waiting)
    nodes = []
    for name in waiting:  # grows while it is walked
        node = binder.bind(tasks[name])
        nodes.append(node)
        for upstream in node.upstream:
            if upstream not in seen and upstream in tasks:
                seen.add(upstream)
                waiting.append(upstream)
    return nodes
