"""What the resolver knows of a task."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from dpnb.planner.node import WhenMissing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from dpnb.planner.node import Binding, Node
    from dpnb.planner.outline import OutlineTask
    from dpnb.registry.concurrency_group import ConcurrencyGroup


_MOST_NAMES = 16  # more are sooner found in a dict


class AllNeeded(Mapping[str, WhenMissing]):
    """The rules of a task that needs the results of all its upstream tasks, as most do, in a fifth of a dict's size."""

    __slots__ = ("_names",)

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names

    def __getitem__(self, name: str) -> WhenMissing:
        if name not in self._names:
            raise KeyError(name)
        return WhenMissing.SKIP

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __repr__(self) -> str:
        return repr(dict(self))


_NO_RULES: Mapping[str, WhenMissing] = MappingProxyType({})


class TaskFacts(NamedTuple):
    """A task's name, what it waits for, and what its failure means.

    `when_missing` holds the upstream tasks whose results are arguments; an upstream task that is absent from it only
    comes first. Of the upstream tasks in `live` it takes each chunk as it comes. `retry_delay` is seconds, or a
    callable that takes the number of the failed attempt.
    """

    name: str
    upstream: tuple[str, ...] = ()
    when_missing: Mapping[str, WhenMissing] = _NO_RULES
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
            when_missing=_rules(node.bindings, node.upstream),
            max_retries=node.task.max_retries,
            retry_delay=node.task.retry_delay,
            fail_safe=node.task.fail_safe,
            places=_places(node.task.cpus),
            groups=_groups(node.task.concurrency_group, limits or {}),
        )

    @classmethod
    def of_outline(cls, task: OutlineTask) -> TaskFacts:
        """Take the facts from a stored plan's task, which tells nothing of retries."""
        return cls(
            name=task.name,
            upstream=task.upstream,
            when_missing=_rules(task.bindings, task.upstream),
            places=_places(task.cpus),
            groups=tuple((name, int(limit)) for name, _, limit in (group.rpartition(":") for group in task.groups)),
        )


def _groups(groups: tuple[ConcurrencyGroup, ...], limits: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple((group.name, limits[group.name]) for group in groups) if groups else ()


def _rules(bindings: Iterable[Binding], upstream: tuple[str, ...]) -> Mapping[str, WhenMissing]:
    if not upstream:
        return _NO_RULES
    rules: dict[str, WhenMissing] = {}
    for binding in bindings:
        if binding.task is not None and rules.get(binding.task) is not WhenMissing.SKIP:
            rules[binding.task] = binding.when_missing
    if len(rules) == len(upstream) <= _MOST_NAMES and set(rules.values()) == {WhenMissing.SKIP}:
        return AllNeeded(upstream)
    return rules or _NO_RULES


def _places(cpus: float | None) -> int:
    return 1 if cpus is None else max(1, ceil(cpus))
