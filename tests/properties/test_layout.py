"""Whatever graph it is given, our own layout places everything, overlaps nothing and flows forward."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from dpnb.render import layered
from dpnb.render.engines import lay_out
from dpnb.render.layers import arrange
from dpnb.render.layout import Box, Diagram, checked

SIZES = st.tuples(st.floats(10, 300), st.floats(10, 120))


@st.composite
def dags(draw: st.DrawFn) -> Diagram:
    sizes = draw(st.lists(SIZES, min_size=1, max_size=24))
    pairs = list(combinations(range(len(sizes)), 2))
    edges = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=60)) if pairs else []
    names = draw(st.permutations(range(len(sizes))))  # so that an edge may lead to a lower number
    return Diagram(
        sizes=tuple(sizes),
        edges=tuple((names[tail], names[head]) for tail, head in edges),
        downwards=draw(st.booleans()),
    )


@st.composite
def graphs(draw: st.DrawFn) -> Diagram:
    sizes = draw(st.lists(SIZES, min_size=1, max_size=12))
    node = st.integers(0, len(sizes) - 1)
    return Diagram(sizes=tuple(sizes), edges=tuple(draw(st.lists(st.tuples(node, node), max_size=30))))


def overlap(one: Box, other: Box) -> bool:
    gap_x = abs(one.x - other.x) - (one.width + other.width) / 2
    gap_y = abs(one.y - other.y) - (one.height + other.height) / 2
    return gap_x < -1e-6 and gap_y < -1e-6


@given(dags())
@settings(deadline=None)
def test_no_two_cards_overlap(diagram: Diagram) -> None:
    layout = lay_out(diagram, engines=())
    assert not any(overlap(one, other) for one, other in combinations(layout.boxes, 2))


@given(dags())
@settings(deadline=None)
def test_every_edge_goes_forward_from_border_to_border(diagram: Diagram) -> None:
    layout = layered.lay_out(diagram)
    axis = int(diagram.downwards)
    for (tail, head), curve in zip(diagram.edges, layout.curves, strict=True):
        ends = [(box.x, box.y)[axis] for box in (layout.boxes[tail], layout.boxes[head])]
        halves = [diagram.sizes[node][axis] / 2 for node in (tail, head)]
        assert ends[0] + halves[0] < ends[1] - halves[1]
        along = [point[axis] for point in curve]
        assert along == sorted(along)
        assert abs(along[0] - (ends[0] + halves[0])) < 1e-6
        assert abs(along[-1] - (ends[1] - halves[1])) < 1e-6


@given(graphs())
@settings(deadline=None)
def test_any_graph_is_placed_in_full_within_the_picture(diagram: Diagram) -> None:
    layout = checked(lay_out(diagram, engines=()), diagram)
    assert [(box.width, box.height) for box in layout.boxes] == list(diagram.sizes)


@given(graphs())
@settings(deadline=None)
def test_equal_graphs_are_laid_out_equally(diagram: Diagram) -> None:
    assert layered.lay_out(diagram) == layered.lay_out(diagram)


@given(dags())
@settings(deadline=None)
def test_order_holds_every_node_once_and_in_its_layer(diagram: Diagram) -> None:
    graph = arrange(len(diagram.sizes), list(diagram.edges))
    assert sorted(node for nodes in graph.order for node in nodes) == list(range(len(graph.layer)))
    assert all(graph.layer[node] == layer for layer, nodes in enumerate(graph.order) for node in nodes)
