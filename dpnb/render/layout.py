"""Where things lie in a picture: what an engine is asked, and what it answers.

Points have their origin at the top left. Boxes and edges keep the order in which they were asked for, so that an
engine needs no name of a task and cannot mangle one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

type Point = tuple[float, float]

MARGIN = 10.0
LAYER_GAP = 42.0  # between neighbouring layers, along the flow
NODE_GAP = 18.0  # between neighbours in a layer


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagram:
    """What is to be laid out: boxes by size (width, height), edges by index, flowing to the right or downwards."""

    sizes: tuple[tuple[float, float], ...]
    edges: tuple[tuple[int, int], ...]
    downwards: bool = False
    layer_gap: float = LAYER_GAP


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A card: its centre and its size."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A diagram laid out. A curve holds 1 + 3k points of a cubic Bézier spline, from the upstream box's border on."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    curves: tuple[tuple[Point, ...], ...]
    engine: str


class LayoutError(Exception):
    """An engine gave no usable layout; the next one is asked."""


def checked(layout: Layout, diagram: Diagram) -> Layout:
    """Return `layout` if it answers `diagram` in full and all of it lies in the picture; garbage ends here.

    Raises
    ------
    LayoutError
        If a box or a curve is missing, is no box or curve, or lies outside.
    """
    if len(layout.boxes) != len(diagram.sizes) or len(layout.curves) != len(diagram.edges):
        raise LayoutError("boxes or edges are missing")
    if any(len(curve) == 1 or len(curve) % 3 != 1 for curve in layout.curves):
        raise LayoutError("an edge is not a spline")
    if not (math.isfinite(layout.width) and math.isfinite(layout.height)):
        raise LayoutError("the picture has no size")
    inside = all(
        box.width / 2 <= box.x <= layout.width - box.width / 2
        and box.height / 2 <= box.y <= layout.height - box.height / 2
        for box in layout.boxes
    )
    reach = 2 * (layout.width + layout.height)  # control points may lie outside, but not anywhere
    if not inside or not all(abs(n) <= reach for curve in layout.curves for point in curve for n in point):
        raise LayoutError("something lies outside the picture")
    return layout


def with_even_curves(layout: Layout, diagram: Diagram) -> Layout:
    """Return `layout` with the same S-shaped curve for each edge from one layer to the next, whatever the engine.

    Longer edges keep the engine's curves, which lead around the boxes in between.
    """
    curves = list(layout.curves)
    for index, (tail, head) in enumerate(diagram.edges):
        start, end = _ports(layout.boxes[tail], layout.boxes[head], downwards=diagram.downwards)
        axis = int(diagram.downwards)
        if 0 < end[axis] - start[axis] < 1.5 * diagram.layer_gap:
            curves[index] = (start, *bend(start, end, downwards=diagram.downwards))
    return replace(layout, curves=tuple(curves))


def _ports(tail: Box, head: Box, *, downwards: bool) -> tuple[Point, Point]:
    if downwards:
        return (tail.x, tail.y + tail.height / 2), (head.x, head.y - head.height / 2)
    return (tail.x + tail.width / 2, tail.y), (head.x - head.width / 2, head.y)


def bend(start: Point, end: Point, *, downwards: bool = False) -> tuple[Point, Point, Point]:
    """Return the rest of a curve from `start` to `end` that leaves and arrives along the flow."""
    if downwards:
        middle = (start[1] + end[1]) / 2
        return (start[0], middle), (end[0], middle), end
    middle = (start[0] + end[0]) / 2
    return (middle, start[1]), (middle, end[1]), end
