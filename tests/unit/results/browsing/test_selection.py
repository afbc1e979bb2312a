from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from dpnb.errors import BrowseRequestError, BrowsingStoppedError
from dpnb.results.browsing import Filter, Sort, View, own_engine, reading, text_ordering
from dpnb.results.browsing import columns as columns_module
from dpnb.results.browsing.selection import Selector
from tests.unit.results.browsing.frames import every_kind, place, table

FRAME = every_kind()
SORTABLE = [name for name in FRAME.columns if name != "object"]


@pytest.fixture(params=[1 << 17, 97], ids=["one part", "many parts"], autouse=True)
def part_rows(request, monkeypatch):
    monkeypatch.setattr(reading, "PART_ROWS", request.param)
    assert columns_module.PART_ROWS == 1 << 17


def rows(frame, view, **options):
    found = Selector(table(frame), **options).rows(view)
    return None if found is None else found.tolist()


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("name", SORTABLE)
def test_a_column_is_sorted_as_pandas_sorts_it_with_ties_as_they_were(name, descending):
    expected = FRAME[name].sort_values(kind="stable", ascending=not descending).index
    assert rows(FRAME, View(sort=(Sort(column=place(name), descending=descending),))) == expected.tolist()


@pytest.mark.parametrize("descending", [False, True])
def test_texts_are_sorted_by_their_bytes_where_too_many_differ_to_be_ranked(monkeypatch, descending):
    monkeypatch.setattr(text_ordering, "MOST_RANKED", 2)
    for name in ("지연", "words"):
        expected = FRAME[name].sort_values(kind="stable", ascending=not descending).index
        assert rows(FRAME, View(sort=(Sort(column=place(name), descending=descending),))) == expected.tolist()


@pytest.mark.parametrize(
    "dtype",
    ["str", "object", pd.StringDtype("python", na_value=np.nan), pd.ArrowDtype(pa.string())],
    ids=["arrow", "objects", "without arrow", "arrow's own"],
)
def test_texts_with_a_long_common_beginning_and_rare_ties_are_told_apart(monkeypatch, dtype):
    monkeypatch.setattr(text_ordering, "MOST_RANKED", 2)
    random = np.random.default_rng(2)
    texts = [f"{'x' * 30}{n:09d}{'é' * int(n % 40)}\0{n % 3}" for n in random.integers(0, 200, 500)]
    frame = pd.DataFrame({"text": pd.array([*texts, None, "", "x" * 30, "xx"], dtype=dtype)})
    expected = sorted(range(len(frame)), key=lambda row: (frame.text.isna()[row], str(frame.text[row]).encode()))
    assert rows(frame, View(sort=(Sort(column=0),))) == expected


def test_several_columns_sort_one_after_the_other():
    sort = (Sort(column=place("지연"), descending=True), Sort(column=place("boolean")), Sort(column=place("number")))
    expected = FRAME.sort_values(["지연", "boolean", "number"], ascending=[False, True, True]).index
    assert rows(FRAME, View(sort=sort)) == expected.tolist()


@pytest.mark.parametrize(
    ("one", "passes"),
    [
        ({"column": "integer", "operator": "between", "low": "-1", "high": "2"}, FRAME.integer.between(-1, 2)),
        ({"column": "integer", "operator": "between", "low": "1.5"}, FRAME.integer >= 2),
        ({"column": "number", "operator": "between", "high": "0"}, FRAME.number <= 0),
        ({"column": "number", "operator": "missing"}, FRAME.number.isna()),
        ({"column": "number", "operator": "present"}, FRAME.number.notna()),
        ({"column": "wide", "operator": "equals", "value": str(FRAME.wide[3])}, FRAME.wide == FRAME.wide[3]),
        ({"column": "boolean", "operator": "equals", "value": "true"}, FRAME.boolean),
        ({"column": "maybe", "operator": "equals", "value": "False"}, (FRAME.maybe == False).fillna(value=False)),  # noqa: E712
        ({"column": "지연", "operator": "contains", "value": "AB"}, FRAME.지연.isin(["ab", "aB"])),
        ({"column": "지연", "operator": "contains", "value": "글"}, FRAME.지연 == "한글"),
        ({"column": "지연", "operator": "equals", "value": ""}, FRAME.지연 == ""),
        ({"column": "category", "operator": "contains", "value": "b"}, FRAME.category.isin(["ab", "aB"])),
        ({"column": "category", "operator": "equals", "value": "nan"}, FRAME.category == "nan"),
        ({"column": "when", "operator": "between", "low": "2013-02-01"}, FRAME.when >= "2013-02-01T00:00+09:00"),
        ({"column": "took", "operator": "between", "high": "-90 min"}, FRAME.took <= pd.Timedelta("-90min")),
        ({"column": "nullable", "operator": "equals", "value": "4"}, (FRAME.nullable == 4).fillna(value=False)),
        ({"column": "object", "operator": "contains", "value": "'A': 1}"}, FRAME.object.astype(str) == "{'a': 1}"),
        ({"column": "object", "operator": "missing"}, FRAME.object.isna()),
    ],
)
def test_a_filter_passes_what_pandas_passes(one, passes):
    column = place(one["column"])
    view = View.from_plain({"filters": [{**one, "column": column}]}, table(FRAME).columns)
    assert rows(FRAME, view) == np.flatnonzero(passes).tolist()


def test_what_passes_is_sorted_and_nothing_else():
    filters = (Filter(column=place("integer"), operator="equals", value="3"),)
    view = View(sort=(Sort(column=place("words"), descending=True),), filters=filters)
    expected = FRAME[FRAME.integer == 3].sort_values("words", ascending=False, kind="stable").index
    assert rows(FRAME, view) == expected.tolist()


def test_a_view_that_nothing_passes_is_empty():
    view = View(sort=(Sort(column=0),), filters=(Filter(column=0, operator="equals", value="77"),))
    assert rows(FRAME, view) == []


@pytest.mark.parametrize("name", ["integer", "지연", "when"])
def test_no_rows_at_all_are_sorted_too(name):
    assert rows(FRAME.iloc[:0], View(sort=(Sort(column=place(name)),))) == []


def test_columns_that_hold_nothing_are_sorted_as_they_are():
    frame = pd.DataFrame({"number": [np.nan] * 3, "text": pd.array([None] * 3, dtype="str")})
    assert rows(frame, View(sort=(Sort(column=0), Sort(column=1)))) == [0, 1, 2]


def test_it_stops_when_nobody_waits():
    with pytest.raises(BrowsingStoppedError):
        rows(FRAME, View(sort=(Sort(column=0),)), stop=lambda: True)


def test_more_rows_than_memory_has_room_for_must_be_filtered_first(monkeypatch):
    monkeypatch.setattr(own_engine, "MOST_SORTED_ROWS", 100)
    with pytest.raises(BrowseRequestError, match="Hint: filter to at most 100 rows first"):
        rows(FRAME, View(sort=(Sort(column=0),)))
    few = (Filter(column=place("integer"), operator="equals", value="3"),)
    assert rows(FRAME, View(sort=(Sort(column=0),), filters=few))


def test_what_is_read_is_given_back():
    released = []
    Selector(replace(table(FRAME), release=lambda: released.append(1))).rows(View(sort=(Sort(column=0),)))
    assert released
