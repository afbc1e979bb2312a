from __future__ import annotations

import pytest

from dpnb.planner.topology import cycles


def test_levels_come_off_in_order_with_names_sorted(dag_of):
    peeled = dag_of(z="", b="a", a="", c="a b", y="z").peeled
    assert peeled.levels == [["a", "z"], ["b", "y"], ["c"]]
    assert peeled.stuck == frozenset()


def test_what_hangs_on_a_cycle_is_stuck_and_what_comes_before_is_not(dag_of):
    peeled = dag_of(first="", a="first b", b="a", after="b").peeled
    assert peeled.levels == [["first"]]
    assert peeled.stuck == {"a", "b", "after"}


def test_missing_tasks_hold_nobody_up(dag_of):
    assert dag_of(a="ghost other", b="a ghost").peeled.levels == [["a"], ["b"]]


@pytest.mark.parametrize(
    ("edges", "found"),
    [
        ({"a": "a"}, [["a"]]),
        ({"b": "a", "a": "b"}, [["a", "b"]]),
        ({"a": "c", "b": "a", "c": "b"}, [["a", "b", "c"]]),
        ({"a": "b", "b": "a", "c": "d", "d": "c"}, [["a", "b"], ["c", "d"]]),
        ({"a": "b", "b": "a", "c": "b d", "d": "c"}, [["a", "b"], ["c", "d"]]),
        ({"a": "b", "b": "a a2", "a2": "b"}, [["a", "b"]]),
        ({"a": "a b", "b": "a"}, [["a"]]),
        ({"b": "e f", "d": "d", "e": "e", "f": "b"}, [["e"], ["b", "f"], ["d"]]),
        ({"x": "y", "y": "x w", "w": ""}, [["x", "y"]]),
        ({"tail": "k", "tail2": "tail", "k": "l", "l": "k"}, [["k", "l"]]),
    ],
)
def test_cycles_are_found_from_their_first_name_downstream(dag_of, edges, found):
    dag = dag_of(edges)
    assert list(cycles(dag)) == found


def test_a_circle_of_ten_thousand_is_one_cycle(dag_of):
    size = 10_000
    dag = dag_of({f"t{n:05}": f"t{(n - 1) % size:05}" for n in range(size)})
    [cycle] = cycles(dag)
    assert cycle == sorted(dag)
