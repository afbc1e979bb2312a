"""How the tasks of a registry have changed since a plan of them was made: what it shows may not be what is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dpnb.planner.assessment import verdicts_on
from dpnb.planner.node import Source
from dpnb.planner.selection import choose
from dpnb.registry import get_registry
from dpnb.registry.replacement import what_changed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dpnb.planner.plan import ExecutionPlan
    from dpnb.registry import TaskMetadata

_MOST_TOLD = 5


def changed_tasks(plan: ExecutionPlan) -> dict[str, str]:
    """Return, by task, how definitions differ from those that a plan was made of; a run of it takes the latter.

    A cell that was run again as it was changes nothing.
    """
    registered = _registered(plan)
    if registered is None:
        return {}
    changes = {name: _change(node.task, registered.get(name)) for name, node in plan.dag.nodes.items()}
    return {name: change for name, change in changes.items() if change}


def new_tasks(plan: ExecutionPlan) -> dict[str, str]:
    """Return, by task, what was defined since a plan was made and would be in it, or give something to its tasks."""
    return dict(_new_tasks(plan, _registered(plan) or {}))


def all_changes(plan: ExecutionPlan) -> dict[str, str]:
    """Return, by task, what a plan that is made now would show in another way, one sentence each."""
    return {**changed_verdicts(plan), **changed_tasks(plan), **new_tasks(plan)}


def _registered(plan: ExecutionPlan) -> dict[str, TaskMetadata] | None:
    return None if plan.registry is None else {task.name: task for task in plan.registry}


def changed_verdicts(plan: ExecutionPlan) -> dict[str, str]:
    """Return, by task, where another verdict would be found now than a plan shows; a run goes by what is so then."""
    if not plan.verdicts:
        return {}
    return {
        name: f"`{name}` was {plan.verdicts[name].state} when this plan was made, and is {now.state} now: "
        f"{now.causes[0].text}"
        for name, now in verdicts_on(plan).items()
        if name in plan.verdicts and now.state != plan.verdicts[name].state
    }


def outdated_notes(plan: ExecutionPlan) -> tuple[str, ...]:
    """Return what a plan's display says of that; the last line tells what to do. Nothing where nothing has changed."""
    told = list(all_changes(plan).values())
    if not told:
        return ()
    listed = [*told[:_MOST_TOLD], *([f"and {len(told) - _MOST_TOLD} more"] if len(told) > _MOST_TOLD else [])]
    what = "A run takes the tasks as this plan shows them. " if changed_tasks(plan) else ""
    return (f"outdated: {listed[0]}", *listed[1:], f"{what}Make it again with {call_for(plan)}.")


def call_for(plan: ExecutionPlan) -> str:
    """Write the call that makes a plan again."""
    selection = plan.selection
    given: dict[str, Any] = {
        "tags": selection.tags,
        "targets": selection.targets,
        "exclude": selection.exclude or None,
        "params": dict(plan.params) or None,
        "reuse": None if plan.reuse is None else "fresh",
    }
    written = (f"{name}={_written(value)}" for name, value in given.items() if value is not None)
    planner = "get_planner()" if plan.registry is get_registry() else "planner"
    return f"{planner}.create_execution_plan({', '.join(written)})"


def _change(planned: TaskMetadata, registered: TaskMetadata | None) -> str:
    if registered is None:
        return f"`{planned.name}` is not registered any more"
    if registered is planned:
        return ""
    changed = what_changed(planned, registered)
    if not changed:
        return ""
    *first, last = changed
    what = f"{', '.join(first)} and {last}" if first else last
    return f"`{planned.name}` was re-defined since this plan was made ({registered.location}): its {what} changed"


def _new_tasks(plan: ExecutionPlan, registered: Mapping[str, TaskMetadata]) -> Iterator[tuple[str, str]]:
    new = registered.keys() - plan.dag.nodes.keys()
    if not new:
        return
    choice = choose(plan.selection, registered)
    for name in sorted(new - choice.excluded):
        taking = [task for task, node in plan.dag.nodes.items() if _would_take(node, name)]
        place = registered[name].location
        if taking:
            yield name, f"`{name}` was defined since this plan was made ({place}): {taking[0]!r} would take its result"
        elif name in choice.selected:
            yield name, f"`{name}` was defined since this plan was made ({place}): it is not in it"


def _would_take(node: Any, name: str) -> bool:
    """Tell whether a task takes from elsewhere what a task of that name would give it now."""
    if node.task.dependencies is not None:
        return False
    return any(one.parameter == name and one.source in (Source.DEFAULT, Source.PARAM) for one in node.bindings)


def _written(value: object, *, longest: int = 60) -> str:
    text = repr(list(value) if isinstance(value, tuple) else value)
    return text if len(text) <= longest else "…"
