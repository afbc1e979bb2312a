"""Where things lie in a picture: what an engine is asked, and what it answers.

Points have their origin at the top left. Boxes and edges keep the order in which they were asked for, so that an
engine needs no name of a task and cannot mangle one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

type Point = tuple[float, float]

MARGIN = 10.0
LAYER_GAP = 52.0  # between neighbouring layers, along the flow
NODE_GAP = 18.0  # between neighbours in a layer


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagram:
    """What is to be laid out: boxes by size (width, height), edges by index, flowing to the right or downwards."""

    sizes: tuple[tuple[float, float], ...]
    edges: tuple[tuple[int, int], ...]
    downwards: bool = False


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
    """Return `layout` if it answers `diagram` in full with finite numbers; the reader of garbage ends here.

    Raises
    ------
    LayoutError
        If a box or a curve is missing, or a number is not finite.
    """
    if len(layout.boxes) != len(diagram.sizes) or len(layout.curves) != len(diagram.edges):
        raise LayoutError("boxes or edges are missing")
    if any(len(curve) < 4 or len(curve) % 3 != 1 for curve in layout.curves):
        raise LayoutError("an edge is not a spline")
    numbers = [layout.width, layout.height]
    numbers += (n for box in layout.boxes for n in (box.x, box.y, box.width, box.height))
    numbers += (n for curve in layout.curves for point in curve for n in point)
    if not all(map(math.isfinite, numbers)):
        raise LayoutError("a coordinate is not a number")
    return layout
