from __future__ import annotations

import pickle

import pytest

from dpnb.errors import UnknownTaskError
from dpnb.planner import DAG, DAGBuilder, Edge


@pytest.fixture
def diamond(dag_of):
    return dag_of(d="b c", c="a", b="a", a="", alone="")


def test_neighbours_are_sorted(diamond):
    assert diamond.upstream("d") == ("b", "c")
    assert diamond.downstream("a") == ("b", "c")
    assert diamond.upstream("a") == diamond.downstream("d") == ()


def test_ancestors_and_descendants_are_transitive(diamond):
    assert diamond.ancestors("d") == {"a", "b", "c"}
    assert diamond.descendants("a") == {"b", "c", "d"}
    assert diamond.ancestors("alone") == diamond.descendants("alone") == frozenset()


def test_a_task_on_a_cycle_is_its_own_ancestor(dag_of):
    dag = dag_of(a="b", b="a")
    assert dag.ancestors("a") == {"a", "b"}


def test_roots_and_leaves(diamond):
    assert diamond.roots == ("a", "alone")
    assert diamond.leaves == ("alone", "d")


def test_it_is_a_sorted_collection_of_names(diamond):
    assert list(diamond) == ["a", "alone", "b", "c", "d"]
    assert len(diamond) == 5
    assert "a" in diamond
    assert "z" not in diamond
    assert repr(diamond) == "DAG(5 tasks, 4 edges)"


def test_unknown_names_suggest_the_closest(diamond):
    for ask in (diamond.upstream, diamond.downstream, diamond.ancestors, diamond.descendants):
        with pytest.raises(UnknownTaskError, match="'alone'"):
            ask("alon")
    with pytest.raises(UnknownTaskError):
        diamond.subgraph(["a", "zz"])


def test_a_subgraph_keeps_the_edges_within(diamond):
    part = diamond.subgraph(["a", "b", "d"])
    assert list(part) == ["a", "b", "d"]
    assert part.upstream("d") == ("b",)
    assert part.downstream("a") == ("b",)
    assert part.dangling == ()
    assert diamond.upstream("d") == ("b", "c")


def test_edges_say_which_parameter_takes_the_result(registry, define):
    define("a")
    define("b")
    define("c", "one, two, a", dependencies=["a", "b"], inputs={"one": "a", "two": "a"})
    assert DAGBuilder(registry).build().edges == (
        Edge(upstream="a", downstream="c", parameter="one"),
        Edge(upstream="a", downstream="c", parameter="two"),
        Edge(upstream="a", downstream="c", parameter="a"),
        Edge(upstream="b", downstream="c"),
    )


def test_it_cannot_be_changed(diamond):
    with pytest.raises(TypeError):
        diamond.nodes["new"] = diamond.nodes["a"]
    with pytest.raises(AttributeError):
        diamond.more = 1


def test_missing_upstream_is_listed_and_not_followed(dag_of):
    dag = dag_of(a="ghost", b="a ghost")
    assert dag.dangling == (("a", "ghost"), ("b", "ghost"))
    assert dag.upstream("b") == ("a",)
    assert dag.roots == ("a",)
    assert dag.ancestors("b") == {"a"}


def test_equal_dags_are_made_of_equal_nodes(dag_of):
    one, same, other = dag_of(a="", b="a"), dag_of(b="a", a=""), dag_of(a="", b="")
    assert one == same
    assert hash(one) == hash(same)
    assert one != other
    assert one != "a DAG"


def a_task(): ...


def test_it_can_be_pickled(registry):
    from dpnb.registry import describe_task

    registry.register(describe_task(a_task))
    dag = DAGBuilder(registry).build()
    assert DAG.__reduce__(dag)[0] is DAG
    assert pickle.loads(pickle.dumps(dag.subgraph([]))) == DAG([])
