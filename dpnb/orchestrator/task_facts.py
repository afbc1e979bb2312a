"""What the resolver knows of a task."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dpnb.planner.node import WhenMissing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dpnb.planner.node import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFacts:
    """A task's name, what it waits for, and what its failure means.

    `when_missing` holds the upstream tasks whose results are arguments; an upstream task that is absent from it only
    comes first. `retry_delay` is seconds, or a callable that takes the number of the failed attempt.
    """

    name: str
    upstream: tuple[str, ...] = ()
    when_missing: Mapping[str, WhenMissing] = field(default_factory=dict)
    max_retries: int = 0
    retry_delay: float | Callable[[int], float] = 1.0
    fail_safe: bool = False

    @classmethod
    def of(cls, node: Node) -> TaskFacts:
        """Take the facts from a plan's node; where several parameters take one task's result, skipping wins."""
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
        )
