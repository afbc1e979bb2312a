"""The one writer of pictures: whatever engine laid it out, a DAG looks the same and has the same ids and classes.

Node i is ``<g id="n{i}" class="node state-… kind-…">``, arrow i is ``<g id="e{i}" class="edge data|control">``; no id or
class ever holds a user's text. Colours stand in presentation attributes, which survive every sanitizer, leak into no
page and give way to any style sheet that a live view may bring.
"""

from __future__ import annotations

import html
import math
from collections import Counter
from typing import TYPE_CHECKING

from dpnb.render.cards import DETAIL_LINE, DETAIL_SIZE, NAME_LINE, NAME_SIZE, counted_width
from dpnb.render.icons import MARKS, class_word, symbol
from dpnb.render.palette import EDGE, FONT, INK, MUTED, count_states, look_of, tell_counts
from dpnb.render.text import one_line, points

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dpnb.render.cards import Arrow, Card
    from dpnb.render.facts import GraphFacts
    from dpnb.render.layout import Box, Layout, Point

_ARROW = 8.0  # length of an arrow's head
_COUNTS = 20.0  # height of a line of icons with counts
_DASHES = ' stroke-dasharray="5 4"'


def write_svg(graph: GraphFacts, cards: Sequence[Card], arrows: Sequence[Arrow], layout: Layout) -> str:
    """Return the picture as a complete SVG document."""
    width, height = math.ceil(layout.width), math.ceil(layout.height)
    title, summary = graph.title or "DAG", describe(graph)
    states = dict.fromkeys(state for card in cards for state in (card.node.state, *dict(card.node.counts)) if state)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'role="img" aria-label="{escape(f"{title}: {summary}")}" class="dpnb-dag" font-family="{FONT}">',
        f"<title>{escape(title)}</title><desc>{escape(summary)}</desc>",
        "<defs>" + "".join(map(symbol, states)) + "</defs>" if states else "",
        '<g class="edges">',
        *(_arrow(index, arrow, layout.curves[index], cards) for index, arrow in enumerate(arrows)),
        '</g><g class="nodes">',
        *(_card(index, card, layout.boxes[index]) for index, card in enumerate(cards)),
        "</g></svg>",
    ]
    return "\n".join(part for part in parts if part)


def describe(graph: GraphFacts) -> str:
    """Return a sentence for those who do not see the picture: how many tasks, in which states."""
    counts: Counter[str] = Counter()
    for node in graph.nodes:
        counts.update(dict(node.counts) or {node.state: 1})
    tasks = counts.total()
    told = tell_counts(count_states(counts.elements()))
    return f"{tasks:,} {'task' if tasks == 1 else 'tasks'}" + (f": {told}" if told else "")


def tooltip_of(card: Card) -> str:
    """Return the lines that show while the pointer rests on a card."""
    node = card.node
    kind = MARKS[card.kind][0] if card.kind in MARKS else ""
    rows = [("state", look_of(node.state).word), ("kind", kind), *node.tooltip]
    lines = [one_line(node.text), *(f"{key}: {value}" for key, value in rows if value)]
    lines += [f"{look_of(state).word}: {count:,}" for state, count in node.counts]
    return "\n".join(lines)


def escape(text: str) -> str:
    """Return `text` fit for XML text and attributes; characters that XML forbids are left out."""
    return html.escape("".join(char for char in text if char in "\t\n" or _is_xml(ord(char))))


def _is_xml(code: int) -> bool:
    return code >= 0x20 and not 0x7F <= code <= 0x9F and not 0xD800 <= code <= 0xDFFF and code & 0xFFFE != 0xFFFE  # noqa: PLR2004 - the ranges of XML 1.0, section 2.2


def _card(index: int, card: Card, box: Box) -> str:
    look, node = look_of(card.node.state), card.node
    fill, line = ("#ffffff", EDGE) if card.kind == "neighbour" else (look.fill, look.accent)
    left, top = box.x - card.width / 2, box.y - card.height / 2
    classes = ["node", *([f"state-{class_word(node.state)}"] if node.state else [])]
    classes += [f"kind-{card.kind}"] if card.kind else []
    dashes = ' stroke-dasharray="5 3.5"' if look.dashed else ""
    frame = f'width="{_n(card.width)}" height="{_n(card.height)}" rx="8" fill="{fill}" stroke="{line}"'
    return "".join(
        [
            f'<g id="n{index}" class="{" ".join(classes)}" transform="translate({_n(left)} {_n(top)})">',
            f"<title>{escape(tooltip_of(card))}</title>",
            *(
                f'<rect x="{_n(step)}" y="{_n(-step)}" {frame} opacity=".55"/>'
                for step in (6, 3)
                if card.kind == "group"
            ),
            f'<rect class="card" {frame} stroke-width="1.4"{dashes}/>',
            f'<use href="#i-{class_word(node.state)}" x="22" y="{_n(card.height / 2)}"/>' if node.state else "",
            *_texts(card),
            *_counts(card),
            "</g>",
        ]
    )


def _texts(card: Card) -> Iterable[str]:
    look, left = look_of(card.node.state), _n(card.text_left)
    lines = len(card.names) * NAME_LINE + len(card.details) * DETAIL_LINE + (_COUNTS if card.node.counts else 0.0)
    baseline = (card.height - lines) / 2 - 3.6  # the block of lines stands in the middle of the card
    if card.kind in MARKS:
        yield f'<path class="mark" transform="translate({_n(card.width - 16)} {_n(baseline + 11.5)})" fill="none" '
        yield f'd="{MARKS[card.kind][1]}" stroke="{look.accent}" stroke-width="1.5" stroke-linecap="round"/>'
    for line in card.names:
        baseline += NAME_LINE
        yield f'<text class="name" x="{left}" y="{_n(baseline)}" font-size="{_n(NAME_SIZE)}" font-weight="600" '
        yield f'fill="{INK}">{escape(line)}</text>'
    for number, line in enumerate(card.details):
        baseline += DETAIL_LINE
        ink = MUTED if number else look.ink
        yield f'<text class="detail" x="{left}" y="{_n(baseline)}" font-size="{_n(DETAIL_SIZE)}" fill="{ink}">'
        yield f"{escape(line)}</text>"


def _counts(card: Card) -> Iterable[str]:
    left, middle = card.text_left, card.height - 16
    for state, count in card.node.counts:
        look = look_of(state)
        yield f'<use href="#i-{class_word(state)}" transform="translate({_n(left + 6)} {_n(middle)}) scale(.72)"/>'
        yield f'<text x="{_n(left + 15)}" y="{_n(middle + 4)}" font-size="{_n(DETAIL_SIZE)}" font-weight="600" '
        yield f'fill="{look.ink}">{count:,}</text>'
        left += counted_width(count)


def _arrow(index: int, arrow: Arrow, curve: Sequence[Point], cards: Sequence[Card]) -> str:
    points_, tip, wings = _with_head(curve)
    path = f"M{_xy(points_[0])}C" + " ".join(map(_xy, points_[1:]))
    stroke = f'stroke="{EDGE}" stroke-width="{_n(min(1.5 + math.log10(arrow.count), 4.0))}"'
    head = f"M{_xy(wings[0])}L{_xy(tip)} {_xy(wings[1])}"
    ends = f"{cards[arrow.tail].node.text} → {cards[arrow.head].node.text}"
    told = f"as {', '.join(dict.fromkeys(arrow.parameters))}" if arrow.is_data else "order only"
    told = f"{arrow.count:,} edges" if arrow.count > 1 else told
    return (
        f'<g id="e{index}" class="edge {"data" if arrow.is_data else "control"}"><title>{escape(f"{ends}: {told}")}</title>'
        f'<path d="{path}" fill="none" {stroke}{"" if arrow.is_data else _DASHES}/>'
        + (f'<path d="{head}Z" fill="{EDGE}"/>' if arrow.is_data else f'<path d="{head}" fill="none" {stroke}/>')
        + (_count_label(arrow.count, curve) if arrow.count > 1 else "")
        + "</g>"
    )


def _with_head(curve: Sequence[Point]) -> tuple[list[Point], Point, tuple[Point, Point]]:
    """Return the curve drawn back to the base of its head, the head's tip, and its two wings."""
    tip = curve[-1]
    before = next((point for point in reversed(curve[:-1]) if math.dist(point, tip) > 1.0), (tip[0] - 1, tip[1]))
    length = math.dist(before, tip) or 1.0
    along = ((tip[0] - before[0]) / length, (tip[1] - before[1]) / length)
    base = (tip[0] - along[0] * _ARROW, tip[1] - along[1] * _ARROW)
    aside = (-along[1] * _ARROW * 0.46, along[0] * _ARROW * 0.46)
    bend = (curve[-2][0] - along[0] * _ARROW, curve[-2][1] - along[1] * _ARROW)
    wings = ((base[0] + aside[0], base[1] + aside[1]), (base[0] - aside[0], base[1] - aside[1]))
    return [*curve[:-2], bend, base], tip, wings


def _count_label(count: int, curve: Sequence[Point]) -> str:
    start = len(curve) // 6 * 3  # the first point of the middle piece
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = curve[start : start + 4]
    x, y = (ax + 3 * bx + 3 * cx + dx) / 8, (ay + 3 * by + 3 * cy + dy) / 8
    text = f"×{count:,}"
    half = points(text, 10) / 2 + 5
    return (
        f'<rect x="{_n(x - half)}" y="{_n(y - 8)}" width="{_n(2 * half)}" height="16" rx="8" fill="#ffffff" '
        f'stroke="{EDGE}"/><text x="{_n(x)}" y="{_n(y + 3.6)}" font-size="10" text-anchor="middle" fill="{INK}">{text}</text>'
    )


def _xy(point: Point) -> str:
    return f"{_n(point[0])} {_n(point[1])}"


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
