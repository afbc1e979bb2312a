from __future__ import annotations

from dpnb.render.engines import lay_out
from dpnb.render.grid import COMFORTABLE_WIDTH
from dpnb.render.layout import Diagram

SIZE = (180.0, 50.0)


def test_nodes_without_edges_fill_rows_of_a_notebooks_width() -> None:
    layout = lay_out(Diagram(sizes=(SIZE,) * 12, edges=()), engines=())
    assert len({box.x for box in layout.boxes}) == 4
    assert len({box.y for box in layout.boxes}) == 3
    assert layout.width <= COMFORTABLE_WIDTH


def test_they_stand_below_what_has_edges() -> None:
    layout = lay_out(Diagram(sizes=(SIZE,) * 5, edges=((1, 3),)), engines=())
    linked = {1, 3}
    lowest = max(layout.boxes[node].y + SIZE[1] / 2 for node in linked)
    assert all(layout.boxes[node].y - SIZE[1] / 2 > lowest for node in (0, 2, 4))
    assert layout.boxes[1].x < layout.boxes[3].x
    assert len(layout.curves) == 1


def test_one_card_is_a_picture_of_its_size() -> None:
    layout = lay_out(Diagram(sizes=(SIZE,), edges=()), engines=())
    assert (layout.width, layout.height) == (SIZE[0] + 20, SIZE[1] + 20)
