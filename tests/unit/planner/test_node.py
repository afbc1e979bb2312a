from __future__ import annotations

from dpnb.planner import Binding, Node, Source
from dpnb.registry import describe_task


def test_upstream_is_told_apart_by_what_it_gives():
    def report(a, b, again, year=2013): ...

    node = Node(
        name="report",
        task=describe_task(report),
        upstream=("a", "b", "first"),
        bindings=(
            Binding(parameter="b", source=Source.TASK, task="b"),
            Binding(parameter="a", source=Source.TASK, task="a"),
            Binding(parameter="again", source=Source.TASK, task="a"),
            Binding(parameter="year", source=Source.DEFAULT),
        ),
    )
    assert node.data_upstream == ("a", "b")
    assert node.control_upstream == ("first",)
