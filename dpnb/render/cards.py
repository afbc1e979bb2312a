"""What each card of a picture says and how large it is, decided before anything is laid out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dpnb.render.icons import MARKS, kind_of
from dpnb.render.layout import LAYER_GAP, Diagram
from dpnb.render.palette import look_of
from dpnb.render.text import one_line, points, shorten_to_points

if TYPE_CHECKING:
    from dpnb.render.facts import EdgeFacts, GraphFacts, NodeFacts

NAME_SIZE = 13.0
DETAIL_SIZE = 11.0
_BOLD = 1.06  # semibold letters are that much wider
_NARROWEST, _WIDEST = 84.0, 232.0
_LINE, _DETAIL_LINE, _COUNTS_LINE, _PADDING = 18.0, 16.0, 20.0, 8.0
TEXT_LEFT = 13.0
ICON_SPACE = 24.0
MARK_SPACE = 20.0
COMFORTABLE_WIDTH = 940.0  # of a notebook's output, in CSS pixels


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A node's texts as they fit, and its size."""

    node: NodeFacts
    name: str
    detail: str
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
    details = [_detail(node) for node in nodes]
    wanted = (_wanted_width(node, detail) for node, detail in zip(nodes, details, strict=True))
    width = round(min(max(wanted, default=0.0), _WIDEST))
    height = _LINE + 2 * _PADDING
    height += _DETAIL_LINE if any(details) else 0.0
    height += _COUNTS_LINE if any(node.counts for node in nodes) else 0.0
    return [_card(node, detail, width, height) for node, detail in zip(nodes, details, strict=True)]


def _card(node: NodeFacts, detail: str, width: float, height: float) -> Card:
    room = width - TEXT_LEFT * 2 + 1 - (ICON_SPACE if node.state else 0.0)
    name_room = room - (MARK_SPACE if kind_of(node.kind) in MARKS else 0.0)
    return Card(
        node=node,
        name=shorten_to_points(one_line(node.text), name_room, NAME_SIZE * _BOLD),
        detail=shorten_to_points(detail, room, DETAIL_SIZE),
        width=width,
        height=height,
    )


def _detail(node: NodeFacts) -> str:
    word = "" if node.counts else look_of(node.state).word
    return one_line(" · ".join(part for part in (word, node.badge) if part))


def _wanted_width(node: NodeFacts, detail: str) -> float:
    name = points(one_line(node.text[:200]), NAME_SIZE * _BOLD) + (MARK_SPACE if kind_of(node.kind) in MARKS else 0.0)
    counts = sum(counted_width(count) for _, count in node.counts)
    text = max(name, points(detail[:200], DETAIL_SIZE), counts)
    return max(text + 2 * TEXT_LEFT + (ICON_SPACE if node.state else 0.0), _NARROWEST)


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
    width = max((card.width for card in cards), default=0.0) + LAYER_GAP
    depth = len(set(levels))
    broadest = max((levels.count(level) for level in set(levels)), default=0)
    rightwards, downwards = depth * width, broadest * width
    return Diagram(
        sizes=tuple((card.width, card.height) for card in cards),
        edges=tuple((arrow.tail, arrow.head) for arrow in arrows),
        downwards=rightwards > COMFORTABLE_WIDTH * 1.35 and downwards < rightwards,
    )
