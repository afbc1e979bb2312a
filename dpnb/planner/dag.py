"""The structure of a pipeline: which task comes after which, and through which parameter."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from dpnb.errors import UnknownTaskError
from dpnb.planner.topology import Peeled, peel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from dpnb.planner.node import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """An upstream task's result becomes a parameter of its downstream task, or, without one, it only comes first."""

    upstream: str
    downstream: str
    parameter: str | None = None


class DAG:
    """Tasks and their order, immutable, sorted by name.

    It holds what it is given: a `DAGValidator` tells whether that has cycles or names tasks that are not there.

    Examples
    --------
    >>> from dpnb.planner import DAGBuilder
    >>> from dpnb.registry import TaskRegistry, task
    >>> registry = TaskRegistry()
    >>> @task(registry=registry)
    ... def flights() -> int: ...
    >>> @task(registry=registry)
    ... def delays(flights: int) -> int: ...
    >>> dag = DAGBuilder(registry).build()
    >>> dag.upstream("delays"), dag.leaves
    (('flights',), ('delays',))
    """

    __slots__ = ("_downstream", "_peeled", "dangling", "nodes")

    nodes: Mapping[str, Node]
    dangling: tuple[tuple[str, str], ...]
    """Pairs of a task and an upstream task of it that is not in the DAG."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        by_name = {node.name: node for node in nodes}
        self.nodes = MappingProxyType({name: by_name[name] for name in sorted(by_name)})
        self._downstream: dict[str, list[str]] = {name: [] for name in self.nodes}
        dangling = []
        for name, node in self.nodes.items():
            for upstream in node.upstream:
                if upstream in self._downstream:
                    self._downstream[upstream].append(name)
                else:
                    dangling.append((name, upstream))
        self.dangling = tuple(dangling)
        self._peeled: Peeled | None = None

    @property
    def edges(self) -> tuple[Edge, ...]:
        """Every edge, by downstream task: data edges in the order of its parameters, then those of control flow."""
        return tuple(edge for node in self.nodes.values() for edge in edges_into(node))

    @property
    def roots(self) -> tuple[str, ...]:
        """Tasks without upstream, sorted."""
        return tuple(name for name in self.nodes if not self.upstream(name))

    @property
    def leaves(self) -> tuple[str, ...]:
        """Tasks without downstream, sorted."""
        return tuple(name for name in self.nodes if not self._downstream[name])

    @property
    def peeled(self) -> Peeled:
        """Its levels, and what no level can hold because of a cycle; found on first use."""
        if self._peeled is None:
            waiting_for = {name: len(node.upstream) for name, node in self.nodes.items()}
            for name, _ in self.dangling:
                waiting_for[name] -= 1
            self._peeled = peel(waiting_for, self._downstream)
        return self._peeled

    def upstream(self, name: str) -> tuple[str, ...]:
        """Return the tasks directly before `name`, sorted. Raises `UnknownTaskError`."""
        upstream = self._node(name).upstream
        return tuple(one for one in upstream if one in self.nodes) if self.dangling else upstream

    def downstream(self, name: str) -> tuple[str, ...]:
        """Return the tasks directly after `name`, sorted. Raises `UnknownTaskError`."""
        self._node(name)
        return tuple(self._downstream[name])

    def ancestors(self, name: str) -> frozenset[str]:
        """Return all tasks that come before `name`. Raises `UnknownTaskError`."""
        return self._reachable(name, self.upstream)

    def descendants(self, name: str) -> frozenset[str]:
        """Return all tasks that come after `name`. Raises `UnknownTaskError`."""
        return self._reachable(name, self.downstream)

    def subgraph(self, names: Iterable[str]) -> DAG:
        """Return the DAG of these tasks and the edges among them; their bindings stay as they are."""
        kept = set(names)
        nodes = [self._node(name) for name in sorted(kept)]
        return DAG(replace(node, upstream=tuple(one for one in node.upstream if one in kept)) for node in nodes)

    def _node(self, name: str) -> Node:
        try:
            return self.nodes[name]
        except KeyError:
            raise UnknownTaskError(name, known=list(self.nodes)) from None

    def _reachable(self, start: str, step: Callable[[str], tuple[str, ...]]) -> frozenset[str]:
        found: set[str] = set()
        waiting = list(step(start))
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting.extend(step(name))
        return frozenset(found)

    def __len__(self) -> int:
        return len(self.nodes)

    def __iter__(self) -> Iterator[str]:
        return iter(self.nodes)

    def __contains__(self, name: object) -> bool:
        return name in self.nodes

    def __eq__(self, other: object) -> bool:
        return self.nodes == other.nodes if isinstance(other, DAG) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self.nodes))

    def __reduce__(self) -> tuple[type[DAG], tuple[list[Node]]]:
        return DAG, (list(self.nodes.values()),)

    def __repr__(self) -> str:
        return f"DAG({len(self)} tasks, {len(self.edges)} edges)"


def edges_into(node: Node) -> Iterator[Edge]:
    """Yield the edges that end in a node: one for each parameter that takes a result, then those of control flow."""
    for binding in node.bindings:
        if binding.task is not None:
            yield Edge(upstream=binding.task, downstream=node.name, parameter=binding.parameter)
    for upstream in node.control_upstream:
        yield Edge(upstream=upstream, downstream=node.name)
