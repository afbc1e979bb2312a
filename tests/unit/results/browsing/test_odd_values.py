"""Values that few people store: each column that is shown is sorted, filtered, drawn and told as code that runs."""

from __future__ import annotations

import datetime as dt
import decimal
import io
import json
from collections import deque
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from dpnb.errors import BrowseRequestError
from dpnb.results.browsing import Browsed
from dpnb.results.browsing.cells import cell_text
from dpnb.results.browsing.sources import ValueSource

ARROW: dict[str, Any] = {
    "list": pa.array([[1, 2], None, [3]]),
    "struct": pa.array([{"a": 1}, None, {"a": 2}]),
    "decimal": pa.array([decimal.Decimal("1.10"), None, decimal.Decimal(2)]),
    "date": pa.array([dt.date(2021, 1, 1), None, dt.date(2020, 1, 1)]),
    "date64": pa.array([dt.date(2021, 1, 1), None, dt.date(2020, 1, 1)], pa.date64()),
    "time": pa.array([dt.time(1, 2), None, dt.time(3)]),
    "bytes": pa.array([b"a", None, b"\xff"]),
    "dictionary": pa.array(["나", None, "가"]).dictionary_encode(),
    "nothing": pa.nulls(3),
    "zoned": pa.array([3, None, 1], pa.timestamp("ms", "Asia/Seoul")),
    "took": pa.array([3, None, 1], pa.duration("s")),
    "truth": pa.array([True, None, False]),
    "small": pa.array([1.5, None, -1], pa.float32()),
}
VALUES: dict[str, Any] = {
    "an Arrow table": pa.table(ARROW),
    "a frame of Arrow's types": pa.table(ARROW).to_pandas(types_mapper=pd.ArrowDtype),
    "an Arrow array": pa.array(["나", None, "가"]),
    "chunks of an Arrow array": pa.chunked_array([[3, None], [1]]),
    "Arrow's columns of one name": pa.table([[1, 2], ["x", "y"]], names=["a", "a"]),
    "mixed objects": pd.DataFrame(
        {"m": [1, "한글", None, [1, 2], {"a": 1}, b"\x00\xff", pd.NaT, 1.5, (1,), float("nan")]}
    ),
    "pandas' own types": pd.DataFrame(
        {
            "period": pd.period_range("2020-01", periods=3, freq="M"),
            "interval": pd.interval_range(0, 3),
            "sparse": pd.arrays.SparseArray([0, 0, 1]),
            "complex": [1 + 2j, 3j, 0],
            "half": np.array([1, 2, 3], "float16"),
        }
    ),
    "columns of one name": pd.DataFrame([[1, "<b>x</b>", 3.5], [2, None, 4.5]], columns=["a", "a", "b"]),
    "levels": pd.DataFrame(
        {("x", "a"): [1, 2, 3, 4], ("x", "b"): [1.0, np.nan, 3, 4]},
        index=pd.MultiIndex.from_product([["서울", "부산"], [1, 2]], names=["도시", None]),
    ),
    "a series": pd.Series([3, 1, 2], name="값", index=["a", "b", "c"]),
    "an index of levels": pd.MultiIndex.from_product([["서울", "부산"], [1, 2]]),
    "a structured array": np.array([(1, 2.5, "한"), (2, 0.5, "글")], dtype=[("a", "i4"), ("b", ">f8"), ("c", "U3")]),
    "texts of NumPy": np.array(["나", "", "가"]),
    "masked numbers": np.ma.array([1, 2, 3], mask=[False, True, False]),
    "numbers of another order": np.array([[3, 1], [2, 2]], ">i4"),
    "bytes of NumPy": np.array([b"a", b"bc"]),
    "days of NumPy": np.array(["2020-01-01", "NaT"], "M8[D]"),
    "truths of NumPy": np.array([True, False]),
    "long floats": np.array([1, 2], "longdouble"),
}


@pytest.fixture
def polars():
    return pytest.importorskip("polars")


def ask(value, **request):
    answer = Browsed(ValueSource(value, code="value")).answer(request)
    json.dumps(answer, allow_nan=False)
    return answer


def rows_of_code(value, view):
    code = ask(value, ask="code", view=view)["code"]
    names: dict[str, Any] = {"value": value}
    exec(code, names)
    return len(names["view"])


def check(value):
    described = ask(value, ask="describe")
    assert described["shows"] == "table"
    for place, column in enumerate(described["columns"]):
        bars = ask(value, ask="histogram", column=place)["bars"]
        views: list[dict[str, Any]] = [{"filters": [filter_of(bar, place, column)]} for bar in bars[:3]]
        views += [
            {"filters": [{"column": place, "operator": one, "value": "a"}]}
            for one in {"contains", "missing", "present"} & set(column["operators"])
        ]
        counts = [bar["count"] for bar in bars[:3]]
        for at, view in enumerate(views):
            total = ask(value, ask="page", view=view, limit=1)["total"]
            assert rows_of_code(value, view) == total, (column, view)
            assert at >= len(counts) or total == counts[at], (column, view)
        if column["is_sortable"]:
            check_order(value, place, sum(one["is_index"] for one in described["columns"]))


def filter_of(bar, place, column):
    if "between" in column["operators"]:
        return {"column": place, "operator": "between", "low": bar["low"], "high": bar["high"]}
    return {"column": place, "operator": "equals", "value": bar["low"]}


def check_order(value, place, levels):
    """Hold the order against that of the code, by what a page shows of it."""
    for descending in (False, True):
        view = {"sort": [{"column": place, "descending": descending}]}
        (shown,) = ask(value, ask="page", view=view, columns=[place], limit=9)["cells"]
        names: dict[str, Any] = {"value": value}
        exec(ask(value, ask="code", view=view)["code"], names)
        sorted_ = names["view"]
        told = sorted_.index.get_level_values(place) if place < levels else sorted_.iloc[:, place - levels]
        expected = [text and text.removesuffix(" 00:00:00") for text in map(cell_text, told)]
        assert [text and text.removesuffix(" 00:00:00") for text in shown] == expected, (place, descending)


@pytest.mark.parametrize("name", VALUES)
def test_every_column_is_sorted_filtered_drawn_and_told_as_code(name):
    check(VALUES[name])


def test_texts_that_pandas_cannot_take_rows_of_are_sorted_and_searched_all_the_same():
    table = pa.table({"글": pa.array(["나", None, "가"], pa.string_view())})
    view = {"sort": [{"column": 0}], "filters": [{"column": 0, "operator": "present"}]}
    assert ask(table, ask="page", view=view)["cells"] == [["가", "나"]]


def test_polars_frames_and_series_are_tables(polars):
    frame = polars.DataFrame({"a": [2, 1, None], "글": ["<b>", "y", None], "c": [[1], [2], None]})
    check(frame)
    check(frame.with_columns(polars.col("글").cast(polars.Categorical)))
    check(polars.Series("s", [3, 1, 2]))


@pytest.mark.parametrize(
    ("value", "labels"),
    [
        (np.array([(1, (2.0, 3.0))], dtype=[("a", "i4"), ("v", "f8", (2,))])[0], ["a", "v"]),
        (deque([1, 2]), ["[0]", "[1]"]),
        (ValueError("<b>bad</b>"), ["args"]),
        (np.zeros(2, "V4"), ["[0]", "[1]"]),
        (PurePosixPath("/x"), []),
    ],
)
def test_what_is_no_table_opens_as_far_as_it_has_parts(value, labels):
    assert [node["label"] for node in ask(value, ask="children", path=[])["nodes"]] == labels


def test_figures_and_files_of_pictures_are_shown_as_pictures():
    from matplotlib.figure import Figure

    figure = Figure()
    axes = figure.add_subplot()
    axes.plot([1, 2, 3])
    canvas = figure.canvas
    file = io.BytesIO()
    figure.savefig(file)
    for value in (figure, axes, file.getvalue(), {"그림": figure}):
        path = [0] if isinstance(value, dict) else []
        node = ask(value, ask="children", path=[])["nodes"][0] if path else ask(value, ask="describe")["root"]
        assert node["is_picture"]
        assert ask(value, ask="picture", path=path)["src"].startswith("data:image/png;base64,iVBOR")
    assert figure.canvas is canvas, "whoever goes on with it draws where they did"


def test_what_is_no_picture_or_fails_to_draw_itself_is_refused():
    class Broken:
        def _repr_png_(self):
            raise RuntimeError("<b>no</b>")

    assert ask(Broken(), ask="describe")["root"]["is_picture"]
    with pytest.raises(BrowseRequestError, match="cannot be drawn"):
        ask(Broken(), ask="picture", path=[])
    with pytest.raises(BrowseRequestError, match="no picture"):
        ask({"a": b"<svg onload=alert(1)>"}, ask="picture", path=[0])
