from __future__ import annotations

import pytest

from dpnb.render.layered import lay_out
from dpnb.render.layout import MARGIN, Diagram, checked

SIZE = (120.0, 50.0)


def diagram(count: int, edges: list[tuple[int, int]], *, downwards: bool = False) -> Diagram:
    return Diagram(sizes=(SIZE,) * count, edges=tuple(edges), downwards=downwards)


def test_a_chain_is_a_straight_line() -> None:
    layout = lay_out(diagram(4, [(0, 1), (1, 2), (2, 3)]))
    assert {box.y for box in layout.boxes} == {MARGIN + SIZE[1] / 2}
    assert all(point[1] == layout.boxes[0].y for curve in layout.curves for point in curve)


def test_a_fork_is_centred_on_its_root() -> None:
    layout = lay_out(diagram(4, [(0, 1), (0, 2), (0, 3)]))
    ys = sorted(box.y for box in layout.boxes[1:])
    assert layout.boxes[0].y == pytest.approx(ys[1])


def test_curves_begin_and_end_at_the_borders() -> None:
    layout = lay_out(diagram(3, [(0, 1), (1, 2), (0, 2)]))
    for (tail, head), curve in zip([(0, 1), (1, 2), (0, 2)], layout.curves, strict=True):
        start, end = layout.boxes[tail], layout.boxes[head]
        assert curve[0] == (start.x + start.width / 2, start.y)
        assert curve[-1] == (end.x - end.width / 2, end.y)


def test_long_edges_lead_around_the_cards_between() -> None:
    layout = lay_out(diagram(3, [(0, 1), (1, 2), (0, 2)]))
    middle = layout.boxes[1]
    passing = [point for point in layout.curves[2] if abs(point[0] - middle.x) <= middle.width / 2]
    assert passing
    assert all(abs(point[1] - middle.y) > middle.height / 2 for point in passing)


def test_downwards_is_the_same_turned_by_a_quarter() -> None:
    edges = [(0, 1), (0, 2), (1, 3), (2, 3)]
    right = lay_out(Diagram(sizes=((50.0, 50.0),) * 4, edges=tuple(edges)))
    down = lay_out(Diagram(sizes=((50.0, 50.0),) * 4, edges=tuple(edges), downwards=True))
    assert [(box.y, box.x) for box in right.boxes] == [(box.x, box.y) for box in down.boxes]
    assert (right.width, right.height) == (down.height, down.width)


def test_edges_of_cycles_still_run_from_tail_to_head() -> None:
    edges = [(0, 1), (1, 0), (1, 1)]
    layout = checked(lay_out(diagram(2, edges)), diagram(2, edges))
    assert layout.curves[0][0][0] < layout.curves[0][-1][0]
    assert layout.curves[1][0][0] > layout.curves[1][-1][0]


def test_nothing_is_laid_out_as_nothing() -> None:
    assert lay_out(diagram(0, [])).boxes == ()
