"""Nodes without any edge stand in rows under the rest: in a layered layout they would make one endless column."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dpnb.render.layout import MARGIN, NODE_GAP, Box, Layout

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dpnb.render.layout import Diagram

COMFORTABLE_WIDTH = 940.0  # of a notebook's output, in CSS pixels


def without_loners(diagram: Diagram) -> tuple[Diagram, list[int], list[int]]:
    """Return the diagram of the nodes that have edges, which they are, and which have none."""
    linked = sorted({node for edge in diagram.edges for node in edge})
    place = {node: index for index, node in enumerate(linked)}
    rest = replace(
        diagram,
        sizes=tuple(diagram.sizes[node] for node in linked),
        edges=tuple((place[tail], place[head]) for tail, head in diagram.edges),
    )
    return rest, linked, [node for node in range(len(diagram.sizes)) if node not in place]


def with_loners(layout: Layout | None, diagram: Diagram, linked: Sequence[int], alone: Sequence[int]) -> Layout:
    """Return the layout of all of `diagram`: what has edges as in `layout`, what has none in rows below it."""
    boxes = dict(zip(linked, layout.boxes, strict=True)) if layout else {}
    top = layout.height - MARGIN + NODE_GAP if layout else MARGIN
    right = layout.width if layout else 0.0
    x, row = MARGIN, 0.0
    for node in alone:
        width, height = diagram.sizes[node]
        if x > MARGIN and x + width + MARGIN > max(COMFORTABLE_WIDTH, layout.width if layout else 0.0):
            x, top, row = MARGIN, top + row + NODE_GAP, 0.0
        boxes[node] = Box(x=x + width / 2, y=top + height / 2, width=width, height=height)
        right, row = max(right, x + width + MARGIN), max(row, height)
        x += width + NODE_GAP
    return Layout(
        width=right,
        height=top + row + MARGIN,
        boxes=tuple(boxes[node] for node in range(len(diagram.sizes))),
        curves=layout.curves if layout else (),
        engine=layout.engine if layout else "own",
    )
