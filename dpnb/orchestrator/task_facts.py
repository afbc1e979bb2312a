"""What the resolver knows of a task."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil
from typing import TYPE_CHECKING

from dpnb.planner.node import WhenMissing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dpnb.planner.node import Node


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
        rules: dict[str, WhenMissing] = {}
        for binding in node.bindings:
            if binding.task is not None and rules.get(binding.task) is not WhenMissing.SKIP:
                rules[binding.task] = binding.when_missing
        return cls(
            name=node.name,
            upstream=node.upstream,
            when_missing=rules,
            max_retries=node.task.max_retries,
            retry_delay=node.task.retry_delay,
            fail_safe=node.task.fail_safe,
            places=max(1, ceil(node.task.cpus or 1)),
            groups=tuple((group.name, (limits or {})[group.name]) for group in node.task.concurrency_group),
        )
