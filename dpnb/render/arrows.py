"""Edges as SVG: solid with a full head where a value travels, dashed with an open head where only order counts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dpnb.render.markup import escape, number
from dpnb.render.palette import EDGE, INK
from dpnb.render.text import one_line, points

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dpnb.render.cards import Arrow, Card
    from dpnb.render.layout import Point

_HEAD = 8.0  # length of an arrow's head
_HALF_HEAD = 3.7  # half its breadth
_THICKEST = 2.8
_LABEL_SIZE = 10.0


def write_arrow(index: int, arrow: Arrow, curve: Sequence[Point], cards: Sequence[Card]) -> str:
    """Return the element ``e{index}``: the line along `curve`, its head, and a count where it stands for many edges."""
    line, tip, (left, right) = _with_head(curve)
    thickness = number(min(1.5 + 0.4 * math.log10(arrow.count), _THICKEST))
    stroke = f'fill="none" stroke="{EDGE}" stroke-width="{thickness}"'
    head = f"M{_xy(left)}L{_xy(tip)} {_xy(right)}"
    if arrow.is_data:
        drawn = f'<path d="{_path(line)}" {stroke}/><path d="{head}Z" fill="{EDGE}"/>'
    else:
        drawn = f'<path d="{_path(curve)}" {stroke} stroke-dasharray="5 4"/><path d="{head}" {stroke}/>'
    return (
        f'<g id="e{index}" class="edge {"data" if arrow.is_data else "control"}">'
        f"<title>{escape(_told(arrow, cards))}</title>{drawn}{_count(arrow.count, curve)}</g>"
    )


def _told(arrow: Arrow, cards: Sequence[Card]) -> str:
    ends = f"{one_line(cards[arrow.tail].node.text)} → {one_line(cards[arrow.head].node.text)}"
    if arrow.count > 1:
        return f"{ends}: {arrow.count:,} edges"
    return f"{ends}: {'as ' + ', '.join(dict.fromkeys(arrow.parameters)) if arrow.is_data else 'order only'}"


def _with_head(curve: Sequence[Point]) -> tuple[list[Point], Point, tuple[Point, Point]]:
    """Return the curve drawn back to the base of its head, the head's tip, and its two wings."""
    tip = curve[-1]
    before = next((point for point in reversed(curve[:-1]) if math.dist(point, tip) > 1.0), (tip[0] - 1.0, tip[1]))
    length = math.dist(before, tip)
    along = ((tip[0] - before[0]) / length, (tip[1] - before[1]) / length)
    base = (tip[0] - along[0] * _HEAD, tip[1] - along[1] * _HEAD)
    aside = (-along[1] * _HALF_HEAD, along[0] * _HALF_HEAD)
    bend = (curve[-2][0] - along[0] * _HEAD, curve[-2][1] - along[1] * _HEAD)
    wings = ((base[0] + aside[0], base[1] + aside[1]), (base[0] - aside[0], base[1] - aside[1]))
    return [*curve[:-2], bend, base], tip, wings


def _count(count: int, curve: Sequence[Point]) -> str:
    """Return how many edges an arrow stands for, on its middle."""
    if count == 1:
        return ""
    start = len(curve) // 6 * 3  # where the middle one of the Bézier pieces begins
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = curve[start : start + 4]
    x, y = (ax + 3 * bx + 3 * cx + dx) / 8, (ay + 3 * by + 3 * cy + dy) / 8
    text = f"×{count:,}"
    half = points(text, _LABEL_SIZE) / 2 + 5
    return (
        f'<rect x="{number(x - half)}" y="{number(y - 8)}" width="{number(2 * half)}" height="16" rx="8" '
        f'fill="#ffffff" stroke="{EDGE}"/><text x="{number(x)}" y="{number(y + 3.6)}" '
        f'font-size="{number(_LABEL_SIZE)}" text-anchor="middle" fill="{INK}">{text}</text>'
    )


def _path(curve: Sequence[Point]) -> str:
    return f"M{_xy(curve[0])}C" + " ".join(map(_xy, curve[1:]))


def _xy(point: Point) -> str:
    return f"{number(point[0])} {number(point[1])}"
