"""The picture that a live view colours: every task waiting, with the icons of all states that may come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dpnb.render.drawing import draw_whole
from dpnb.render.icons import symbol
from dpnb.results.records import TaskState

if TYPE_CHECKING:
    from dpnb.planner import PlanOutline


@dataclass(frozen=True, slots=True, kw_only=True)
class LivePicture:
    """A picture whose node i is the element ``n{i}``, and the pairs of nodes that its arrows join."""

    svg: str
    edges: list[tuple[int, int]]


def picture_of(outline: PlanOutline) -> LivePicture:
    """Return the picture of a run that has not begun; it is laid out once."""
    graph = outline.graph_facts(states=dict.fromkeys(outline.execution_order, str(TaskState.PENDING)))
    svg = draw_whole(graph).svg
    icons = "".join(symbol(str(state)) for state in TaskState)
    head, _, rest = svg.partition("<defs>")
    _, _, rest = rest.partition("</defs>")
    places = {node.name: place for place, node in enumerate(graph.nodes)}
    edges = {
        (places[edge.upstream], places[edge.downstream])
        for edge in graph.edges
        if edge.upstream in places and edge.downstream in places
    }
    return LivePicture(svg=f"{head}<defs>{icons}</defs>{rest}", edges=sorted(edges))
