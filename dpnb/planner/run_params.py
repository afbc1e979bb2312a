"""The parameters of a run: which arguments they are, and which of them nobody takes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dpnb.planner.node import Source
from dpnb.planner.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from dpnb.planner.node import Binding, Node

_OPEN = (Source.PARAM, Source.DEFAULT)


def unused_params(nodes: Iterable[Node], params: Mapping[str, Any]) -> list[str]:
    """Describe every run parameter that is no argument of any task."""
    if not params:
        return []
    filled_by: dict[str, str] = {}
    takers: dict[str, str] = {}
    for node in nodes:
        for binding in node.bindings:
            if binding.source in _OPEN:
                takers.setdefault(binding.parameter, node.name)
            elif binding.task is not None:
                filled_by.setdefault(binding.parameter, binding.task)
    return [_unused(name, filled_by, takers) for name in params if name not in takers]


def with_params(node: Node, params: Collection[str]) -> Node:
    """Return the node with its defaults replaced by those run parameters that have their names."""
    bindings = tuple(_rebound(binding, params) for binding in node.bindings)
    return node if bindings == node.bindings else replace(node, bindings=bindings)


def _rebound(binding: Binding, params: Collection[str]) -> Binding:
    takes = binding.source is Source.DEFAULT and binding.parameter in params
    return replace(binding, source=Source.PARAM) if takes else binding


def _unused(name: str, filled_by: Mapping[str, str], takers: Mapping[str, str]) -> str:
    if name in filled_by:
        upstream = filled_by[name]
        return f"Run parameter {name!r} has no effect: task {upstream!r} gives it; exclude that task to replace it."
    if suggestion := did_you_mean(name, takers):
        return f"Run parameter {name!r} is taken by no selected task{suggestion}"
    listed = f"they take {', '.join(map(repr, sorted(takers)[:8]))}" if takers else "they take none"
    return f"Run parameter {name!r} is taken by no selected task; {listed}."
