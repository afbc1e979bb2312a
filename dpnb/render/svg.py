"""The one writer of pictures: whatever engine laid it out, a DAG looks the same and has the same ids and classes.

Node i is ``<g id="n{i}" class="node state-… kind-…">``, arrow i is ``<g id="e{i}" class="edge data|control">``; no id
or class ever holds a user's text. Colours stand in presentation attributes, which survive every sanitizer, leak into
no page and give way to any style sheet that a live view may bring.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from dpnb.render.arrows import write_arrow
from dpnb.render.cards import DETAIL_LINE, DETAIL_SIZE, NAME_LINE, NAME_SIZE, TEXT_LEFT, counted_width
from dpnb.render.icons import MARKS, symbol
from dpnb.render.markup import class_word, escape, number
from dpnb.render.palette import EDGE, FONT, INK, MUTED, count_states, look_of, tell_counts
from dpnb.render.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dpnb.render.cards import Arrow, Card
    from dpnb.render.facts import GraphFacts
    from dpnb.render.layout import Box, Layout

_COUNTS_LINE = 20.0
_ICON_MIDDLE = 22.0  # from a card's left border
_DASHES = ' stroke-dasharray="5 3.5"'
_STACK = (6.0, 3.0)  # how far the cards behind a group's card look out


def write_svg(graph: GraphFacts, cards: Sequence[Card], arrows: Sequence[Arrow], layout: Layout) -> str:
    """Return the picture as a complete SVG document."""
    width, height = math.ceil(layout.width), math.ceil(layout.height)
    title, summary = graph.title or "DAG", describe(graph)
    states = dict.fromkeys(state for card in cards for state in (card.node.state, *dict(card.node.counts)) if state)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'role="img" aria-label="{escape(f"{title}: {summary}")}" class="dpnb-dag" font-family="{FONT}">'
    )
    parts = [
        head,
        f"<title>{escape(title)}</title><desc>{escape(summary)}</desc>",
        f"<defs>{''.join(map(symbol, states))}</defs>",
        '<g class="edges">',
        *(write_arrow(index, arrow, layout.curves[index], cards) for index, arrow in enumerate(arrows)),
        '</g><g class="nodes">',
        *("".join(_card(index, card, layout.boxes[index])) for index, card in enumerate(cards)),
        "</g></svg>",
    ]
    return "\n".join(parts)


def describe(graph: GraphFacts) -> str:
    """Return a sentence for those who do not see the picture: how many tasks, in which states."""
    counts: Counter[str] = Counter()
    for node in graph.nodes:
        counts.update(dict(node.counts) or {node.state: node.stands_for})
    told = tell_counts(count_states(counts))
    tasks = sum(node.stands_for for node in graph.nodes)
    return f"{tasks:,} {'task' if tasks == 1 else 'tasks'}" + (f": {told}" if told else "")


def tooltip_of(card: Card) -> str:
    """Return the lines that show while the pointer rests on a card."""
    node = card.node
    kind = MARKS[card.kind][0] if card.kind in MARKS else ""
    told = [("state", look_of(node.state).word), ("kind", kind), *node.tooltip]
    told += [(look_of(state).word, f"{count:,}") for state, count in node.counts]
    return "\n".join([one_line(node.text), *(f"{key}: {value}" for key, value in told if value)])


def _card(index: int, card: Card, box: Box) -> Iterable[str]:
    state, look = card.node.state, look_of(card.node.state)
    fill, line = ("#ffffff", EDGE) if card.kind == "neighbour" else (look.fill, look.accent)
    classes = f"node state-{class_word(state)}" if state else "node"
    classes += f" kind-{card.kind}" if card.kind else ""
    frame = f'width="{number(card.width)}" height="{number(card.height)}" rx="8" fill="{fill}" stroke="{line}"'
    left, top = number(box.x - card.width / 2), number(box.y - card.height / 2)
    yield f'<g id="n{index}" class="{classes}" transform="translate({left} {top})">'
    yield f"<title>{escape(tooltip_of(card))}</title>"
    for step in _STACK if card.kind == "group" else ():
        yield f'<rect x="{number(step)}" y="{number(step)}" {frame} opacity=".6"/>'
    yield f'<rect class="card" {frame} stroke-width="1.4"{_DASHES if look.dashed else ""}/>'
    if state:
        yield f'<use href="#i-{class_word(state)}" x="{number(_ICON_MIDDLE)}" y="{number(card.height / 2)}"/>'
    yield from _texts(card)
    yield from _counts(card)
    yield "</g>"


def _texts(card: Card) -> Iterable[str]:
    look, left = look_of(card.node.state), card.text_left
    lines = len(card.names) * NAME_LINE + len(card.details) * DETAIL_LINE
    lines += _COUNTS_LINE if card.node.counts else 0.0
    baseline = (card.height - lines) / 2 - 3.6  # the block of lines stands in the middle of the card
    if card.kind in MARKS:
        yield f'<path class="mark" transform="translate({number(card.width - 16)} {number(baseline + 11.5)})" '
        yield f'd="{MARKS[card.kind][1]}" fill="none" stroke="{look.accent}" stroke-width="1.5"/>'
    for line in card.names:
        baseline += NAME_LINE
        yield _text(line, "name", (left, baseline), f'font-size="{NAME_SIZE:.0f}" font-weight="600" fill="{INK}"')
    for place, line in enumerate(card.details):
        baseline += DETAIL_LINE
        ink = MUTED if place else look.ink
        yield _text(line, "detail", (left, baseline), f'font-size="{DETAIL_SIZE:.0f}" fill="{ink}"')


def _counts(card: Card) -> Iterable[str]:
    left, middle, end = card.text_left, card.height - 16, card.width - TEXT_LEFT / 2
    for state, count in card.node.counts:
        look, width = look_of(state), counted_width(count)
        if left + width > end:
            yield _text("…", "count", (left, middle + 4), f'font-size="{DETAIL_SIZE:.0f}" fill="{MUTED}"')
            return
        place = f"translate({number(left + 6)} {number(middle)}) scale(.72)"
        yield f'<use href="#i-{class_word(state)}" transform="{place}"/>'
        bold = f'font-size="{DETAIL_SIZE:.0f}" font-weight="600" fill="{look.ink}"'
        yield _text(f"{count:,}", "count", (left + 15, middle + 4), bold)
        left += width


def _text(text: str, kind: str, place: tuple[float, float], style: str) -> str:
    return f'<text class="{kind}" x="{number(place[0])}" y="{number(place[1])}" {style}>{escape(text)}</text>'
