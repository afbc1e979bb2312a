"""From the facts of a DAG to its picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dpnb.render.cards import arrows_of, cards_of, diagram_of
from dpnb.render.collapse import collapse, is_large, levels_of
from dpnb.render.engines import lay_out
from dpnb.render.plaintext import outline
from dpnb.render.svg import describe, tooltip_of, write_svg

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dpnb.render.engines import Engine
    from dpnb.render.facts import GraphFacts
    from dpnb.render.layout import Layout


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A picture as SVG and as text.

    Attributes
    ----------
    svg:
        A complete document; node i of what is drawn is its element ``n{i}``.
    text:
        The same as an outline by levels.
    summary:
        One sentence for those who do not see it.
    layout:
        Where everything lies, in the picture's pixels.
    tooltips:
        What each card tells when pointed at, in the nodes' order.
    """

    svg: str
    text: str
    summary: str
    layout: Layout
    tooltips: tuple[str, ...]


def draw(graph: GraphFacts, *, engines: Sequence[Engine] | None = None) -> Drawing:
    """Return the picture of `graph`, of its groups where there is too much to be looked at.

    It never fails for want of an engine: the last one is our own.

    Parameters
    ----------
    graph:
        What to draw.
    engines:
        Layout engines to try before our own; those of this machine by default.
    """
    return draw_whole(collapse(graph).overview if is_large(graph) else graph, engines=engines)


def draw_whole(graph: GraphFacts, *, engines: Sequence[Engine] | None = None) -> Drawing:
    """Return the picture of `graph` with a card for each of its nodes, however many."""
    cards, arrows = cards_of(graph), arrows_of(graph)
    layout = lay_out(diagram_of(cards, arrows, levels_of(graph)), engines)
    return Drawing(
        svg=write_svg(graph, cards, arrows, layout),
        text=outline(graph),
        summary=describe(graph),
        layout=layout,
        tooltips=tuple(map(tooltip_of, cards)),
    )
