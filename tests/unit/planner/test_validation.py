from __future__ import annotations

import pytest

from dpnb.errors import PlanError
from dpnb.planner import DAGValidator


def test_a_sound_dag_passes(dag_of):
    DAGValidator().validate(dag_of(a="", b="a", c="a b"))


def test_a_cycle_is_printed_as_a_path(dag_of):
    with pytest.raises(PlanError, match="in a cycle: a → b → c → a"):
        DAGValidator().validate(dag_of(c="b", b="a", a="c"))


def test_a_self_dependency_is_called_one(dag_of):
    assert DAGValidator().problems(dag_of(a="a")) == ["Task 'a' depends on itself."]


def test_missing_tasks_suggest_the_closest(dag_of):
    dag = dag_of(extract="", load="exract zz")
    assert DAGValidator().problems(dag) == [
        "Task 'load' depends on 'exract', which is not registered; did you mean 'extract'?",
        "Task 'load' depends on 'zz', which is not registered.",
    ]


def test_suggestions_come_from_all_that_is_known(dag_of):
    [text] = DAGValidator().problems(dag_of(load="exract"), known=["extract", "load"])
    assert "did you mean 'extract'" in text


def test_everything_is_told_at_once(dag_of):
    dag = dag_of(a="b ghost", b="a", self="self", x="y", y="x")
    with pytest.raises(PlanError) as refused:
        DAGValidator().validate(dag)
    assert refused.value.problems == (
        "Task 'a' depends on 'ghost', which is not registered.",
        "Tasks wait for each other in a cycle: a → b → a.",
        "Task 'self' depends on itself.",
        "Tasks wait for each other in a cycle: x → y → x.",
    )
