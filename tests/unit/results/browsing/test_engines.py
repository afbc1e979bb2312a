"""Which engine does what, by what was measured."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dpnb.errors import BrowseRequestError
from dpnb.results.browsing import Filter, Sort, View, duckdb_engine, engines, own_engine
from dpnb.results.browsing.own_engine import OwnEngine
from dpnb.results.browsing.reading import Reading
from dpnb.results.browsing.selection import Selector
from tests.unit.results.browsing.frames import every_kind, place, table

FRAME = every_kind()
COLUMNS = table(FRAME).columns
SEARCH = Filter(column=place("지연"), operator="contains", value="a")


@pytest.fixture
def with_duckdb():
    pytest.importorskip("duckdb")


@pytest.fixture
def without_duckdb(monkeypatch):
    monkeypatch.setattr(engines, "find_spec", lambda _: None)
    engines.duckdb_engine.cache_clear()
    yield
    engines.duckdb_engine.cache_clear()


def test_our_own_engine_sorts_as_many_rows_as_fit_into_300_mb_and_duckdb_more(with_duckdb):
    assert isinstance(engines.engine_to_sort(engines.OWN_SORTED_ROWS), OwnEngine)
    assert engines.engine_to_sort(engines.OWN_SORTED_ROWS + 1) is engines.duckdb_engine()
    assert engines.engine_to_sort(engines.OWN_SORTED_ROWS, columns=2) is engines.duckdb_engine()


def test_duckdb_searches_long_columns_of_text_and_our_own_engine_filters_the_rest(with_duckdb):
    many = engines.SEARCHED_ROWS
    assert engines.engine_to_filter(SEARCH, COLUMNS[SEARCH.column], many) is engines.duckdb_engine()
    assert isinstance(engines.engine_to_filter(SEARCH, COLUMNS[SEARCH.column], many - 1), OwnEngine)
    for name, operator in (
        ("integer", "between"),
        ("지연", "equals"),
        ("category", "contains"),
        ("object", "contains"),
    ):
        asked = Filter(column=place(name), operator=operator, value="a")
        assert isinstance(engines.engine_to_filter(asked, COLUMNS[asked.column], many), OwnEngine)


def test_texts_that_would_have_to_be_copied_stay_with_our_own_engine(with_duckdb):
    frame = pd.DataFrame({"text": pd.array(["a"], dtype=pd.StringDtype("python", na_value=np.nan))})
    asked = Filter(column=0, operator="contains", value="a")
    assert isinstance(engines.engine_to_filter(asked, table(frame).columns[0], engines.SEARCHED_ROWS), OwnEngine)


def test_without_duckdb_our_own_engine_does_all_and_says_how_more_could_be_sorted(without_duckdb, monkeypatch):
    assert isinstance(engines.engine_to_filter(SEARCH, COLUMNS[SEARCH.column], 10**9), OwnEngine)
    assert isinstance(engines.engine_to_sort(10**9), OwnEngine)
    monkeypatch.setattr(own_engine, "MOST_SORTED_ROWS", 100)
    with pytest.raises(BrowseRequestError, match=r"Hint: filter to at most 100 rows first, or install dpnb\[duckdb\]"):
        Selector(table(FRAME)).rows(View(sort=(Sort(column=0),)))


def test_more_rows_than_our_own_engine_sorts_are_sorted_where_duckdb_is_there(with_duckdb, monkeypatch):
    monkeypatch.setattr(engines, "OWN_SORTED_ROWS", 100)
    monkeypatch.setattr(own_engine, "MOST_SORTED_ROWS", 100)
    monkeypatch.setattr(engines, "SEARCHED_ROWS", 100)
    view = View(sort=(Sort(column=place("number"), descending=True),), filters=(SEARCH,))
    expected = FRAME[FRAME.지연.str.contains("a", case=False, na=False)].sort_values(
        "number", ascending=False, kind="stable"
    )
    found = Selector(table(FRAME)).rows(view)
    assert found is not None
    assert found.tolist() == expected.index.tolist()


def test_a_sort_that_duckdb_has_too_little_memory_for_is_given_more_and_then_refused(with_duckdb, monkeypatch):
    tried: list[str] = []

    def lacking(memory, *_):
        tried.append(memory)
        raise MemoryError

    monkeypatch.setattr(duckdb_engine, "_sorted_within", lacking)
    monkeypatch.setattr(engines, "OWN_SORTED_ROWS", 100)
    with pytest.raises(BrowseRequestError, match="Hint: filter to fewer rows first"):
        Selector(table(FRAME)).rows(View(sort=(Sort(column=0),)))
    assert tried == ["64MB", "256MB", "1GB"]


def test_a_memory_that_is_too_small_for_duckdb_is_told_as_such(with_duckdb):
    frame = pd.DataFrame({"n": np.arange(2_000_000)[::-1].copy(), "t": pd.array(["x" * 100] * 2_000_000, dtype="str")})
    with pytest.raises(MemoryError):
        duckdb_engine._sorted_within("1MB", Reading(table(frame)), None, (Sort(column=1), Sort(column=0)))
