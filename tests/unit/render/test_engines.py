"""Engines are asked in turn; the last one is our own and always answers."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass

import pytest

from dpnb.render import EdgeFacts, GraphFacts, NodeFacts
from dpnb.render.drawing import draw
from dpnb.render.layout import Diagram, Layout

GRAPH = GraphFacts(
    nodes=(NodeFacts(name="a"), NodeFacts(name="b")), edges=(EdgeFacts(upstream="a", downstream="b", parameter="a"),)
)


@dataclass(eq=False)
class FakeEngine:
    """Fails as it is told to, and counts how often it is asked."""

    error: Exception
    asked: int = 0

    def lay_out(self, diagram: Diagram, timeout_s: float) -> Layout:  # noqa: ARG002 - the protocol's
        self.asked += 1
        raise self.error


@pytest.mark.parametrize("error", [OSError("no program"), ValueError("garbage"), MemoryError()], ids=repr)
def test_whatever_an_engine_raises_the_picture_is_drawn(error):
    first, second = FakeEngine(error), FakeEngine(error)
    assert draw(GRAPH, engines=[first, second]).layout.boxes
    assert (first.asked, second.asked) == (1, 1)


def test_an_engine_that_fails_is_asked_again_for_the_next_picture():
    engine = FakeEngine(OSError())
    for _ in range(2):
        draw(GRAPH, engines=[engine])
    assert engine.asked == 2


def test_an_engine_that_hung_is_not_waited_for_again():
    engine = FakeEngine(subprocess.TimeoutExpired("dot", 5))
    for _ in range(3):
        assert draw(GRAPH, engines=[engine]).layout.boxes
    assert engine.asked == 1
