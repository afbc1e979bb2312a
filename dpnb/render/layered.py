"""A layout of our own, for machines without Graphviz: layers, few crossings, straight long edges, smooth curves.

Within a layer every box wants to stand at the mean of its neighbours. The nearest places that keep the order and the
gaps are an isotonic regression, found in one pass by pooling adjacent violators (Barlow et al. 1972).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dpnb.render.layers import arrange
from dpnb.render.layout import MARGIN, NODE_GAP, Box, Layout, bend

if TYPE_CHECKING:
    from dpnb.render.layers import LayeredGraph
    from dpnb.render.layout import Diagram, Point

ROUNDS = 8
DUMMY_BREADTH = 6.0
STRAIGHTNESS = 4.0  # how much more than a card a dummy insists on standing in line with its neighbours


@dataclass(frozen=True, slots=True, kw_only=True)
class _Track:
    """The band of one layer along the flow."""

    start: float
    end: float

    @property
    def middle(self) -> float:
        return (self.start + self.end) / 2


def lay_out(diagram: Diagram) -> Layout:
    """Return a layout of `diagram`; any graph will do, cycles and loops included."""
    edges = [(tail, head) for tail, head in diagram.edges if tail != head]
    graph = arrange(len(diagram.sizes), edges)
    # Along the flow a box is as long as it is wide, unless the flow runs downwards.
    lengths = [size[1] if diagram.downwards else size[0] for size in diagram.sizes]
    breadths = [size[0] if diagram.downwards else size[1] for size in diagram.sizes]
    breadths += [DUMMY_BREADTH] * (len(graph.layer) - len(breadths))
    across = _place_across(graph, breadths)
    tracks = _tracks(graph, lengths, diagram.layer_gap)
    chains = iter(graph.chains)
    curves = [
        _loop(tracks[graph.layer[tail]], lengths[tail], across[tail], breadths[tail])
        if tail == head
        else _curve(next(chains), graph, tracks, lengths, across, turned=graph.layer[tail] > graph.layer[head])
        for tail, head in diagram.edges
    ]
    boxes = [(tracks[graph.layer[node]].middle, across[node]) for node in range(len(diagram.sizes))]
    breadth = max((across[node] + breadths[node] / 2 for node in range(len(across))), default=0.0)
    extent = (tracks[-1].end if tracks else 0.0, breadth)
    return _turned(diagram, boxes, curves, extent)


def _turned(diagram: Diagram, boxes: list[Point], curves: list[list[Point]], extent: Point) -> Layout:
    """Move the origin to the margin, and swap the axes where the flow runs downwards."""

    def place(point: Point) -> Point:
        along, across = point[0] + MARGIN, point[1] + MARGIN
        return (across, along) if diagram.downwards else (along, across)

    width, height = place((extent[0] + MARGIN, extent[1] + MARGIN))
    sized = zip(map(place, boxes), diagram.sizes, strict=True)
    return Layout(
        width=width,
        height=height,
        boxes=tuple(Box(x=x, y=y, width=size[0], height=size[1]) for (x, y), size in sized),
        curves=tuple(tuple(map(place, curve)) for curve in curves),
        engine="own",
    )


def _tracks(graph: LayeredGraph, lengths: list[float], gap: float) -> list[_Track]:
    tracks: list[_Track] = []
    start = 0.0
    for nodes in graph.order:
        length = max((lengths[node] for node in nodes if node < len(lengths)), default=0.0)
        tracks.append(_Track(start=start, end=start + length))
        start += length + gap
    return tracks


def _place_across(graph: LayeredGraph, breadths: list[float]) -> list[float]:
    across = [0.0] * len(graph.layer)
    for nodes in graph.order:
        at = 0.0
        for node in nodes:
            across[node] = at + breadths[node] / 2
            at += breadths[node] + NODE_GAP
        for node in nodes:
            across[node] -= at / 2
    pulls = _pulls(graph)
    for sweep in range(ROUNDS):
        layers = graph.order if sweep % 2 == 0 else graph.order[::-1]
        # The last rounds look both ways, so that neither end of the picture is left leaning.
        both = sweep >= ROUNDS - 2
        for nodes in layers:
            _settle(nodes, pulls, breadths, across, sides=_sides(graph, both=both, downwards=sweep % 2 == 0))
    first = min((across[node] - breadths[node] / 2 for node in range(len(across))), default=0.0)
    return [position - first for position in across]


def _sides(graph: LayeredGraph, *, both: bool, downwards: bool) -> list[list[list[int]]]:
    return [graph.above, graph.below] if both else [graph.above if downwards else graph.below]


def _pulls(graph: LayeredGraph) -> list[float]:
    """Return how strongly each node holds to where it wants to be; 0 for as strongly as it has neighbours."""
    real = len(graph.layer) - sum(len(chain) - 2 for chain in graph.chains)
    return [0.0 if node < real else STRAIGHTNESS for node in range(len(graph.layer))]


def _settle(
    nodes: list[int], pulls: list[float], breadths: list[float], across: list[float], *, sides: list[list[list[int]]]
) -> None:
    """Move the nodes of one layer as near to their neighbours' mean as their order and gaps allow."""
    offsets, wishes, weights = [], [], []
    offset = 0.0
    for index, node in enumerate(nodes):
        if index:
            offset += (breadths[nodes[index - 1]] + breadths[node]) / 2 + NODE_GAP
        near = [other for side in sides for other in side[node]]
        wish = sum(across[other] for other in near) / len(near) if near else across[node]
        offsets.append(offset)
        wishes.append(wish - offset)
        weights.append(pulls[node] or max(len(near), 0.1))
    for node, place, offset in zip(nodes, _isotonic(wishes, weights), offsets, strict=True):
        across[node] = place + offset


def _isotonic(wishes: list[float], weights: list[float]) -> list[float]:
    """Return the non-decreasing numbers with the least weighted squared distance from `wishes`."""
    pools: list[tuple[float, float, int]] = []  # mean, weight, members
    for wish, weight in zip(wishes, weights, strict=True):
        mean, total, members = wish, weight, 1
        while pools and pools[-1][0] > mean:
            left, other, count = pools.pop()
            mean, total, members = (mean * total + left * other) / (total + other), total + other, members + count
        pools.append((mean, total, members))
    return [mean for mean, _, members in pools for _ in range(members)]


def _curve(
    chain: list[int],
    graph: LayeredGraph,
    tracks: list[_Track],
    lengths: list[float],
    across: list[float],
    *,
    turned: bool,
) -> list[Point]:
    """Return an S-shaped curve between each two layers, all tangents along the flow."""
    first, last = chain[0], chain[-1]
    points: list[Point] = [(tracks[graph.layer[first]].middle + lengths[first] / 2, across[first])]
    for node in chain[1:]:
        track = tracks[graph.layer[node]]
        along = track.middle - lengths[last] / 2 if node == last else track.start
        points += bend(points[-1], (along, across[node]))
        if node != last:
            points += bend(points[-1], (track.end, across[node]))
    return points[::-1] if turned else points


def _loop(track: _Track, length: float, across: float, breadth: float) -> list[Point]:
    """Return a small ear at the box's far corner, for an edge from a box to itself."""
    end, side = track.middle + length / 2, across - breadth / 4
    return [(end, side), (end + 24, side - 16), (end + 24, across + breadth / 4 + 16), (end, across + breadth / 4)]
