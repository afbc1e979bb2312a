"""What each card of a picture says and how large it is, decided before anything is laid out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dpnb.render.grid import COMFORTABLE_WIDTH
from dpnb.render.icons import MARKS, kind_of
from dpnb.render.layout import LAYER_GAP, NODE_GAP, Diagram
from dpnb.render.palette import look_of
from dpnb.render.text import cut_to_points, one_line, points, wrap_to_points

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dpnb.render.facts import EdgeFacts, GraphFacts, NodeFacts

NAME_SIZE = 13.0
DETAIL_SIZE = 11.0
DETAIL_LINE = 15.0
_BOLD = 1.1  # semibold letters are that much wider
NAME_LINE = 16.0
_NARROWEST, _WIDEST = 64.0, 180.0
_WIDEST_DETAILS, _WIDEST_COUNTS = 208.0, 284.0
_ONE_LINE = 132.0  # longer details than this put the state and the badge on a line each
_COUNTS_LINE, _PADDING = 21.0, 8.5
TEXT_LEFT = 13.0
ICON_SPACE = 24.0
MARK_SPACE = 20.0
_COUNT_LABEL = 26.0  # more room between layers, for how many edges an arrow stands for


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A node's texts as they fit, and its size."""

    node: NodeFacts
    names: tuple[str, ...]  # the name's lines
    details: tuple[str, ...]
    width: float
    height: float

    @property
    def kind(self) -> str:
        """The kind as a word for CSS classes and marks."""
        return kind_of(self.node.kind)

    @property
    def text_left(self) -> float:
        """Where text begins, from the card's left border."""
        return TEXT_LEFT + (ICON_SPACE if self.node.state else 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrow:
    """One drawn edge; all edges between the same two nodes share it."""

    tail: int
    head: int
    parameters: tuple[str, ...]
    count: int

    @property
    def is_data(self) -> bool:
        """Whether a value travels along it."""
        return bool(self.parameters)


def cards_of(graph: GraphFacts) -> list[Card]:
    """Return the cards of a picture, all of one size: columns and rows then line up by themselves."""
    nodes = graph.nodes
    details = _details(nodes)
    width = float(round(max(map(_wanted_width, nodes, details), default=0.0)))
    names = [_name(node, width - _frame(node) - _mark_space(node)) for node in nodes]
    lines = zip(names, details, strict=True)
    height = 2 * _PADDING + max(
        (NAME_LINE * len(name) + DETAIL_LINE * len(detail) for name, detail in lines), default=0
    )
    height += _COUNTS_LINE if any(node.counts for node in nodes) else 0.0
    return [
        Card(node=node, names=name, details=_fitting(node, lines, width), width=width, height=height)
        for node, name, lines in zip(nodes, names, details, strict=True)
    ]


def _name(node: NodeFacts, room: float) -> tuple[str, ...]:
    return wrap_to_points(one_line(node.text), room + 1, NAME_SIZE * _BOLD)


def _fitting(node: NodeFacts, details: tuple[str, ...], width: float) -> tuple[str, ...]:
    return tuple(cut_to_points(line, width - _frame(node) + 1, DETAIL_SIZE) for line in details)


def _details(nodes: Sequence[NodeFacts]) -> list[tuple[str, ...]]:
    """Return each card's lines under its name: state and badge together where that is short on all cards."""
    told = [[one_line(part) for part in (_word(node), node.badge) if part] for node in nodes]
    joined = [" · ".join(parts) for parts in told]
    if all(points(line, DETAIL_SIZE) <= _ONE_LINE for line in joined):
        return [(line,) if line else () for line in joined]
    return [tuple(parts) for parts in told]


def _word(node: NodeFacts) -> str:
    return "" if node.counts else look_of(node.state).word


def _wanted_width(node: NodeFacts, details: tuple[str, ...]) -> float:
    """Return the width that shows all; long names take two lines before they make every card wider."""
    frame = _frame(node)
    name = points(one_line(node.text[:200]), NAME_SIZE * _BOLD) + _mark_space(node) + frame
    detail = max((points(line[:200], DETAIL_SIZE) for line in details), default=0.0) + frame
    counts = sum(counted_width(count) for _, count in node.counts) + frame
    return max(_NARROWEST, min(name, _WIDEST), min(detail, _WIDEST_DETAILS), min(counts, _WIDEST_COUNTS))


def _frame(node: NodeFacts) -> float:
    """Return the width that a card needs beside its text."""
    return 2 * TEXT_LEFT + (ICON_SPACE if node.state else 0.0)


def _mark_space(node: NodeFacts) -> float:
    return MARK_SPACE if kind_of(node.kind) in MARKS else 0.0


def counted_width(count: int) -> float:
    """Return the room that a small icon with its count takes."""
    return 16.0 + points(f"{count:,}", DETAIL_SIZE) + 8.0


def arrows_of(graph: GraphFacts) -> list[Arrow]:
    """Return one arrow for each two nodes that edges connect, in the order of their first edges."""
    place = {node.name: index for index, node in enumerate(graph.nodes)}
    merged: dict[tuple[int, int], list[EdgeFacts]] = {}
    for edge in graph.edges:
        if edge.upstream in place and edge.downstream in place:
            merged.setdefault((place[edge.upstream], place[edge.downstream]), []).append(edge)
    return [
        Arrow(
            tail=tail,
            head=head,
            parameters=tuple(edge.parameter for edge in edges if edge.parameter is not None),
            count=sum(edge.count for edge in edges) if any(edge.count > 1 for edge in edges) else 1,
        )
        for (tail, head), edges in merged.items()
    ]


def diagram_of(cards: list[Card], arrows: list[Arrow], levels: list[int]) -> Diagram:
    """Return what to lay out, flowing to the right unless only downwards it fits a notebook's width better."""
    gap = LAYER_GAP + (_COUNT_LABEL if any(arrow.count > 1 for arrow in arrows) else 0.0)
    width = max((card.width for card in cards), default=0.0)
    sizes = Counter(levels)
    rightwards, downwards = len(sizes) * (width + gap), max(sizes.values(), default=0) * (width + NODE_GAP)
    return Diagram(
        sizes=tuple((card.width, card.height) for card in cards),
        edges=tuple((arrow.tail, arrow.head) for arrow in arrows),
        downwards=rightwards > COMFORTABLE_WIDTH * 1.25 and downwards < rightwards,
        layer_gap=gap,
    )
