"""Frames and their edited copies: what is found is what was edited, whatever the frames hold."""

from __future__ import annotations

import string
from copy import deepcopy
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from dpnb.results.comparison import FrameComparison, compare_values
from dpnb.results.comparison.column_kinds import object_column
from dpnb.results.comparison.options import MatchOptions
from dpnb.results.comparison.schema_changes import moved, pair_columns
from dpnb.results.comparison.walk import found_differences

TEXTS = st.text(alphabet=string.ascii_letters + "가나다 é", max_size=4)
TICKS = st.none() | st.integers(-(10**15), 10**15)
CELLS: dict[str, st.SearchStrategy[Any]] = {
    "int64": st.integers(-(2**63), 2**63 - 1),
    "Int64": st.none() | st.integers(-(2**63), 2**63 - 1),
    "float64": st.none() | st.floats(allow_nan=True),
    "bool": st.booleans(),
    "boolean": st.none() | st.booleans(),
    "str": st.none() | TEXTS,
    "string": st.none() | TEXTS,
    "category": st.none() | st.sampled_from(["a", "b", "다"]),
    "datetime64[us]": TICKS,
    "datetime64[us, Asia/Seoul]": TICKS,
    "timedelta64[us]": TICKS,
    "object": st.none() | st.integers() | TEXTS | st.floats() | st.lists(st.integers(), max_size=2),
}
LABELS = TEXTS | st.integers() | st.tuples(TEXTS, st.integers(0, 3))


class Drawn(NamedTuple):
    """A frame as it was drawn: a unique key in its first column, then columns of cells."""

    keys: list[str]
    labels: list[Any]
    dtypes: list[str]
    cells: list[list[Any]]

    def frame(self) -> pd.DataFrame:
        columns = [pd.Series(self.keys, dtype="str"), *map(column_of, self.dtypes, self.cells)]
        frame = pd.concat(columns, axis=1)
        frame.columns = pd.Index(object_column(["the key", *self.labels]), tupleize_cols=False)
        return frame


def column_of(dtype: str, cells: list[Any]) -> pd.Series:
    if dtype == "object":
        return object_column(cells)
    if dtype == "category":
        return pd.Series(pd.Categorical(cells, categories=["a", "b", "다"]))
    if dtype.startswith(("datetime64", "timedelta64")):
        ticks = np.array([np.iinfo(np.int64).min if cell is None else cell for cell in cells], dtype=np.int64)
        column = pd.Series(ticks.view("m8[us]" if dtype.startswith("time") else "M8[us]"))
        return column.dt.tz_localize("UTC").dt.tz_convert("Asia/Seoul") if "Seoul" in dtype else column
    return pd.Series(cells, dtype=dtype)


@st.composite
def frames(draw: st.DrawFn, least_rows: int = 0) -> Drawn:
    rows = draw(st.integers(least_rows, 6))
    labels = draw(st.lists(LABELS, min_size=1, max_size=4, unique_by=repr))
    dtypes = [draw(st.sampled_from(sorted(CELLS))) for _ in labels]
    keys = draw(st.lists(TEXTS, min_size=rows, max_size=rows, unique=True))
    cells = [draw(st.lists(CELLS[dtype], min_size=rows, max_size=rows)) for dtype in dtypes]
    return Drawn(keys, labels, dtypes, cells)


def compared(a: pd.DataFrame, b: pd.DataFrame, **options: Any) -> FrameComparison:
    found = compare_values(a, b, **options)
    assert isinstance(found, FrameComparison)
    found._repr_mimebundle_()
    return found


def are_equal(a: Any, b: Any) -> bool:
    """Tell whether two cells are equal, by their own account: the naive model."""
    missing = [cell is None or cell != cell for cell in (a, b)]  # noqa: PLR0124 - NaN
    return all(missing) if any(missing) else bool(a == b)


@given(frames(), st.randoms(use_true_random=False))
def test_a_copy_in_any_order_has_no_changed_cell(drawn, random):
    frame = drawn.frame()
    order = random.sample(range(len(frame)), len(frame))
    found = compared(frame, frame.iloc[order].reset_index(drop=True), key="the key")
    assert (found.changed_cells, found.rows.added, found.rows.removed) == (0, 0, 0)
    assert found.is_reordered == (order != sorted(order))
    assert compared(frame, frame.copy()).is_equal


@given(st.data())
def test_exactly_the_edited_cells_are_found(data):
    drawn = data.draw(frames(least_rows=1))
    later = deepcopy(drawn)
    rows, columns = st.integers(0, len(drawn.keys) - 1), st.integers(0, len(drawn.labels) - 1)
    edits = data.draw(st.lists(st.tuples(rows, columns), max_size=4, unique=True))
    for row, column in edits:
        later.cells[column][row] = data.draw(CELLS[drawn.dtypes[column]])
    removed = data.draw(st.lists(rows, max_size=2, unique=True))
    order = data.draw(st.permutations([row for row in range(len(drawn.keys)) if row not in removed]))
    a, b = drawn.frame(), later.frame().iloc[order].reset_index(drop=True)
    expected = {
        (drawn.keys[row], repr(drawn.labels[column]))
        for row, column in edits
        if row not in removed and not are_equal(drawn.cells[column][row], later.cells[column][row])
    }
    found, back = compared(a, b, key="the key"), compared(b, a, key="the key")
    assert set(zip(found.changes.index, map(repr, found.changes["column"]), strict=True)) == expected
    assert set(found.removed["the key"]) == set(back.added["the key"]) == {drawn.keys[row] for row in removed}
    assert found.added.empty
    assert back.removed.empty
    assert sorted(map(repr, back.changes["a"])) == sorted(map(repr, found.changes["b"]))


@given(frames(), frames())
def test_any_two_frames_are_compared_and_both_ways_alike(one, other):
    a, b = one.frame(), other.frame()
    there, back = compared(a, b, key=[]), compared(b, a, key=[])
    assert there.is_equal == back.is_equal
    assert (there.rows.added, there.rows.removed) == (back.rows.removed, back.rows.added)
    assert there.changed_cells == back.changed_cells
    compared(a, b)


@given(st.lists(st.integers(0, 4), max_size=8), st.lists(st.integers(0, 4), max_size=8))
def test_repeated_keys_pair_as_many_rows_as_both_have(a, b):
    one = pd.DataFrame({"k": pd.Series(a, dtype="int64"), "n": range(len(a))})
    other = pd.DataFrame({"k": pd.Series(b, dtype="int64"), "n": range(len(b))})
    found = compared(one, other, key="k")
    assert found.rows.common == sum(min(a.count(key), b.count(key)) for key in set(a))
    assert sorted(found.added["k"]) == sorted(key for key in set(b) for _ in range(b.count(key) - a.count(key)))


@given(st.lists(st.floats(), max_size=6), st.floats(0, 1), st.floats(0, 10))
def test_tolerance_is_the_same_for_one_number_and_for_many(values, rtol, atol):
    options = MatchOptions(rtol=rtol, atol=atol)
    a, b = np.array(values), np.array(values[::-1])
    assert options.close(a, b).tolist() == [options.are_close(x, y) for x, y in zip(values, values[::-1], strict=True)]


@given(st.permutations(range(7)))
def test_the_fewest_columns_count_as_moved(order):
    pairs = pair_columns(range(7), order)
    staying = [column for column in order if column not in moved(pairs)]
    assert staying == sorted(staying)
    longest = max(
        sum(1 for at in range(7) if mask >> at & 1)
        for mask in range(128)
        if (kept := [order[at] for at in range(7) if mask >> at & 1]) == sorted(kept)
    )
    assert len(staying) == longest


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(TEXTS | st.integers(), inner, max_size=4) | st.tuples(inner)
    ),
    max_leaves=12,
)


@given(VALUES, VALUES)
def test_values_differ_on_some_path_unless_they_are_equal(a, b):
    exact = MatchOptions()
    assert found_differences(a, a, exact) == []
    there, back = found_differences(a, b, exact), found_differences(b, a, exact)
    assert bool(there) == bool(back)
    if a != b:
        assert there
    if not there:
        assert a == b
