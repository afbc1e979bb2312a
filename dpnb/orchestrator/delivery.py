"""In which form a consumer takes a generator's results, as its annotation asks, and whether while they come."""

from __future__ import annotations

from collections import abc
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, TypeAliasType, Union, get_args, get_origin

from dpnb.orchestrator.executable import Delivery
from dpnb.registry import resolve_hints

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dpnb.planner import Node

_DELIVERY_BY_ORIGIN: dict[Any, Delivery] = {
    list: Delivery.LIST,
    abc.Iterator: Delivery.ITERATOR,
    abc.Generator: Delivery.ITERATOR,
    abc.AsyncIterator: Delivery.ASYNC_ITERATOR,
    abc.AsyncIterable: Delivery.ASYNC_ITERATOR,
    abc.AsyncGenerator: Delivery.ASYNC_ITERATOR,
}
_ONE_BY_ONE = (Delivery.ITERATOR, Delivery.ASYNC_ITERATOR)


def delivery_of(node: Node, parameter: str) -> Delivery:
    """Return the form in which a task's parameter takes what a generator has yielded."""
    hint = resolve_hints(node.task).parameters.get(parameter)
    asked = {_DELIVERY_BY_ORIGIN[origin] for origin in _origins(hint) if origin in _DELIVERY_BY_ORIGIN}
    return asked.pop() if len(asked) == 1 else Delivery.AS_IS


def live_edges(nodes: Mapping[str, Node]) -> dict[str, tuple[str, ...]]:
    """Return, by consumer, the producers whose chunks all of its parameters that are bound to them take one by one."""
    streaming = {name for name, node in nodes.items() if node.task.stream_output and node.task.kind.is_generator}
    live: dict[str, tuple[str, ...]] = {}
    for name, node in nodes.items() if streaming else ():
        bound = {b.parameter: b.task for b in node.bindings if b.task is not None and b.task in streaming}
        whole = {task for parameter, task in bound.items() if delivery_of(node, parameter) not in _ONE_BY_ONE}
        if followed := set(bound.values()) - whole:
            live[name] = tuple(sorted(followed))
    return live


def _origins(hint: Any) -> Iterator[Any]:
    """Yield the plain types that a hint names, those of a union's members and behind aliases and annotations too."""
    if isinstance(hint, TypeAliasType):
        yield from _origins(hint.__value__)
    elif get_origin(hint) is Annotated:
        yield from _origins(get_args(hint)[0])
    elif get_origin(hint) in (Union, UnionType):
        for member in get_args(hint):
            yield from _origins(member)
    else:
        yield get_origin(hint) or hint
