"""Whatever is stored comes back equal, through dpnb and through plain pickle."""

from __future__ import annotations

import pickle
from typing import Any
from uuid import uuid4

import hypothesis.extra.numpy as hnp
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dpnb.results import FilesystemIOManager

ROWS = 20_000  # enough for buffers that are mapped


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return tmp_path_factory.mktemp("store") / "runs"


@pytest.fixture
def round_trip(base):
    store = FilesystemIOManager(base, trust=True)

    def save_and_load(value: Any) -> list[Any]:
        names = {"run_id": "run", "task_name": "task", "task_result_id": uuid4().hex}
        path = store.save(**names, value=value)
        store.verify(**names, sealed=False)
        with path.open("rb") as file:
            loaded = [store.load(**names), pickle.load(file)]
        path.unlink()
        return loaded

    return save_and_load


def _repeat(values: list[Any], dtype: Any = None) -> pd.Series:
    column: pd.Series = pd.Series(values * (ROWS // len(values)), dtype=dtype)
    return column


COLUMNS: dict[str, pd.Series] = {
    "bool": _repeat([True, False]),
    **{f"{kind}{bits}": _repeat([0, 1, 100], f"{kind}{bits}") for kind in ("int", "uint") for bits in (8, 16, 32, 64)},
    "float16": _repeat([0.5, float("nan")], "float16"),
    "float32": _repeat([0.5, float("nan")], "float32"),
    "float64": _repeat([-0.0, float("nan"), float("inf")]),
    "complex128": _repeat([1 + 2j, complex("nan")]),
    "Int64": _repeat([1, None], "Int64"),
    "Float32": _repeat([1.5, None], "Float32"),
    "boolean": _repeat([True, None], "boolean"),
    "str": _repeat(["한글", "", None, "x\0y"], "str"),
    "string[python]": _repeat(["a", None], "string[python]"),
    "object": _repeat(["a", 1, None, ("t",)], object),
    "category": _repeat(["a", "b", None], "category"),
    "ordered": _repeat(["lo", "hi"], pd.CategoricalDtype(["lo", "hi"], ordered=True)),
    "datetime": pd.Series(pd.date_range("1990", periods=ROWS, freq="s")),
    "datetime_ns": pd.Series(pd.date_range("1990", periods=ROWS, freq="s", unit="ns")),
    "datetime_tz": pd.Series(pd.date_range("1990", periods=ROWS, freq="h", tz="Asia/Seoul")),
    "datetime_nat": _repeat([np.datetime64("2020-01-01"), None], "datetime64[s]"),
    "timedelta": pd.Series(pd.timedelta_range("0s", periods=ROWS, freq="s")),
    "period": pd.Series(pd.period_range("1990-01", periods=ROWS, freq="h")),
    "interval": pd.Series(pd.interval_range(0, ROWS)),
    "sparse": _repeat([0, 0, 1], pd.SparseDtype("int64")),
    "arrow_int": _repeat([1, None], pd.ArrowDtype(pa.int64())),
    "arrow_str": _repeat(["a", "한"], pd.ArrowDtype(pa.large_string())),
    "arrow_list": _repeat([[1, 2], None], pd.ArrowDtype(pa.list_(pa.int64()))),
    "arrow_decimal": _repeat([1, 2], pd.ArrowDtype(pa.decimal128(10, 2))),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_of_every_dtype_comes_back(round_trip, name):
    frame = pd.DataFrame({"value": COLUMNS[name], "other": np.arange(len(COLUMNS[name]))})
    for loaded in round_trip(frame):
        pd.testing.assert_frame_equal(loaded, frame)
        assert list(loaded.dtypes) == list(frame.dtypes)


@given(st.lists(st.sampled_from(sorted(COLUMNS)), max_size=8), st.integers(0, 2), st.sampled_from([0, 1, 7, 9_000]))
def test_frames_of_any_mixture_come_back(base, names, index_levels, rows):
    columns = [COLUMNS[name].iloc[:rows].reset_index(drop=True).rename(f"{name}") for name in names]  # names may repeat
    frame = pd.concat(columns, axis=1) if columns else pd.DataFrame(index=range(rows))
    if index_levels:
        levels = [np.arange(len(frame)), np.arange(len(frame)) % 3][:index_levels]
        frame.index = pd.MultiIndex.from_arrays(levels, names=["한", None][:index_levels])
    store = FilesystemIOManager(base, trust=True)
    store.save("run", "task", "frame", frame)
    pd.testing.assert_frame_equal(store.load("run", "task", "frame"), frame)
    described = store.describe("run", "task", "frame").facts
    assert described.shape == frame.shape
    assert [column.dtype for column in described.columns] == [str(dtype) for dtype in frame.dtypes]
    assert [column.nulls for column in described.columns] == frame.isna().sum().tolist()


DTYPES = st.one_of(
    hnp.scalar_dtypes(),
    hnp.array_dtypes(hnp.scalar_dtypes(), min_size=1, max_size=3),
    st.just(np.dtype(object)),
)


@given(DTYPES, st.sampled_from([(), (0,), (3,), (5, 3), (2, 3, 4)]), st.integers(1, 12_000), st.data())
def test_arrays_of_any_dtype_shape_and_order_come_back(base, dtype, shape, repeats, data):
    array = data.draw(hnp.arrays(dtype, shape, elements=st.integers(0, 9) if dtype.hasobject else None))
    if shape:
        array = np.repeat(array, repeats // max(array.itemsize, 1) + 1, axis=0)
    array = data.draw(st.sampled_from([array, array.T, np.asfortranarray(array), array[::2] if shape else array]))
    store = FilesystemIOManager(base, trust=True)
    path = store.save("run", "task", "array", array)
    with path.open("rb") as file:
        for loaded in (store.load("run", "task", "array"), pickle.load(file)):
            assert loaded.dtype.newbyteorder("=") == array.dtype.newbyteorder("=")  # NumPy itself may swap dates
            assert loaded.shape == array.shape
            assert loaded.flags.writeable
            if dtype.hasobject:
                assert loaded.tolist() == array.tolist()
            else:  # bytes, because NaN differs from itself
                assert loaded.astype(array.dtype).tobytes() == array.tobytes()


LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary() | st.dates()
VALUES = st.recursive(
    LEAVES | hnp.arrays("int64", st.integers(0, 4)).map(lambda a: a.tobytes()),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=3), inner, max_size=4)
        | st.tuples(inner, inner)
        | st.frozensets(st.integers(), max_size=3)
    ),
)


@given(VALUES)
def test_nested_containers_come_back(base, value):
    store = FilesystemIOManager(base, trust=True)
    path = store.save("run", "task", "value", value)
    with path.open("rb") as file:
        assert store.load("run", "task", "value") == value == pickle.load(file)


@given(
    st.lists(st.integers(0, 3), min_size=2, max_size=8), st.lists(st.integers(30_000, 200_000), min_size=4, max_size=4)
)
def test_sharing_inside_a_value_stays(base, places, sizes):
    objects = [
        np.arange(sizes[0] // 8),
        bytearray(sizes[1]),
        pd.DataFrame({"a": np.zeros(sizes[2] // 8)}),
        {"deep": np.ones(sizes[3], dtype="bool")},
    ]
    value = [objects[place] for place in places]
    store = FilesystemIOManager(base, trust=True)
    path = store.save("run", "task", "shared", value)
    with path.open("rb") as file:
        for loaded in (store.load("run", "task", "shared"), pickle.load(file)):
            same = [[a is b for b in loaded] for a in loaded]
            assert same == [[a is b for b in value] for a in value]
            for one, other in zip(loaded, value, strict=True):
                assert pickle.dumps(one) == pickle.dumps(other)


def test_read_only_arrays_stay_read_only(base):
    array = np.arange(100_000)
    array.setflags(write=False)
    store = FilesystemIOManager(base, trust=True)
    store.save("run", "task", "readonly", array)
    assert not store.load("run", "task", "readonly").flags.writeable
