from __future__ import annotations

import numpy as np
import pytest

from dpnb.results.comparison import ArrayComparison, FrameComparison, compare_values


def compared(a, b, **options) -> ArrayComparison:
    found = compare_values(a, b, **options)
    assert isinstance(found, ArrayComparison)
    return found


def test_changed_cells_are_told_by_their_position():
    a = np.arange(12.0).reshape(3, 4)
    b = a.copy()
    b[1, 2] = -1
    found = compared(a, b)
    assert found.changes.reset_index().to_numpy().tolist() == [[1, 2, 6.0, -1.0, -7.0]]
    assert found.changes.index.names == ["axis 0", "axis 1"]
    assert found.summary == "1 of 12 cells changed"
    assert not found.is_equal


def test_equal_arrays_have_no_difference():
    found = compared(np.array([1.0, np.nan]), np.array([1.0, np.nan]))
    assert found.is_equal
    assert found.changes.empty
    assert found.parts() == []


def test_another_dtype_is_a_difference_though_cells_are_equal():
    found = compared(np.arange(3), np.arange(3.0))
    assert not found.is_equal
    assert found.summary == "dtype int64 → float64 · 0 of 3 cells changed"


def test_vectors_are_compared_as_far_as_both_reach():
    found = compared(np.array([1, 2, 3]), np.array([1, 5]))
    assert found.summary == "shape 3 → 2 · 1 of 2 cells changed"
    assert found.changes.index.tolist() == [1]


def test_other_shapes_are_only_told():
    found = compared(np.zeros((2, 3)), np.zeros((3, 2)))
    assert (found.summary, found.changed_cells) == ("shape 2 × 3 → 3 × 2", 0)
    assert not found.is_equal


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (np.array(["a", "가"]), np.array(["a", "나"])),
        (np.array([b"a", b"b"]), np.array([b"a", b"c"])),
        (np.array(["2013-01", "2014-01"], dtype="M8[M]"), np.array(["2013-01", "2014-02"], dtype="M8[M]")),
        (np.array([1, 2], dtype=">i4"), np.array([1, 3], dtype=">i4")),
        (np.array([1, [2]], dtype=object), np.array([1, [3]], dtype=object)),
        (np.array([1j, 2j]), np.array([1j, 3j])),
        (np.array([True, False]), np.array([True, True])),
        (np.ma.array([1, 2], mask=[True, False]), np.ma.array([5, 3], mask=[True, False])),
        (np.ma.array([1, 2], mask=[False, True]), np.ma.array([1, 2], mask=[False, False])),
    ],
    ids=str,
)
def test_cells_of_any_dtype_are_compared(a, b):
    assert compared(a, a.copy()).is_equal
    assert compared(a, b).changes.index.tolist() == [1]


def test_a_matrix_is_an_array():
    with pytest.warns(PendingDeprecationWarning):
        a = np.asmatrix([[1, 2], [3, 4]])
    assert compared(a, a + 1).changed_cells == 4


def test_a_structured_array_is_a_table():
    a = np.array([(1, 2.0), (2, 3.0)], dtype=[("id", int), ("x", float)])
    b = np.array([(2, 3.5), (1, 2.0)], dtype=a.dtype)
    found = compare_values(a, b)
    assert isinstance(found, FrameComparison)
    assert found.changes["b"].tolist() == [3.5]


def test_the_tolerance_counts():
    assert compared(np.array([1.0]), np.array([1.0 + 1e-9]), rtol=1e-6).is_equal


def test_the_first_changes_are_shown():
    text = compared(np.zeros(100), np.ones(100))._repr_mimebundle_()["text/plain"]
    assert "100 of 100 cells changed" in text
    assert "… 88 more" in text
