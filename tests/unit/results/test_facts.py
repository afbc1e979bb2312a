from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from dpnb.results import ColumnFacts, ResultFacts
from dpnb.results.facts import PREVIEW_COLUMNS, PREVIEW_ROWS, facts_of, is_large
from dpnb.results.facts_json import facts_from_json, facts_to_json
from dpnb.results.null_counts import null_count, null_counts
from dpnb.results.previews import preview_of
from dpnb.results.short_text import CELL_CHARACTERS, REPR_CHARACTERS, short_repr, short_text
from dpnb.results.type_names import type_name


class Hostile:
    """Raises wherever it is touched."""

    def __getattr__(self, name: str) -> Any:
        raise ZeroDivisionError(name)

    def __repr__(self) -> str:
        raise ZeroDivisionError

    def __str__(self) -> str:
        raise ZeroDivisionError

    def __len__(self) -> int:
        raise ZeroDivisionError

    def __format__(self, spec: str) -> str:
        raise ZeroDivisionError


class Endless:
    def __repr__(self) -> str:
        return "x" * 10_000_000


class HostileFrame(pd.DataFrame):
    @property
    def dtypes(self) -> Any:
        raise ZeroDivisionError


def test_a_frame_is_described_column_by_column():
    frame = pd.DataFrame(
        {
            "편명": ["KE1", None, "OZ2"],
            "delay": [1.5, float("nan"), float("nan")],
            "day": pd.Series(["2013-01-01", None, "2013-01-03"], dtype="datetime64[s]"),
        }
    )
    facts = facts_of(frame)
    assert (facts.type, facts.rows, facts.shape) == ("pandas.DataFrame", 3, (3, 3))
    assert [(column.name, column.nulls) for column in facts.columns] == [("편명", 1), ("delay", 2), ("day", 1)]
    assert [column.dtype for column in facts.columns] == [str(dtype) for dtype in frame.dtypes]
    assert facts.preview[0][:2] == ("KE1", "1.5")
    assert len(facts.preview) == 3


def test_previews_are_bounded_in_rows_columns_and_characters():
    facts = facts_of(pd.DataFrame(np.zeros((100, 100))).assign(**{"0": "y" * 1_000}))
    assert len(facts.preview) == PREVIEW_ROWS
    assert {len(row) for row in facts.preview} == {PREVIEW_COLUMNS}
    assert len(facts.columns) == 101
    wide = facts_of(pd.DataFrame({"a": ["y" * 1_000]}))
    assert len(wide.preview[0][0]) == CELL_CHARACTERS
    assert wide.preview[0][0].endswith("…")


def test_column_names_of_any_kind_become_text():
    names = [1, ("a", "b"), None, dt.date(2020, 1, 1), "같은", "같은"]
    facts = facts_of(pd.DataFrame(np.zeros((1, 6)), columns=pd.Index(names, dtype=object)))
    assert [column.name for column in facts.columns] == ["1", "('a', 'b')", "None", "2020-01-01", "같은", "같은"]


def test_a_frame_without_rows_or_columns_is_described():
    assert facts_of(pd.DataFrame()).shape == (0, 0)
    empty = facts_of(pd.DataFrame({"a": pd.Series(dtype="int64")}))
    assert empty.columns == (ColumnFacts(name="a", dtype="int64", nulls=0),)
    assert empty.preview == ()


def test_series_and_indexes_are_one_column():
    facts = facts_of(pd.Series([1, None], name="값", dtype="Int64"))
    assert facts.columns == (ColumnFacts(name="값", dtype="Int64", nulls=1),)
    assert facts.preview == (("1",), ("<NA>",))
    assert facts_of(pd.date_range("2020", periods=3)).type == "pandas.DatetimeIndex"
    assert facts_of(pd.date_range("2020", periods=3)).rows == 3


def test_an_index_that_means_something_is_described_with_the_rows_labels():
    flights = pd.DataFrame({"carrier": ["AA", "AA", "KE"], "day": [1, 2, 1], "delay": [1.0, 2.0, 3.0]})
    one = facts_of(flights.groupby("carrier")[["delay"]].sum())
    assert one.index == (ColumnFacts(name="carrier", dtype="str"),)
    assert one.labels == ("AA", "KE")
    assert preview_of(one) == "AA → delay: 3.0"
    two = facts_of(flights.groupby(["carrier", "day"])["delay"].sum())
    assert [level.name for level in two.index] == ["carrier", "day"]
    assert two.labels == ("AA, 1", "AA, 2", "KE, 1")
    assert not facts_of(flights).index
    assert not facts_of(flights).labels
    assert facts_from_json(facts_to_json(two)) == two


def test_arrays_tell_shape_and_dtype():
    facts = facts_of(np.zeros((3, 4), dtype="float32"))
    assert (facts.type, facts.shape, facts.rows) == ("numpy.ndarray", (3, 4), 3)
    assert facts.columns == (ColumnFacts(name="", dtype="float32"),)
    assert facts_of(np.array(7)).rows is None
    structured = facts_of(np.zeros(2, dtype=[("a", "i4"), ("b", "M8[s]")]))
    assert [column.name for column in structured.columns] == ["a", "b"]


def test_a_huge_array_is_not_written_out():
    assert len(facts_of(np.arange(5_000_000)).text) <= REPR_CHARACTERS


def test_arrow_tables_are_described():
    table = pa.table({"a": [1, None, 3], "b": ["x", "y", None]})
    facts = facts_of(table)
    assert (facts.type, facts.rows, facts.shape) == ("pyarrow.lib.Table", 3, (3, 2)) or facts.type == "pyarrow.Table"
    assert [(column.name, column.dtype, column.nulls) for column in facts.columns] == [
        ("a", "int64", 1),
        ("b", "string", 1),
    ]
    assert facts.preview[1] == ("None", "y")


def test_polars_is_known_by_the_names_of_its_types():
    """Polars is not installed with dpnb: a class of the same name and module answers as polars does."""

    class DataFrame:
        columns = ("a", "b")
        dtypes = ("Int64", "String")
        shape = (2, 2)
        height = 2

        def null_count(self) -> Any:
            return SimpleNamespace(row=lambda _: (0, 1))

        def head(self, most: int) -> Any:
            return SimpleNamespace(rows=lambda: [(1, "x"), (2, None)][:most])

    DataFrame.__module__ = "polars.dataframe.frame"
    facts = facts_of(DataFrame())
    assert [(column.name, column.dtype, column.nulls) for column in facts.columns] == [
        ("a", "Int64", 0),
        ("b", "String", 1),
    ]
    assert facts.preview == (("1", "x"), ("2", "None"))


@pytest.mark.parametrize(
    ("value", "kind", "rows", "text"),
    [
        (None, "NoneType", None, "None"),
        (True, "bool", None, "True"),
        (7, "int", None, "7"),
        ("한글", "str", None, "'한글'"),
        ({"a": 1}, "dict", 1, "{'a': 1}"),
        ([1, 2], "list", 2, "[1, 2]"),
        ((), "tuple", 0, "()"),
        ({3}, "set", 1, "{3}"),
        (dt.date(2020, 1, 2), "datetime.date", None, "datetime.date(2020, 1, 2)"),
    ],
)
def test_anything_else_is_told_by_type_length_and_short_repr(value, kind, rows, text):
    assert facts_of(value) == ResultFacts(type=kind, rows=rows, text=text)


def test_a_value_that_raises_when_it_is_looked_at_still_has_a_type():
    for value in (Hostile(), [Hostile()], {"a": Hostile()}, pd.Series([Hostile()], dtype=object)):
        facts = facts_of(value)
        assert facts.type == type_name(type(value))
        assert facts_from_json(facts_to_json(facts)) == facts


def test_a_frame_that_raises_when_it_is_looked_at_still_has_a_type():
    facts = facts_of(HostileFrame({"a": [1]}))
    assert facts.type.endswith("HostileFrame")
    assert facts.shape is None


def test_reprs_are_bounded():
    for value in (Endless(), [Endless()] * 5, "x" * 10**7, 10**5_000, list(range(10**6)), b"x" * 10**6):
        assert len(short_repr(value)) <= REPR_CHARACTERS
        assert len(short_text(value)) <= CELL_CHARACTERS


def test_frames_inside_containers_are_told_and_not_written_out():
    text = short_repr({"항공편": pd.DataFrame({"a": [1, 2]}), "parts": [np.zeros((2, 3)), pd.Series([1])]})
    assert text == "{'항공편': <pandas.DataFrame 2×1>, 'parts': [<numpy.ndarray 2×3>, <pandas.Series 1>]}"
    assert short_repr({number: {} for number in range(9)}).endswith("7: {}, …}")


def test_a_cycle_has_a_repr():
    cycle: list[Any] = []
    cycle.append(cycle)
    assert len(short_repr(cycle)) <= REPR_CHARACTERS


def test_types_are_named_as_people_know_them():
    assert type_name(pd.DataFrame) == "pandas.DataFrame"
    assert type_name(int) == "int"
    assert type_name(type("Model", (), {"__module__": "__main__"})) == "Model"
    assert type_name(ResultFacts) == "dpnb.results.ResultFacts" or type_name(ResultFacts).endswith(
        "records.ResultFacts"
    )


def test_only_what_takes_long_is_large():
    assert is_large(pd.DataFrame(np.zeros((100_000, 10))))
    assert is_large(np.zeros(10**6))
    assert not is_large(pd.DataFrame({"a": [1]}))
    assert not is_large(list(range(10**6)))
    assert not is_large(Hostile)


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([1.0, np.nan, np.inf, -np.inf] * 100_000),
        pd.Series(np.arange(300_000.0)),
        pd.Series([np.nan] * 300_000),
        pd.Series([True, False] * 50_000),
        pd.Series([1 + 1j, complex("nan")] * 50_000),
        pd.Series(np.tile(np.array([0, np.nan], "float16"), 50_000)),
        pd.Series(["2020", None] * 50_000, dtype="datetime64[s]"),
        pd.Series(["2020", None] * 50_000, dtype="datetime64[s, UTC]"),
        pd.Series(pd.to_timedelta([1, None] * 50_000)),
        pd.Series(["a", None, np.nan, pd.NA, 1] * 20_000, dtype=object),
        pd.Series(["a", None] * 50_000, dtype="category"),
        pd.Series(["a", None] * 50_000),
        pd.Series([1, None] * 50_000, dtype="Int64"),
    ],
    ids=lambda column: f"{column.dtype} × {len(column):,}",
)
def test_null_counts_are_pandas_own(column):
    expected = int(column.isna().sum())
    assert null_count(column) == expected
    assert null_counts(column.to_frame()) == [expected]
    assert null_counts(column.head(100).to_frame()) == [int(column.head(100).isna().sum())]


def test_counting_endless_objects_is_left_out(monkeypatch):
    monkeypatch.setattr("dpnb.results.null_counts._MOST_OBJECTS", 10)
    frame = pd.DataFrame({"o": pd.Series(["a", None] * 10, dtype=object), "f": [1.0, np.nan] * 10})
    assert null_counts(frame) == [None, 10]


@pytest.mark.parametrize(
    "value",
    [
        7,
        "한글 \0 \ud800",
        [1],
        np.zeros((2, 3)),
        pd.DataFrame({"편명": ["a", None]}),
        pd.Series([], dtype="str"),
    ],
)
def test_facts_survive_json(value):
    facts = facts_of(value)
    assert facts_from_json(facts_to_json(facts)) == facts


def test_a_preview_is_one_line():
    assert preview_of(facts_of(pd.DataFrame({"a": [1], "b": ["x\ny"]}))) == "a: 1, b: x y"
    assert preview_of(facts_of("line\nbreak")) == "'line\\nbreak'"
    assert preview_of(facts_of(pd.DataFrame({"a": pd.Series(dtype="int64")}))) == ""
    assert len(preview_of(facts_of(pd.DataFrame(np.zeros((1, 50)))))) <= 120
