"""How many tasks of each concurrency group may run at once, as its tasks state it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dpnb.registry import ConcurrencyGroup, TaskMetadata


def settle_groups(
    planned: Iterable[TaskMetadata], registered: Iterable[TaskMetadata]
) -> tuple[dict[str, int], list[str]]:
    """Return the limit of each group that planned tasks are in, and what stands against the plan.

    A limit that no planned task states may be stated by a registered one.
    """
    members = [(task, group) for task in planned for group in task.concurrency_group]
    if not members:
        return {}, []
    stated, found = _statements(members)
    beyond, more = _statements(
        (task, group) for task in registered for group in task.concurrency_group if group.name not in stated
    )
    needed = dict.fromkeys(group.name for _, group in members)
    limits = {name: limit for name, limit in {**beyond, **stated}.items() if name in needed}
    problems = [problem for name, problem in found + more if name in needed]
    unlimited = [name for name in needed if name not in limits]
    problems += [_unlimited(name, next(task for task, group in members if group.name == name)) for name in unlimited]
    return limits, problems


def _unlimited(group: str, task: TaskMetadata) -> str:
    hint = f'write concurrency_group="{group}:2" there for two at once'
    return f"Task {task.name!r} is in the concurrency group {group!r}, whose limit no task states; {hint}."


def _statements(
    members: Iterable[tuple[TaskMetadata, ConcurrencyGroup]],
) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Return the limits that are stated, and by group what two tasks do not agree on."""
    first: dict[str, tuple[int, str]] = {}
    problems = []
    for task, group in members:
        if group.limit is None:
            continue
        limit, other = first.setdefault(group.name, (group.limit, task.name))
        if limit != group.limit:
            told = f"{limit} by task {other!r} and to {group.limit} by task {task.name!r}"
            problems.append((group.name, f"The concurrency group {group.name!r} is limited to {told}."))
    return {name: limit for name, (limit, _) in first.items()}, problems


def group_texts(task: TaskMetadata, limits: Mapping[str, int]) -> tuple[str, ...]:
    """Return the task's groups with their limits: ``("db:2",)``."""
    groups = task.concurrency_group
    return tuple(f"{group.name}:{limits[group.name]}" for group in groups) if groups else ()
