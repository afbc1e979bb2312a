"""What every engine of the results browser promises: the rows that pandas gives, ties and missing values included."""

from __future__ import annotations

import tempfile
import threading
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from dpnb.errors import BrowseRequestError, BrowsingStoppedError
from dpnb.results.browsing import Filter, Sort, View, positions, reading, text_ordering
from dpnb.results.browsing.engines import duckdb_engine
from dpnb.results.browsing.own_engine import OwnEngine
from dpnb.results.browsing.reading import Reading
from tests.unit.results.browsing.frames import every_kind, place, table, with_gaps

FRAME = every_kind()
SORTABLE = [name for name in FRAME.columns if name != "object"]
SIGNS = ["a'b", 'a"b', "A.B", "a%b", "a_b", "a\\b", "(a|b)", "[x]", "x\ny", "-- x", "", None]
LETTERS = ["한글 가나", "É", "ﬀ", "\N{KELVIN SIGN}", "\N{LATIN SMALL LETTER LONG S}", "ΣΑΣ"]
NASTY = [*SIGNS, *LETTERS]
TYPED = ["A'B", "a.b", "X\nY", "글", "é", "k", "s", "σας", "\\E"]


@pytest.fixture(params=["own", "duckdb"])
def engine(request) -> Any:
    if request.param == "own":
        return OwnEngine()
    pytest.importorskip("duckdb")
    return duckdb_engine()


@pytest.fixture(params=[1 << 17, 97], ids=["one part", "many parts"], autouse=True)
def part_rows(request, monkeypatch):
    monkeypatch.setattr(reading, "PART_ROWS", request.param)


def ordered(engine, frame, sort, rows=None):
    return engine.ordered(Reading(table(frame)), rows, sort).tolist()


def kept(engine, frame, asked):
    passes = np.ones(len(frame), bool)
    engine.keep(Reading(table(frame)), asked, passes)
    return np.flatnonzero(passes).tolist()


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("name", SORTABLE)
def test_a_column_is_sorted_as_pandas_sorts_it_with_ties_as_they_were(engine, name, descending):
    expected = FRAME[name].sort_values(kind="stable", ascending=not descending).index
    assert ordered(engine, FRAME, (Sort(column=place(name), descending=descending),)) == expected.tolist()


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize(
    "dtype",
    ["str", "object", pd.StringDtype("python", na_value=np.nan), pd.ArrowDtype(pa.string())],
    ids=["arrow", "objects", "without arrow", "arrow's own"],
)
def test_texts_are_in_the_order_of_their_characters(engine, monkeypatch, dtype, descending):
    monkeypatch.setattr(text_ordering, "MOST_RANKED", 2)
    random = np.random.default_rng(2)
    texts = [f"{'x' * 30}{n:09d}{'가' * int(n % 40)}\0{n % 3}" for n in random.integers(0, 200, 500)]
    frame = pd.DataFrame({"text": pd.array([*texts, *NASTY, None, "x" * 30, "xx", "가", "😀", "\uffff"], dtype=dtype)})
    missing, turn = frame.text.isna(), -1 if descending else 1
    rows = frame.index[~missing].tolist()[
        ::turn
    ]  # turned twice where it descends, so that equal ones stay as they were
    present = sorted(rows, key=lambda row: str(frame.text[row]).encode())[::turn]
    assert ordered(engine, frame, (Sort(column=0, descending=descending),)) == [*present, *frame.index[missing]]


def test_infinities_are_values_nan_is_missing_and_both_zeros_are_equal(engine):
    frame = pd.DataFrame({"x": [np.nan, np.inf, 0.0, -np.inf, -0.0, 5e-324, np.nan, -5e-324]})
    assert ordered(engine, frame, (Sort(column=0),)) == [3, 7, 2, 4, 5, 1, 0, 6]
    assert ordered(engine, frame, (Sort(column=0, descending=True),)) == [1, 5, 2, 4, 7, 3, 0, 6]


def test_several_columns_sort_one_after_the_other(engine):
    names = ["boolean", "지연", "maybe", "category", "number"]
    sort = tuple(Sort(column=place(name), descending=at % 2 == 0) for at, name in enumerate(names))
    expected: Any = FRAME.index
    for name, one in reversed(list(zip(names, sort, strict=True))):
        column: Any = FRAME[name]
        expected = column.loc[expected].sort_values(kind="stable", ascending=not one.descending).index
    assert ordered(engine, FRAME, sort) == expected.tolist()


@pytest.mark.parametrize("name", SORTABLE)
def test_chosen_rows_are_sorted_and_no_others(engine, name):
    chosen = np.flatnonzero(FRAME.integer > 0).astype("uint32")
    expected = FRAME.iloc[chosen][name].sort_values(kind="stable").index
    assert ordered(engine, FRAME, (Sort(column=place(name)),), chosen) == expected.tolist()


@pytest.mark.parametrize("name", ["integer", "지연", "when", "category"])
def test_no_rows_and_nothing_but_missing_values_are_sorted_too(engine, name):
    assert ordered(engine, FRAME.iloc[:0], (Sort(column=place(name)),)) == []
    nothing = FRAME[["지연", "number", "category", "when", "nullable"]].mask(FRAME.integer < 99)
    assert ordered(engine, nothing, (Sort(column=0, descending=True), Sort(column=3))) == list(range(len(FRAME)))


def test_a_level_of_an_index_and_arrows_own_types_are_sorted(engine):
    values: Any = with_gaps(np.arange(100)[::-1])
    index = pd.MultiIndex.from_arrays([["나", "가"] * 50, values])
    dtype: Any = pd.ArrowDtype(pa.int16())
    frame = pd.DataFrame({"d": pd.array(values, dtype)}, index=index)
    expected = pd.Series(values, dtype="Int64").sort_values(kind="stable").index.tolist()
    assert ordered(engine, frame, (Sort(column=1),)) == expected
    assert ordered(engine, frame, (Sort(column=2),)) == expected
    assert ordered(engine, frame, (Sort(column=0),)) == [*range(1, 100, 2), *range(0, 100, 2)]


@pytest.mark.parametrize("value", [*filter(None, NASTY), *TYPED])
def test_a_text_is_searched_for_as_pandas_does(engine, value):
    frame = pd.DataFrame({"text": pd.array([*NASTY, *NASTY[::-1], "xx"] * 9, dtype="str")})
    asked = Filter(column=0, operator="contains", value=value)
    assert engine.can_filter(asked, table(frame).columns[0])
    expected = frame.text.str.contains(value, case=False, regex=False, na=False)
    assert kept(engine, frame, asked) == np.flatnonzero(expected).tolist()


def test_a_filter_leaves_out_what_another_has_left_out(engine):
    passes = FRAME.integer.to_numpy() > 0
    engine.keep(Reading(table(FRAME)), Filter(column=place("지연"), operator="contains", value="a"), passes)
    expected = FRAME.지연.str.contains("a", case=False, na=False) & (FRAME.integer > 0)
    assert passes.tolist() == expected.tolist()


@pytest.mark.parametrize(
    "one",
    [
        {"column": place("integer"), "operator": "equals", "value": "1"},
        {"column": place("지연"), "operator": "contains", "value": "\0"},
        {"column": place("지연"), "operator": "missing"},
        {"column": place("object"), "operator": "contains", "value": "a"},
    ],
)
def test_an_engine_says_what_it_cannot_filter_and_filters_the_rest_as_pandas_does(engine, one):
    asked = View.from_plain({"filters": [one]}, table(FRAME).columns).filters[0]
    found = {
        "integer": FRAME.integer == 1,
        "지연": FRAME.지연.isna() & (asked.operator == "missing"),
        "object": FRAME.object.notna(),
    }
    if engine.can_filter(asked, table(FRAME).columns[asked.column]):
        assert kept(engine, FRAME, asked) == np.flatnonzero(found[FRAME.columns[asked.column]]).tolist()
    else:
        assert engine is duckdb_engine()


def test_it_stops_when_nobody_waits_and_leaves_no_file_behind(engine, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    calls = iter(range(1000))
    stopping = Reading(table(FRAME), lambda: next(calls) >= 3)
    with pytest.raises(BrowsingStoppedError):
        engine.ordered(stopping, None, tuple(Sort(column=place(name)) for name in ("지연", "number", "when", "wide")))
    with pytest.raises(BrowsingStoppedError):
        engine.keep(
            Reading(table(FRAME), lambda: True), Filter(column=6, operator="contains", value="a"), np.ones(600, bool)
        )
    assert list(tmp_path.iterdir()) == []
    assert not [one for one in threading.enumerate() if one.name == "dpnb-browse-stop"]


def test_what_is_read_is_given_back(engine):
    released: list[int] = []
    giving = Reading(replace(table(FRAME), release=lambda: released.append(1)))
    engine.ordered(giving, None, (Sort(column=0),))
    assert released


def test_an_order_by_nothing_is_refused(engine):
    with pytest.raises(BrowseRequestError, match="at least one column"):
        ordered(engine, FRAME, ())


def test_positions_that_are_many_lie_in_a_file(engine, monkeypatch):
    expected = ordered(engine, FRAME, (Sort(column=place("words")),))
    monkeypatch.setattr(positions, "MOST_IN_MEMORY", 10)
    assert ordered(engine, FRAME, (Sort(column=place("words")),)) == expected
