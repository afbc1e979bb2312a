from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from dpnb.errors import BrowseRequestError
from dpnb.results.browsing import Sort, View
from tests.unit.results.browsing.frames import ROWS, every_kind, pager_of

TEXTS = ["한" * 150_000, None, "x\ud800"]


@pytest.fixture(scope="module")
def pager():
    return pager_of(every_kind())


def test_pages_and_descriptions_are_plain_json(pager):
    for answer in (pager.describe(), pager.page(0, 50), *(pager.histogram(column) for column in range(15))):
        assert json.loads(json.dumps(answer, allow_nan=False)) is not None


def test_a_page_has_the_rows_that_are_there(pager):
    assert pager.page(ROWS - 3, 10)["rows"] == [ROWS - 3, ROWS - 2, ROWS - 1]
    assert pager.page(ROWS + 5, 10) == {"total": ROWS, "offset": ROWS, "rows": [], "columns": [*range(15)]} | {
        "cells": [[] for _ in range(15)]
    }


def test_the_columns_come_in_the_order_in_which_they_are_asked_for(pager):
    asked = pager.page(0, 2, columns=[5, 0])
    assert asked["columns"] == [5, 0]
    assert asked["cells"][1] == pager.page(0, 2)["cells"][0]


@pytest.mark.parametrize(
    ("offset", "limit", "columns"),
    [(-1, 5, None), (0, 1001, None), (0, -1, None), ("0", 5, None), (True, 5, None), (0, 5, [15]), (0, 5, ["a"])],
)
def test_pages_that_make_no_sense_are_refused(pager, offset, limit, columns):
    with pytest.raises(BrowseRequestError):
        pager.page(offset, limit, columns=columns)


def test_a_page_of_too_many_cells_is_refused():
    wide = pager_of(pd.DataFrame(np.zeros((400, 400))))
    with pytest.raises(BrowseRequestError, match="50,000 cells"):
        wide.page(0, 400)


@pytest.mark.parametrize(
    "plain",
    [
        [],
        {"sort": "a"},
        {"sort": [1]},
        {"sort": [{"column": 99}]},
        {"sort": [{"column": 14}]},
        {"sort": [{"column": 0}] * 21},
        {"filters": [{"column": 0, "operator": "contains", "value": "1"}]},
        {"filters": [{"column": 0, "operator": "equals", "value": "seven"}]},
        {"filters": [{"column": 0, "operator": "equals", "value": 7}]},
        {"filters": [{"column": 5, "operator": "equals", "value": "perhaps"}]},
        {"filters": [{"column": 9, "operator": "between", "low": "2013-13-01"}]},
        {"filters": [{"column": 9, "operator": "between", "low": "NaT"}]},
        {"filters": [{"column": 11, "operator": "between", "low": "soon"}]},
        {"filters": [{"column": 0}]},
    ],
)
def test_views_that_make_no_sense_are_refused(pager, plain):
    with pytest.raises(BrowseRequestError, match="cannot be browsed by"):
        pager.view(plain)


def test_the_rows_of_a_view_are_found_once(pager, monkeypatch):
    view = View(sort=(Sort(column=0),))
    first = pager.page(0, 5, view=view)
    monkeypatch.setattr("dpnb.results.browsing.pager.Selector", None)
    assert pager.page(0, 5, view=view) == first
    assert pager.page(ROWS - 5, 5, view=view)["offset"] == ROWS - 5


def test_a_cell_tells_its_whole_text():
    pager = pager_of(pd.DataFrame({"a": pd.Series(TEXTS, dtype=object), "n": [1, 2, 3]}))
    assert pager.page(0, 1)["cells"][0][0] == "한" * 199 + "…"
    assert pager.cell(0, 0) == {"text": "한" * 100_000, "is_cut": True, "type": "str", "is_missing": False}
    assert pager.cell(1, 0)["is_missing"]
    assert pager.cell(2, 0)["text"] == "x\\ud800"
    assert pager.cell(2, 1)["text"] == "3"
    for row, column in ((3, 0), (0, 2), (-1, 0)):
        with pytest.raises(BrowseRequestError):
            pager.cell(row, column)


def test_values_whose_own_text_fails_are_shown_by_their_type():
    class Broken:
        def __repr__(self):
            raise RuntimeError

        def __eq__(self, other):
            raise ValueError

        __hash__ = None  # type: ignore[assignment]

    pager = pager_of(pd.DataFrame({"a": pd.Series([Broken(), np.zeros(3)], dtype=object)}))
    assert pager.page(0, 2)["cells"][0][0].endswith("Broken>")
    assert pager.cell(0, 0)["text"].endswith("Broken>")
