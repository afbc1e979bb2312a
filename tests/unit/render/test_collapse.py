from __future__ import annotations

from collections.abc import Sequence

import pytest

from dpnb.render.collapse import MAX_NODES, collapse, is_large, levels_of
from dpnb.render.drawing import draw
from dpnb.render.facts import EdgeFacts, GraphFacts, NodeFacts


def staged(tags: Sequence[tuple[str, ...]], *, states: list[str] | None = None) -> GraphFacts:
    """A chain with one task for each entry of `tags`."""
    nodes = tuple(
        NodeFacts(name=f"t{i}", tags=tag, level=i, state=states[i] if states else "") for i, tag in enumerate(tags)
    )
    return GraphFacts(nodes=nodes, edges=links([(i, i + 1) for i in range(len(tags) - 1)]))


def links(pairs: list[tuple[int, int]], parameter: str | None = "x") -> tuple[EdgeFacts, ...]:
    return tuple(EdgeFacts(upstream=f"t{a}", downstream=f"t{b}", parameter=parameter) for a, b in pairs)


def groups(graph: GraphFacts) -> dict[str, list[str]]:
    return {group.name: [node.name for node in group.members] for group in collapse(graph).groups}


@pytest.mark.parametrize(
    ("nodes", "edges", "large"), [(300, 0, False), (301, 0, True), (100, 600, False), (100, 601, True)]
)
def test_size_is_nodes_or_nodes_and_edges(nodes: int, edges: int, large: bool) -> None:
    pairs = [(a, b) for b in range(nodes) for a in range(b)][:edges]
    graph = GraphFacts(nodes=tuple(NodeFacts(name=f"t{i}") for i in range(nodes)), edges=links(pairs))
    assert is_large(graph) is large


def test_given_groups_come_before_tags() -> None:
    nodes = tuple(NodeFacts(name=f"t{i}", group="even" if i % 2 == 0 else "odd", tags=(f"tag{i}",)) for i in range(4))
    assert groups(GraphFacts(nodes=nodes)) == {"even": ["t0", "t2"], "odd": ["t1", "t3"]}


def test_tags_that_all_tasks_have_tell_nothing() -> None:
    graph = staged([("etl", "extract"), ("etl", "extract"), ("etl", "report"), ("etl", "report")])
    assert groups(graph) == {"extract": ["t0", "t1"], "report": ["t2", "t3"]}


def test_a_task_with_several_tags_is_in_one_group() -> None:
    graph = staged([("extract",), ("extract", "slow"), ("report", "slow"), ("report",)])
    assert groups(graph) == {"extract": ["t0", "t1"], "report": ["t2", "t3"]}


def test_without_sensible_tags_levels_are_joined() -> None:
    graph = staged([("a",), ()] * 80)
    found = groups(graph)
    assert len(found) == 16
    assert found["levels 0–9"] == [f"t{i}" for i in range(10)]


def test_levels_are_worked_out_where_none_is_given() -> None:
    nodes = tuple(NodeFacts(name=f"t{i}") for i in range(3))
    assert levels_of(GraphFacts(nodes=nodes, edges=links([(0, 1), (1, 2)]))) == [0, 1, 2]


def test_a_groups_card_counts_states_and_shows_the_most_urgent() -> None:
    states = ["succeeded"] * 5 + ["failed"] + ["pending"] * 2
    card = collapse(staged([("load",)] * 7 + [("show",)], states=states)).overview.nodes[0]
    assert card.text == "load"
    assert card.badge == "7 tasks"
    assert card.state == "failed"
    assert card.counts == (("succeeded", 5), ("failed", 1), ("pending", 1))


def test_a_group_of_one_keeps_its_own_card() -> None:
    graph = staged([("load",)] * 4 + [("show",)])
    assert collapse(graph).overview.nodes[1] == graph.nodes[4]


def test_edges_between_groups_are_merged_and_counted_by_kind() -> None:
    nodes = tuple(NodeFacts(name=f"t{i}", group="ab"[i // 2], level=i // 2) for i in range(4))
    edges = links([(0, 2), (0, 3), (1, 3)]) + links([(1, 2)], None) + links([(0, 1)])
    merged = collapse(GraphFacts(nodes=nodes, edges=edges)).overview.edges
    assert [(edge.parameter, edge.count) for edge in merged] == [("x", 3), (None, 1)]


def test_a_group_named_like_a_task_is_not_taken_for_it() -> None:
    nodes = (NodeFacts(name="a", group="solo"), *(NodeFacts(name=f"t{i}", group="a") for i in range(3)))
    edges = (EdgeFacts(upstream="a", downstream="t0", parameter="x"),)
    overview = collapse(GraphFacts(nodes=nodes, edges=edges)).overview
    assert len({node.name for node in overview.nodes}) == 2
    assert len(overview.edges) == 1


def test_pictures_of_large_graphs_are_overviews() -> None:
    graph = staged([("load",)] * 200 + [("show",)] * (MAX_NODES - 150))
    drawing = draw(graph, engines=())
    assert len(drawing.layout.boxes) == 2
    assert drawing.summary == "350 tasks"
