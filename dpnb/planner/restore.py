"""A stored plan meets the tasks of a registry again: they must still fit, or all that differs is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.errors import PlanMismatchError, closest
from dpnb.planner.analysis import DAGAnalyzer
from dpnb.planner.binding import Binder
from dpnb.planner.concurrency import settle_groups
from dpnb.planner.dag import DAG
from dpnb.planner.identity import dag_id
from dpnb.planner.outline import source_text
from dpnb.planner.plan import ExecutionPlan
from dpnb.registry.value_json import is_readable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dpnb.planner.node import Binding, Node
    from dpnb.planner.outline import OutlineTask, PlanOutline
    from dpnb.registry import TaskMetadata, TaskRegistry


def restore_plan(outline: PlanOutline, registry: TaskRegistry) -> ExecutionPlan:
    """Return the plan that an outline was made of; tasks that the registry has beyond it are left alone.

    Raises
    ------
    PlanMismatchError
        With everything that differs.
    """
    registered = {task.name: task for task in registry}
    planned = {task.name for task in outline.tasks}
    binder = Binder(known=planned, excluded=registered.keys() - planned, params=outline.params)
    problems = [
        f"Run parameter {name!r} was stored as text only: {value!r}."
        for name, value in outline.params.items()
        if not is_readable(value)
    ]
    nodes = []
    for stored in outline.tasks:
        task = registered.get(stored.name)
        if task is None:
            problems.append(_gone(stored, registry))
            continue
        node = binder.bind(task)
        nodes.append(node)
        problems += _definition_changes(stored, task) or _wiring_changes(stored, node)
    groups, disagreements = settle_groups([node.task for node in nodes], registry)
    problems += disagreements
    if problems:
        raise PlanMismatchError(problems, hint="make a new plan with create_execution_plan(…).")
    return _plan(outline, DAG(nodes), groups, registry)


def _plan(outline: PlanOutline, dag: DAG, groups: Mapping[str, int], registry: TaskRegistry) -> ExecutionPlan:
    return ExecutionPlan(
        dag=dag,
        dag_id=dag_id(dag),
        params=dict(outline.params),
        levels=tuple(map(tuple, DAGAnalyzer(dag).levels)),
        selection=outline.selection,
        types=outline.types,
        notes=outline.notes,
        groups=groups,
        reuse=outline.reuse,
        registry=registry,
    )


def _gone(stored: OutlineTask, registry: TaskRegistry) -> str:
    near = closest(stored.name, registry.names())
    was = f"; it was defined in {stored.location}" if stored.location else ""
    return f"Task {stored.name!r} is not registered{was}{f'; close to it: {near[0]!r}' if near else ''}."


def _definition_changes(stored: OutlineTask, task: TaskMetadata) -> list[str]:
    if stored.signature_digest == task.signature_digest:
        return []
    now = str(task.schema)
    if stored.signature != now:
        return [f"Task {stored.name!r} was {stored.signature}, is now {now}."]
    if stored.kind != task.kind.value:
        return [f"Task {stored.name!r} was a {stored.kind}, is now a {task.kind.value}."]
    if stored.stream_output != task.stream_output:
        return [f"Task {stored.name!r} had stream_output={stored.stream_output}, has {task.stream_output} now."]
    return [f"Task {stored.name!r} is still {now}, but its types come from other modules."]


def _wiring_changes(stored: OutlineTask, node: Node) -> Iterator[str]:
    was = {binding.parameter: binding for binding in stored.bindings}
    now = {binding.parameter: binding for binding in node.bindings}
    for parameter, binding in was.items():
        if now.get(parameter) != binding:
            earlier, later = _said(binding), _said(now.get(parameter))
            yield f"Task {stored.name!r}: {parameter!r} came from {earlier}, now from {later}."
    if was == now and stored.upstream != node.upstream:
        yield f"Task {stored.name!r} came after {_listed(stored.upstream)}, now after {_listed(node.upstream)}."


def _said(binding: Binding | None) -> str:
    return "nowhere" if binding is None else source_text(binding)


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(map(repr, names)) or "none"
