from __future__ import annotations

import pytest

from dpnb.errors import PlanError
from dpnb.planner import DAG, CriticalPath, DAGAnalyzer


def test_order_goes_by_level_then_by_name(dag_of):
    analyzer = DAGAnalyzer(dag_of(z="", b="a", a="", c="z"))
    assert analyzer.levels == [["a", "z"], ["b", "c"]]
    assert analyzer.order == ["a", "z", "b", "c"]
    assert analyzer.width == 2


def test_an_empty_dag_has_nothing_to_order():
    analyzer = DAGAnalyzer(DAG([]))
    assert (analyzer.levels, analyzer.order, analyzer.width) == ([], [], 0)
    assert analyzer.critical_path() == CriticalPath(tasks=(), length=0.0)


def test_the_critical_path_has_the_most_tasks(dag_of):
    path = DAGAnalyzer(dag_of(a="", b="a", c="b", short="a", d="c short")).critical_path()
    assert path == CriticalPath(tasks=("a", "b", "c", "d"), length=4.0)


def test_of_equal_paths_the_first_by_name_is_taken(dag_of):
    assert DAGAnalyzer(dag_of(a="", c="a", b="a", d="b c")).critical_path().tasks == ("a", "b", "d")


def test_durations_decide_where_they_are_known(dag_of):
    analyzer = DAGAnalyzer(dag_of(a="", b="a", c="b", slow="", d="slow"))
    path = analyzer.critical_path({"slow": 10.0, "d": 2.5, "a": 1.0})
    assert path == CriticalPath(tasks=("slow", "d"), length=12.5)


def test_cycles_are_refused(dag_of):
    with pytest.raises(PlanError, match="a → b → a"):
        _ = DAGAnalyzer(dag_of(a="b", b="a")).order


def test_a_chain_of_ten_thousand_needs_no_recursion(dag_of):
    names = [f"t{n:05}" for n in range(10_000)]
    dag = dag_of(dict(zip(names, ["", *names], strict=False)))
    analyzer = DAGAnalyzer(dag)
    assert analyzer.order == names
    assert analyzer.critical_path().length == len(names)
    assert len(dag.ancestors(names[-1])) == len(names) - 1
    assert len(dag.descendants(names[0])) == len(names) - 1
