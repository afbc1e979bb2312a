from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from dpnb.results.browsing import table_of
from tests.unit.results.browsing.frames import pager_of


def page(value, **options):
    return pager_of(value).page(0, 10, **options)


def columns(value):
    return [(column["name"], column["kind"]) for column in pager_of(value).describe()["columns"]]


def test_a_plain_index_is_no_column_and_any_other_is():
    frame = pd.DataFrame({"a": [1, 2]})
    assert columns(frame) == [("a", "integer")]
    assert columns(frame.set_index(pd.Index(["x", "y"], name="이름"))) == [("이름", "text"), ("a", "integer")]
    assert columns(frame.iloc[1:]) == [("index", "integer"), ("a", "integer")]
    assert page(frame.iloc[1:])["cells"] == [["1"], ["2"]]


def test_the_levels_of_an_index_are_read_where_they_are_needed():
    index = pd.MultiIndex.from_arrays([["b", "a", None], [1.5, np.nan, 2.5]], names=["k", None])
    frame = pd.DataFrame({"v": [1, 2, 3]}, index=index)
    assert columns(frame) == [("k", "text"), ("level 1", "number"), ("v", "integer")]
    assert page(frame)["cells"] == [["b", "a", None], ["1.5", None, "2.5"], ["1", "2", "3"]]
    view = pager_of(frame).view({"sort": [{"column": 0}]})
    assert page(frame, view=view)["rows"] == [1, 0, 2]


def test_columns_of_one_name_are_columns_of_their_own():
    frame = pd.DataFrame([[1, "x"]], columns=["a", "a"])
    assert columns(frame) == [("a", "integer"), ("a", "text")]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (pd.Series([1, 2], name="s"), [["1", "2"]]),
        (pd.Series([1, 2]), [["1", "2"]]),
        (pd.Index(["a", "b"]), [["a", "b"]]),
        (pd.RangeIndex(2), [["0", "1"]]),
        (np.array([1.5, np.nan]), [["1.5", None]]),
        (np.arange(4).reshape(2, 2), [["0", "2"], ["1", "3"]]),
        (np.array([(1, 2.5)], dtype=[("a", "i4"), ("b", "f8")]), [["1"], ["2.5"]]),
        (pa.table({"a": [1, None], "b": ["x", None]}), [["1", None], ["x", None]]),
        (np.array(["2013-01-01", "NaT"], "M8[D]"), [["2013-01-01", None]]),
    ],
)
def test_what_is_long_or_wide_is_a_table(value, expected):
    assert page(value)["cells"] == expected


@pytest.mark.parametrize("value", [np.zeros((2, 2, 2)), np.float64(1), [1, 2], {"a": 1}, "text", None])
def test_what_is_neither_is_none(value):
    assert table_of(value) is None


def test_arrow_s_own_types_are_sorted_filtered_and_spread():
    when = pa.array([3, None, 1], pa.timestamp("us", "Asia/Seoul"))
    table = pa.table({"n": pa.array([3, None, 1], pa.int32()), "t": when, "s": ["b", None, "a"], "l": [[1], None, []]})
    pager = pager_of(table)
    for column in range(3):
        assert pager.page(0, 9, view=pager.view({"sort": [{"column": column}]}))["rows"] == [2, 0, 1]
        assert pager.histogram(column)["missing"] == 1
    assert [column["kind"] for column in pager.describe()["columns"]] == ["integer", "instant", "text", "other"]


def test_objects_are_texts_only_if_all_of_them_are():
    assert columns(pd.DataFrame({"a": pd.Series(["x", None], dtype=object)})) == [("a", "text")]
    assert columns(pd.DataFrame({"a": pd.Series(["x", 1], dtype=object)})) == [("a", "other")]


@pytest.mark.parametrize("frame", [pd.DataFrame(), pd.DataFrame(index=range(3)), pd.DataFrame({"a": []})])
def test_frames_without_rows_or_columns_have_pages_all_the_same(frame):
    assert page(frame)["total"] == len(frame)


def test_a_thousand_columns_are_asked_for_in_parts():
    pager = pager_of(pd.DataFrame(np.zeros((5, 1000))))
    assert len(pager.describe()["columns"]) == 1000
    assert len(pager.page(0, 5, columns=list(range(990, 1000)))["cells"]) == 10
