"""Layers of a directed graph, and the order within them that crosses few edges.

The steps are those of Sugiyama, Tagawa and Toda (1981): break cycles, put every node on a layer below its
predecessors, split long edges by dummy nodes, then sweep over the layers sorting each by the mean of its neighbours.
Nothing recurses, and equal input gives equal output.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

SWEEPS = 8
MAX_RESTARTED = 500  # nodes; above, one start must do
MAX_SWAPPED = 2_000  # nodes; above, sweeps alone must do
MAX_DUMMIES = 20_000  # beyond it, long edges run straight instead of around the cards


@dataclass(slots=True, kw_only=True)
class LayeredGraph:
    """Nodes 0…n-1 are the caller's, later ones dummies; `chains` gives each edge's nodes from its upper layer down."""

    layer: list[int]
    above: list[list[int]] = field(default_factory=list)
    below: list[list[int]] = field(default_factory=list)
    chains: list[list[int]] = field(default_factory=list)
    order: list[list[int]] = field(default_factory=list)


def arrange(count: int, edges: list[tuple[int, int]]) -> LayeredGraph:
    """Return `count` nodes and their edges in layers, each ordered so that few edges cross."""
    forward = without_cycles(count, edges)
    graph = _split_long_edges(longest_path_layers(count, forward), forward)
    graph.order = _order(graph)
    return graph


def without_cycles(count: int, edges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the edges with those turned round that a depth-first walk finds to close a cycle."""
    below: list[list[int]] = [[] for _ in range(count)]
    for number, (tail, _) in enumerate(edges):
        below[tail].append(number)
    forward, seen, open_ = list(edges), [False] * count, [False] * count
    for root in range(count):
        stack = [] if seen[root] else [root]
        positions = [0] * len(stack)
        while stack:
            node = stack[-1]
            seen[node] = open_[node] = True
            if positions[-1] == len(below[node]):
                open_[node] = False
                stack.pop()
                positions.pop()
                continue
            number = below[node][positions[-1]]
            positions[-1] += 1
            head = edges[number][1]
            if open_[head]:
                forward[number] = (head, node)
            elif not seen[head]:
                stack.append(head)
                positions.append(0)
    return forward


def longest_path_layers(count: int, edges: list[tuple[int, int]]) -> list[int]:
    """Return each node's layer: one below its lowest predecessor, but near its successors where that costs nothing."""
    above: list[list[int]] = [[] for _ in range(count)]
    below: list[list[int]] = [[] for _ in range(count)]
    for tail, head in edges:
        if tail != head:
            below[tail].append(head)
            above[head].append(tail)
    waiting = [len(nodes) for nodes in above]
    queue = [node for node in range(count) if not waiting[node]]
    layer = [0] * count
    for node in queue:  # grows while it is read: Kahn's algorithm
        for head in below[node]:
            layer[head] = max(layer[head], layer[node] + 1)
            waiting[head] -= 1
            if not waiting[head]:
                queue.append(head)
    for node in reversed(queue):
        if len(below[node]) > len(above[node]):
            layer[node] = min(layer[head] for head in below[node]) - 1
    return layer


def _split_long_edges(layer: list[int], edges: list[tuple[int, int]]) -> LayeredGraph:
    graph = LayeredGraph(layer=list(layer))
    for tail, head in edges:
        inner = layer[head] - layer[tail] - 1
        if inner > 0 and len(graph.layer) + inner <= len(layer) + MAX_DUMMIES:
            first = len(graph.layer)
            graph.layer.extend(range(layer[tail] + 1, layer[head]))
            graph.chains.append([tail, *range(first, first + inner), head])
        else:
            graph.chains.append([tail, head])
    graph.above = [[] for _ in graph.layer]
    graph.below = [[] for _ in graph.layer]
    for chain in graph.chains:
        for upper, lower in pairwise(chain):
            if graph.layer[lower] == graph.layer[upper] + 1:
                graph.below[upper].append(lower)
                graph.above[lower].append(upper)
    return graph


def _order(graph: LayeredGraph) -> list[list[int]]:
    """Sweep from several starts, and keep the order that crosses fewest edges."""
    best = fewest = None
    for start in _starts(graph):
        layers: list[list[int]] = [[] for _ in range(max(graph.layer, default=-1) + 1)]
        for node in start:
            layers[graph.layer[node]].append(node)
        for sweep in range(SWEEPS + 1):
            crossings = count_crossings(graph, layers)
            if fewest is None or crossings < fewest:
                best, fewest = [list(nodes) for nodes in layers], crossings
            if not fewest:
                return layers
            _sweep(graph, layers, sweep)
            if len(graph.layer) <= MAX_SWAPPED:
                _swap_neighbours(graph, layers)
    return best or []


def _starts(graph: LayeredGraph) -> list[Sequence[int]]:
    walk = _walk(graph)
    return [walk, range(len(walk)), walk[::-1]] if len(walk) <= MAX_RESTARTED else [walk]


def _sweep(graph: LayeredGraph, layers: list[list[int]], number: int) -> None:
    """Sort one layer after the other by the layer before it, downwards and upwards in turn."""
    downwards = number % 2 == 0
    neighbours = graph.above if downwards else graph.below
    order = range(1, len(layers)) if downwards else range(len(layers) - 2, -1, -1)
    for index in order:
        fixed = layers[index - 1 if downwards else index + 1]
        # Every other pair of sweeps turns equals round: many orders are equally good, and one leads on.
        layers[index] = _by_mean(layers[index], fixed, neighbours, turn_equals=number % 4 > 1)


def _swap_neighbours(graph: LayeredGraph, layers: list[list[int]]) -> None:
    """Swap nodes side by side wherever that uncrosses edges: what means cannot tell apart."""
    for index, nodes in enumerate(layers):
        sides = [
            (layers[other], near)
            for other, near in ((index - 1, graph.above), (index + 1, graph.below))
            if 0 <= other < len(layers)
        ]
        ends = [
            {node: sorted(map(place.__getitem__, near[node])) for node in nodes}
            for place, near in (({node: at for at, node in enumerate(fixed)}, near) for fixed, near in sides)
        ]
        for at in range(len(nodes) - 1):
            left, right = nodes[at], nodes[at + 1]
            kept = sum(_pair_crossings(side[left], side[right]) for side in ends)
            swapped = sum(_pair_crossings(side[right], side[left]) for side in ends)
            if swapped < kept:
                nodes[at], nodes[at + 1] = right, left


def _pair_crossings(left: list[int], right: list[int]) -> int:
    """Return how many edges to the sorted places `left` cross those to `right`."""
    return sum(bisect_left(right, end) for end in left)


def _walk(graph: LayeredGraph) -> list[int]:
    """Return all nodes depth first along the edges, so that what belongs together starts side by side."""
    seen, found = [False] * len(graph.layer), []
    for root in range(len(graph.layer)):
        stack = [root]
        while stack:
            node = stack.pop()
            if seen[node]:
                continue
            seen[node] = True
            found.append(node)
            stack.extend(reversed(graph.below[node]))
            stack.extend(reversed(graph.above[node]))
    return found


def _by_mean(nodes: list[int], fixed: list[int], neighbours: list[list[int]], *, turn_equals: bool) -> list[int]:
    """Sort `nodes` by the mean place of their neighbours; those without any keep their places."""
    place = {node: index for index, node in enumerate(fixed)}
    means = {
        node: sum(place[near] for near in neighbours[node]) / len(neighbours[node])
        for node in nodes
        if neighbours[node]
    }
    movable = iter(sorted(reversed(means) if turn_equals else means, key=means.__getitem__))
    return [next(movable) if node in means else node for node in nodes]


def count_crossings(graph: LayeredGraph, layers: list[list[int]]) -> int:
    """Return how many pairs of edges cross between neighbouring layers."""
    total = 0
    for index in range(len(layers) - 1):
        place = {node: position for position, node in enumerate(layers[index + 1])}
        passed: list[int] = []
        for node in layers[index]:
            ends = sorted(place[head] for head in graph.below[node])
            total += sum(len(passed) - bisect_right(passed, end) for end in ends)
            for end in ends:
                insort(passed, end)
    return total
