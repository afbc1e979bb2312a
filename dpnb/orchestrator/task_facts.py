"""What the resolver knows of a task."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil
from typing import TYPE_CHECKING

from dpnb.planner.node import WhenMissing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from dpnb.planner.node import Binding, Node
    from dpnb.planner.outline import OutlineTask


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFacts:
    """A task's name, what it waits for, and what its failure means.

    `when_missing` holds the upstream tasks whose results are arguments; an upstream task that is absent from it only
    comes first. Of the upstream tasks in `live` it takes each chunk as it comes. `retry_delay` is seconds, or a
    callable that takes the number of the failed attempt.
    """

    name: str
    upstream: tuple[str, ...] = ()
    when_missing: Mapping[str, WhenMissing] = field(default_factory=dict)
    live: tuple[str, ...] = ()
    max_retries: int = 0
    retry_delay: float | Callable[[int], float] = 1.0
    fail_safe: bool = False
    places: int = 1
    groups: tuple[tuple[str, int], ...] = ()

    @classmethod
    def of(cls, node: Node, limits: Mapping[str, int] | None = None) -> TaskFacts:
        """Take the facts from a plan's node; where several parameters take one task's result, skipping wins.

        `limits` holds the limit of every concurrency group that the task is in.
        """
        return cls(
            name=node.name,
            upstream=node.upstream,
            when_missing=_rules(node.bindings),
            max_retries=node.task.max_retries,
            retry_delay=node.task.retry_delay,
            fail_safe=node.task.fail_safe,
            places=_places(node.task.cpus),
            groups=tuple((group.name, (limits or {})[group.name]) for group in node.task.concurrency_group),
        )

    @classmethod
    def of_outline(cls, task: OutlineTask) -> TaskFacts:
        """Take the facts from a stored plan's task, which tells nothing of retries."""
        return cls(
            name=task.name,
            upstream=task.upstream,
            when_missing=_rules(task.bindings),
            places=_places(task.cpus),
            groups=tuple((name, int(limit)) for name, _, limit in (group.rpartition(":") for group in task.groups)),
        )


def _rules(bindings: Iterable[Binding]) -> dict[str, WhenMissing]:
    rules: dict[str, WhenMissing] = {}
    for binding in bindings:
        if binding.task is not None and rules.get(binding.task) is not WhenMissing.SKIP:
            rules[binding.task] = binding.when_missing
    return rules


def _places(cpus: float | None) -> int:
    return max(1, ceil(cpus or 1))
