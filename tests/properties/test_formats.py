"""Whatever a format takes comes back as it was; whatever it does not take is refused, and never stored as another."""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dpnb.errors import FormatError
from dpnb.results.formats.checked_writing import serialized
from dpnb.results.formats.plain import json_refusal
from dpnb.results.formats.registry import serializer_for

FEW = settings(max_examples=40)


def there_and_back(name: str, value: Any) -> Any:
    serializer, _ = serializer_for(name, value)
    return serializer.read(io.BytesIO(serialized(serializer, value)))


text = st.text(max_size=8)
leaves = st.none() | st.booleans() | st.integers() | st.floats() | text | st.tuples(st.integers())
nested = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text | st.integers(), inner, max_size=3)
)


@given(nested)
def test_json_gives_back_what_it_takes_and_refuses_the_rest_with_its_place(value):
    try:
        found = there_and_back("json", value)
    except FormatError as error:
        assert "result" in str(error) or isinstance(value, tuple)  # noqa: PT017
        assert json_refusal(value)
    else:
        assert is_plain(value)
        assert repr(found) == repr(value)  # tells 1 from 1.0 and from True, and 0.0 from -0.0


def is_plain(value: Any) -> bool:
    if type(value) is list:
        return all(map(is_plain, value))
    if type(value) is dict:
        return all(type(key) is str and is_plain(part) for key, part in value.items())
    return type(value) in (str, int, bool, type(None)) or (type(value) is float and math.isfinite(value))


@given(st.text(), st.binary())
def test_text_and_bytes_come_back_to_the_last_character(written, data):
    assert there_and_back("txt", written) == written
    assert there_and_back("bytes", data) == data


ARRAYS = hnp.arrays(
    hnp.scalar_dtypes() | hnp.unicode_string_dtypes(max_len=3) | hnp.byte_string_dtypes(max_len=3),
    hnp.array_shapes(min_dims=0, min_side=0, max_side=4),
)


@FEW
@given(ARRAYS)
def test_arrays_come_back_bit_by_bit(array):
    for found in (there_and_back("npy", array), there_and_back("npz", {"값": array})["값"]):
        assert (found.dtype, found.shape, found.tobytes()) == (array.dtype, array.shape, array.tobytes())


COLUMNS: list[st.SearchStrategy[Any]] = [
    st.lists(st.integers(-(2**63), 2**63 - 1), min_size=3, max_size=3).map(lambda v: pd.array(v, dtype="int64")),
    st.lists(st.floats(width=64), min_size=3, max_size=3).map(lambda v: pd.array(np.array(v))),
    st.lists(st.booleans() | st.none(), min_size=3, max_size=3).map(lambda v: pd.array(v, dtype="boolean")),
    st.lists(st.none() | text, min_size=3, max_size=3).map(lambda v: pd.array(v, dtype="str")),
    st.lists(st.sampled_from("가나"), min_size=3, max_size=3).map(pd.Categorical),
    st.lists(st.datetimes(), min_size=3, max_size=3).map(lambda v: pd.array(v, dtype="datetime64[us]")),
    st.lists(st.datetimes(), min_size=3, max_size=3).map(lambda v: pd.array(v, dtype="datetime64[s]")),
    st.lists(st.integers() | text | st.tuples() | st.none(), min_size=3, max_size=3).map(
        lambda v: pd.Series(v, dtype="object").array
    ),
]


@FEW
@pytest.mark.parametrize("name", ["parquet", "feather"])
@given(st.dictionaries(text | st.integers(0, 3), st.one_of(COLUMNS), max_size=3), st.data())
def test_a_frame_comes_back_equal_in_all_or_is_refused(name, columns, data):
    index = data.draw(st.none() | st.one_of(COLUMNS).map(pd.Index))
    try:
        frame = pd.DataFrame(columns, index=index if index is not None and columns else None)
    except ValueError:  # pandas itself does not make such a frame
        return
    try:
        found = there_and_back(name, frame)
    except FormatError:
        return
    pd.testing.assert_frame_equal(found, frame, check_exact=True)
    assert (type(found.index), found.index.dtype) == (type(frame.index), frame.index.dtype)
    assert all(type(label) is str for label in frame.columns)
    assert list(found.columns) == list(frame.columns)


@FEW
@pytest.mark.parametrize("name", ["parquet", "feather"])
@given(st.lists(st.floats() | st.none(), max_size=4), st.lists(st.lists(text, max_size=2), max_size=4))
def test_tables_of_arrow_and_polars_come_back_equal(name, numbers, lists):
    size = min(len(numbers), len(lists))
    columns = {"값": numbers[:size], "목록": lists[:size]}
    schema = pa.schema({"값": pa.float64(), "목록": pa.list_(pa.string())})
    table = pa.table(columns, schema=schema)
    assert repr(there_and_back(name, table).to_pylist()) == repr(table.to_pylist())
    frame = pl.DataFrame(columns, schema={"값": pl.Float64, "목록": pl.List(pl.String)})
    assert there_and_back(name, frame).equals(frame, null_equal=True)
