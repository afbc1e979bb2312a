"""The picture that a live view colours: every task waiting, with the icons of all states that may come."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dpnb.render.cards import arrows_of
from dpnb.render.collapse import is_large
from dpnb.render.drawing import draw_whole
from dpnb.render.icons import symbol
from dpnb.results.records import TaskState

if TYPE_CHECKING:
    from dpnb.planner import PlanOutline

MOST_DRAWN = 2_000
"""A DAG of more tasks is not drawn card by card: neither an eye nor a page can take it."""
MOST_AT_ONCE = 60
"""A DAG of more tasks is laid out while the cell goes on: it takes some tenths of a second."""

_ROOM = "100 % · 00 min 00 s"  # what a card’s second line may have to hold; the page writes it


@dataclass(frozen=True, slots=True, kw_only=True)
class LivePicture:
    """A picture whose node i is the element ``n{i}``; arrow i, ``e{i}``, joins the two nodes at place i of `edges`.

    `svg` is empty where there are too many tasks.
    """

    svg: str
    edges: list[tuple[int, int]]


def picture_of(outline: PlanOutline) -> LivePicture:
    """Return the picture of a run that has not begun; it is laid out once."""
    graph = outline.graph_facts(states=dict.fromkeys(outline.execution_order, str(TaskState.PENDING)))
    graph = replace(graph, title="Tasks", nodes=tuple(replace(node, badge=_ROOM) for node in graph.nodes))
    edges = [(arrow.tail, arrow.head) for arrow in arrows_of(graph)]
    if len(graph.nodes) > MOST_DRAWN:
        return LivePicture(svg="", edges=edges)
    # Graphviz takes seconds where our own layout takes some tenths of one.
    svg = draw_whole(graph, engines=() if is_large(graph) else None).svg.replace(_ROOM, "")
    icons = "".join(symbol(str(state)) for state in TaskState)
    head, _, rest = svg.partition("<defs>")
    _, _, rest = rest.partition("</defs>")
    return LivePicture(svg=f"{head}<defs>{icons}</defs>{rest}", edges=edges)


def takes_a_moment(outline: PlanOutline) -> bool:
    """Tell whether the picture is of so many tasks that nobody should be kept waiting for it."""
    return len(outline.tasks) > MOST_AT_ONCE
