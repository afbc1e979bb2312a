from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dpnb.results.browsing import Pager
from dpnb.results.stream import Stream
from tests.unit.results.browsing.frames import every_kind, pager_of, place

FRAME = every_kind()


def run(code, value):
    names = {"value": value}
    exec(code, names)
    return names["view"]


def check(frame, plain, columns=None):
    """Run a view's code, and compare what it leaves with the rows that the pager shows."""
    pager = pager_of(frame)
    view = pager.view(plain)
    made = run(pager.code(view, columns), frame)
    shown = pager.page(0, 1000, columns=columns and list(columns), view=view)
    frame = frame if isinstance(frame, pd.DataFrame) else run(pager.code(pager.view({})), frame)
    levels = sum(column.level is not None for column in pager.table.columns)
    expected = frame.iloc[shown["rows"]]
    if columns is not None:
        expected = expected.iloc[:, [column - levels for column in columns if column >= levels]]
    pd.testing.assert_frame_equal(made, expected)
    return pager.code(view, columns)


@pytest.mark.parametrize("name", FRAME.columns)
def test_the_code_of_a_view_by_any_kind_of_column_leaves_the_rows_that_are_shown(name):
    column = place(name)
    pager = pager_of(FRAME)
    kind = pager.table.columns[column].kind
    sort = [{"column": column, "descending": True}] if kind.is_sortable else []
    bars = pager.histogram(column)["bars"]
    for operator in kind.operators:
        bar = bars[len(bars) // 2]
        texts = {"low": bar["low"], "high": bar["high"]} if operator == "between" else {"value": bar["low"]}
        check(FRAME, {"sort": sort, "filters": [{"column": column, "operator": operator, **texts}]})


def test_one_sided_ranges_and_several_columns():
    code = check(
        FRAME,
        {
            "sort": [{"column": 5}, {"column": 6, "descending": True}],
            "filters": [
                {"column": 0, "operator": "between", "low": "0"},
                {"column": 3, "operator": "between", "high": "inf"},
                {"column": 9, "operator": "between", "low": "2013-02-01"},
            ],
        },
        [0, 6],
    )
    assert code.splitlines()[0] == "import pandas as pd"
    assert code.splitlines()[-1] == 'view = view[["integer", "지연"]]'


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame([[2, "x"], [1, "y"], [2, "z"]], columns=["a", "a"]),
        pd.DataFrame([[2, "x"], [1, "y"]], columns=[pd.Timestamp(0), np.nan]),
        pd.DataFrame([[2, "x"], [1, "y"]], columns=pd.MultiIndex.from_tuples([("a", 1), ("a", 2)])),
        pd.DataFrame([[2, "x"], [1, "y"]], columns=['it\'s "a"', "\\n\n"]),
        pd.DataFrame([[2, "x"], [1, "y"]], columns=[0, True]),
    ],
    ids=["same name", "no literals", "tuples", "quotes", "numbers"],
)
def test_columns_of_any_name(frame):
    filters = [{"column": 1, "operator": "present"}, {"column": 0, "operator": "between", "low": "1"}]
    check(frame, {"sort": [{"column": 0}, {"column": 1, "descending": True}], "filters": filters}, [1])


def test_levels_of_an_index():
    frame = FRAME.set_index(["category", "integer"])
    filters = [{"column": 1, "operator": "between", "low": "0"}, {"column": 0, "operator": "contains", "value": "b"}]
    check(frame, {"sort": [{"column": 0}, {"column": 3}], "filters": filters}, [0, 1, 2])


@pytest.mark.parametrize(
    "value",
    [
        pd.Series([3, 1, 2], name="s"),
        pd.Series([3, 1, 2]),
        pd.Index([3, 1, 2], name="i"),
        np.array([3, 1, 2]),
        np.array([[3, 1], [1, 2]]),
        np.array([(3, 1.0), (1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]),
        pytest.importorskip("pyarrow").table({"a": [3, None, 2]}),
        Stream({"1": pd.DataFrame({"a": [3, 1]}), "2": pd.DataFrame({"a": [2]})}.__getitem__, ["1", "2"]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_tables_that_are_no_frames_become_one(value):
    if isinstance(value, Stream):
        from dpnb.results.browsing.sources import source_of_stream

        table = source_of_stream(value).open().table
        assert table is not None
        pager = Pager(table, "value")
        assert list(run(pager.code(pager.view({"sort": [{"column": 0}]})), value).a) == [1, 2, 3]
    else:
        check(value, {"sort": [{"column": 0}]})


def test_a_view_of_everything_is_the_frame():
    assert check(FRAME, {}) == "frame = value\nview = frame"
