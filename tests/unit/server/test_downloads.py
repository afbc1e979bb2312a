"""Results leave as CSV, JSON and Arrow, in slices, and what a format cannot carry is refused first."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from dpnb.errors import UndeliverableResultError
from dpnb.results import Stream
from dpnb.server import downloads
from dpnb.server.downloads import Form, deliver, file_name

FRAME = pd.DataFrame({"수": [1, 2, 3], "글": ['<script>", \n', "한", None], "때": pd.date_range("2013", periods=3)})


def text(value: Any, form: Form, **rows: int) -> str:
    return b"".join(deliver(value, form, task="t", **rows)).decode()


def table(value: Any, **rows: int) -> pa.Table:
    return pa.ipc.open_stream(b"".join(deliver(value, "arrow", task="t", **rows))).read_all()


@pytest.fixture(autouse=True)
def small_slices(monkeypatch):
    monkeypatch.setattr(downloads, "ROWS_AT_ONCE", 2)


def test_frame_is_the_same_in_every_format_however_it_is_cut():
    assert [record["수"] for record in json.loads(text(FRAME, "json"))] == [1, 2, 3]
    assert json.loads(text(FRAME, "json"))[0]["글"] == FRAME["글"][0]
    rows = list(csv.reader(io.StringIO(text(FRAME, "csv"))))
    assert rows[0] == ["수", "글", "때"]
    assert [row[1] for row in rows[1:]] == [FRAME["글"][0], "한", ""]
    pd.testing.assert_frame_equal(table(FRAME).to_pandas(), FRAME, check_dtype=False)


@pytest.mark.parametrize(
    ("offset", "limit", "kept"), [(0, 2, [1, 2]), (1, 1, [2]), (2, 5, [3]), (3, 1, []), (0, 0, []), (9, 9, [])]
)
def test_rows_are_chosen_across_slices_and_chunks(offset, limit, kept):
    chunks = Stream({"a": FRAME[:1], "b": FRAME[1:]}.__getitem__, ["a", "b"])
    for value in (FRAME, chunks):
        assert [record["수"] for record in json.loads(text(value, "json", offset=offset, limit=limit))] == kept
        assert text(value, "csv", offset=offset, limit=limit).count("수") == 1
        assert table(value, offset=offset, limit=limit).column_names == ["수", "글", "때"]


@pytest.mark.parametrize(
    ("value", "records"),
    [
        (pd.Series([1, 2], name="수"), [{"수": 1}, {"수": 2}]),
        (pd.Series([1.5], index=pd.Index(["a"], name="수"), name="수"), [{"수_": "a", "수": 1.5}]),
        (pd.Index(["a"], name="x"), [{"x": "a"}]),
        (np.array([[1, 2]]), [{"0": 1, "1": 2}]),
        (np.array([1.0, np.nan, np.inf]), [{"0": 1.0}, {"0": None}, {"0": None}]),
        (pa.table({"a": [1]}), [{"a": 1}]),
        (pd.DataFrame({("a", "b"): [1]}), [{"a b": 1}]),
        (
            pd.DataFrame({"a": [1]}, index=pd.MultiIndex.from_tuples([("x", 1)])),
            [{"level_0": "x", "level_1": 1, "a": 1}],
        ),
        (pd.DataFrame({"a": []}), []),
    ],
)
def test_whatever_has_rows_is_a_table(value, records):
    assert json.loads(text(value, "json")) == records
    assert table(value).num_rows == len(records)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"a": [1, None, float("nan")]}, {"a": [1, None, None]}),
        ([dt.date(2013, 1, 1)], ["2013-01-01"]),
        ("<b>", "<b>"),
        (None, None),
        (np.float64(1.5), 1.5),
    ],
)
def test_anything_that_json_holds_is_told_as_json_alone(value, told):
    assert json.loads(text(value, "json")) == told
    for form in ("csv", "arrow"):
        with pytest.raises(UndeliverableResultError, match="it is no table"):
            deliver(value, form, task="t")


@pytest.mark.parametrize(
    ("value", "form"),
    [
        (object(), "json"),
        ({"a": [object()]}, "json"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "json"),
        (pd.DataFrame({"a": [1, "x", object()]}), "arrow"),
        (Stream({"a": FRAME, "b": 1}.__getitem__, ["b", "a"]), "csv"),
    ],
)
def test_value_that_the_format_cannot_carry_is_refused_before_anything_is_sent(value, form):
    with pytest.raises(UndeliverableResultError, match="Hint: ask for format=json"):
        deliver(value, form, task="t")


def test_file_is_named_after_its_task_whatever_that_is_called():
    assert (
        file_name('항공편/"\r\n', "csv") == "attachment; filename*=UTF-8''%ED%95%AD%EA%B3%B5%ED%8E%B8%2F%22%0D%0A.csv"
    )
