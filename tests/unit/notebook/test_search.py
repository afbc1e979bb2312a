"""The search of tables, without a page."""

from __future__ import annotations

import re

import pytest

from dpnb import TaskRegistry
from dpnb.notebook import displays, search
from dpnb.notebook.panel import showing
from dpnb.notebook.search import widget


@pytest.fixture
def brought(monkeypatch) -> list[widget.TableSearch]:
    kept: list[widget.TableSearch] = []
    monkeypatch.setattr(widget, "_brought", kept)
    return kept


def test_it_is_brought_anew_each_time_since_a_page_may_have_missed_it_and_leaves_one_model(brought):
    search.let_tables_be_searched()
    (first,) = brought
    search.let_tables_be_searched()
    (second,) = brought
    assert second is not first
    assert first.comm is None
    assert second.model_id
    second.close()


@pytest.mark.parametrize("is_alive", [True, False])
def test_a_registry_is_displayed_as_ever_and_searched_only_where_a_page_is_alive(brought, monkeypatch, is_alive):
    monkeypatch.setattr(showing, "can_be_live", lambda: is_alive)
    with pytest.raises(NotImplementedError):  # IPython goes on to the static display
        displays._show_registry(TaskRegistry())
    assert len(brought) == is_alive


def test_its_module_is_whole_and_asks_for_nothing_outside():
    page = str(widget.TableSearch._esm)
    assert not re.search(r"^\s*import\b", page, re.MULTILINE)
    assert page.count("export ") == page.count("export default") == 1
    assert not re.search(r"https?://(?!www\.w3\.org/)|@import|url\(", page + str(widget.TableSearch._css))
