from __future__ import annotations

import random

from dpnb.render.layers import LayeredGraph, arrange, count_crossings, longest_path_layers, without_cycles


def test_a_node_stands_below_its_lowest_predecessor() -> None:
    assert longest_path_layers(4, [(0, 1), (1, 2), (0, 2), (2, 3)]) == [0, 1, 2, 3]


def test_sources_move_towards_their_successors() -> None:
    # 0 → 1 → 2, and 3 → 2: the 3 stands beside the 1, not beside the 0.
    assert longest_path_layers(4, [(0, 1), (1, 2), (3, 2)]) == [0, 1, 2, 1]


def test_one_edge_of_a_cycle_is_turned_round() -> None:
    assert without_cycles(3, [(0, 1), (1, 2), (2, 0)]) == [(0, 1), (1, 2), (0, 2)]


def test_a_dag_keeps_all_its_edges() -> None:
    edges = [(0, 1), (0, 2), (1, 3), (2, 3), (0, 3)]
    assert without_cycles(4, edges) == edges


def test_long_edges_pass_a_dummy_in_every_layer_between() -> None:
    graph = arrange(4, [(0, 1), (1, 2), (2, 3), (0, 3)])
    assert [graph.layer[node] for node in graph.chains[3]] == [0, 1, 2, 3]


def test_crossings_are_counted() -> None:
    graph = arrange(4, [(0, 3), (1, 2)])
    assert count_crossings(graph, [[0, 1], [2, 3]]) == 1
    assert count_crossings(graph, [[0, 1], [3, 2]]) == 0


def test_what_can_be_drawn_without_crossings_is() -> None:
    # Two trees whose leaves alternate in the order in which they are given.
    graph = arrange(10, [(index % 2, index) for index in range(2, 10)])
    assert count_crossings(graph, graph.order) == 0


def as_given(graph: LayeredGraph) -> list[list[int]]:
    """The layers in the order of the nodes' numbers."""
    return [sorted(nodes) for nodes in graph.order]


def test_sweeps_undo_most_crossings_of_random_graphs() -> None:
    before = after = 0
    for seed in range(10):
        dice = random.Random(seed)
        # Three layers of 20; each node is fed by two that lie near it in a hidden order.
        hidden = [dice.sample(range(20 * layer, 20 * layer + 20), 20) for layer in range(3)]
        edges = [
            (hidden[layer - 1][min(max(place + dice.choice((-1, 0, 1)), 0), 19)], hidden[layer][place])
            for layer in (1, 2)
            for place in range(20)
            for _ in range(2)
        ]
        graph = arrange(60, sorted(set(edges)))
        before += count_crossings(graph, as_given(graph))
        after += count_crossings(graph, graph.order)
    assert after < before / 15


def test_a_chain_of_ten_thousand_needs_no_recursion() -> None:
    graph = arrange(10_000, [(index, index + 1) for index in range(9_999)])
    assert graph.layer == list(range(10_000))
