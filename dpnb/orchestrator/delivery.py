"""In which form a consumer takes a result, as its annotation asks, and whether while its chunks come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.orchestrator.executable import Delivery
from dpnb.registry import TaskKind, resolve_hints
from dpnb.registry.asked_form import BY_ADDRESS, asked_form

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dpnb.planner import Node

_ONE_BY_ONE = (Delivery.ITERATOR, Delivery.ASYNC_ITERATOR)


def delivery_of(node: Node, parameter: str, producer: TaskKind = TaskKind.GENERATOR) -> Delivery:
    """Return the form in which a task's parameter takes what a task of the kind `producer` gives."""
    if not producer.is_generator:
        annotations = (one.annotation for one in node.task.schema.parameters if one.name == parameter)
        return Delivery.ADDRESS if asked_form(next(annotations, None)) == BY_ADDRESS else Delivery.AS_IS
    hint = resolve_hints(node.task).parameters.get(parameter)
    return Delivery(asked_form(hint) or Delivery.AS_IS)


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
