"""Which cells of two columns differ, and by how much; the columns' rows belong together one by one.

What is missing equals what is missing, however each is written (NaN, None, NaT, ``pd.NA``). One pass of NumPy finds
what may differ; only there is it looked at closely.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from dpnb.results.comparison.column_kinds import Array, Kind, kind_of, numbers, objects, plain
from dpnb.results.comparison.equality import gap_between, is_same

if TYPE_CHECKING:
    from dpnb.results.comparison.options import MatchOptions


def changed_positions(a: pd.Series[Any], b: pd.Series[Any], options: MatchOptions) -> Array:
    """Return the positions at which two columns of equal length differ."""
    if _have_same_categories(a, b):
        codes: tuple[Array, Array] = (a.cat.codes.to_numpy(), b.cat.codes.to_numpy())
        return np.flatnonzero(codes[0] != codes[1])
    a, b = plain(a), plain(b)
    kinds = {kind_of(a.dtype), kind_of(b.dtype)}
    if kinds == {Kind.NUMBER}:
        return _changed_numbers(a, b, options)
    if len(kinds) == 1 and kinds <= {Kind.INSTANT, Kind.ZONED_INSTANT, Kind.DURATION}:
        return _changed_instants(a, b, options)
    if len(kinds) > 1 and Kind.ANY not in kinds:
        return np.flatnonzero(~(a.isna().to_numpy() & b.isna().to_numpy()))
    return _changed_extension_cells(a, b, options)


def _have_same_categories(a: pd.Series[Any], b: pd.Series[Any]) -> bool:
    both = (a.dtype, b.dtype)
    if not all(isinstance(dtype, pd.CategoricalDtype) for dtype in both):
        return False
    return bool(a.cat.categories.dtype == b.cat.categories.dtype and a.cat.categories.equals(b.cat.categories))


def _changed_numbers(a: pd.Series[Any], b: pd.Series[Any], options: MatchOptions) -> Array:
    (of_a, gone_a), (of_b, gone_b) = numbers(a), numbers(b)
    unequal = of_a != of_b
    one_missing = np.zeros(0, dtype=bool)
    if gone_a is not None or gone_b is not None:
        gone_a = np.isnan(of_a) if gone_a is None else gone_a
        gone_b = np.isnan(of_b) if gone_b is None else gone_b
        one_missing = gone_a ^ gone_b
        unequal = (unequal & ~(gone_a | gone_b)) | one_missing
    found = np.flatnonzero(unequal)
    here, there = of_a[found], of_b[found]
    same = (_is_nan(here) & _is_nan(there)) | options.close(here, there)
    return np.asarray(found[~same | one_missing[found] if len(one_missing) else ~same])


def _is_nan(values: Array) -> Array:
    return np.isnan(values) if values.dtype.kind in "fc" else np.zeros(len(values), dtype=bool)


def _changed_instants(a: pd.Series[Any], b: pd.Series[Any], options: MatchOptions) -> Array:
    of_a, of_b = a.to_numpy(dtype=_without_zone(a)), b.to_numpy(dtype=_without_zone(b))
    if of_a.dtype != of_b.dtype:
        finer = np.promote_types(of_a.dtype, of_b.dtype)
        try:
            of_a, of_b = (pd.Series(each).astype(finer).to_numpy() for each in (of_a, of_b))
        except (ValueError, OverflowError):  # too far away for the finer unit
            return _changed_objects(a, b, options)
    return np.flatnonzero(of_a.view("i8") != of_b.view("i8"))


def _without_zone(column: pd.Series[Any]) -> Any:
    """Return NumPy's dtype for the same ticks."""
    return f"M8[{column.dtype.unit}]" if isinstance(column.dtype, pd.DatetimeTZDtype) else column.dtype


def _changed_extension_cells(a: pd.Series[Any], b: pd.Series[Any], options: MatchOptions) -> Array:
    """Compare as the columns' own library does, or else cell by cell."""
    if isinstance(a.dtype, np.dtype) or isinstance(b.dtype, np.dtype):
        return _changed_objects(a, b, options)
    try:
        unequal: Any = a.array != (b if a.dtype == b.dtype else b.astype(a.dtype)).array
        if hasattr(unequal, "to_numpy"):
            unequal = unequal.to_numpy(dtype=bool, na_value=True)
        found = np.flatnonzero(np.asarray(unequal, dtype=bool))
    except Exception:  # noqa: BLE001 - an extension array's own code may refuse
        return _changed_objects(a, b, options)
    gone = a.iloc[found].isna().to_numpy() & b.iloc[found].isna().to_numpy()
    found = found[~gone]
    if not _is_nested(a.dtype):
        return found
    return np.asarray(found[_changed_objects(a.iloc[found], b.iloc[found], options)])


def _is_nested(dtype: Any) -> bool:
    """Tell whether cells are Arrow's lists, structs or maps, of which equal ones do not count as equal to pandas."""
    return isinstance(dtype, pd.ArrowDtype) and dtype.pyarrow_dtype.num_fields > 0


def _changed_objects(a: pd.Series[Any], b: pd.Series[Any], options: MatchOptions) -> Array:
    of_a, of_b = objects(a), objects(b)
    try:
        unequal = of_a != of_b
    except Exception:  # noqa: BLE001 - of cells that are arrays, or whose own code raises
        unequal = None
    found = np.arange(len(of_a)) if unequal is None else np.flatnonzero(unequal)
    pairs = zip(of_a[found], of_b[found], strict=True)
    return found[np.fromiter((not is_same(one, other, options) for one, other in pairs), dtype=bool, count=len(found))]


def differences(a: pd.Series[Any], b: pd.Series[Any]) -> Array:
    """Return b − a for each pair of cells: in seconds for instants and durations, NaN where there is no difference."""
    a, b = plain(a), plain(b)
    kinds = {kind_of(a.dtype), kind_of(b.dtype)}
    if kinds == {Kind.NUMBER}:
        return _number_differences(a, b)
    if len(kinds) == 1 and kinds <= {Kind.INSTANT, Kind.ZONED_INSTANT, Kind.DURATION}:
        try:
            return _seconds_between(a, b)
        except (ValueError, OverflowError):
            return np.full(len(a), np.nan)
    if Kind.ANY in kinds:
        pairs = zip(objects(a), objects(b), strict=True)
        return np.fromiter((gap_between(one, other) for one, other in pairs), dtype=float, count=len(a))
    return np.full(len(a), np.nan)


def _seconds_between(a: pd.Series[Any], b: pd.Series[Any]) -> Array:
    gaps: Any = b.array - a.array  # not of the series, which would pair their rows by label
    seconds: Array = pd.Series(gaps).dt.total_seconds().to_numpy(dtype=float)
    return seconds


def _number_differences(a: pd.Series[Any], b: pd.Series[Any]) -> Array:
    (of_a, gone_a), (of_b, gone_b) = numbers(a), numbers(b)
    found: Array
    if of_a.dtype.kind == of_b.dtype.kind == "b":
        return np.full(len(a), np.nan)
    if "c" in (of_a.dtype.kind, of_b.dtype.kind):
        found = np.abs(of_b.astype(complex) - of_a.astype(complex))
    elif {of_a.dtype.kind, of_b.dtype.kind} <= set("iu"):  # integers of 64 bits may overflow, and floats lose them
        found = (of_b.astype(object) - of_a.astype(object)).astype(float)
    else:
        with np.errstate(invalid="ignore", over="ignore"):
            found = of_b.astype(float) - of_a.astype(float)
    for gone in (gone_a, gone_b):
        if gone is not None:
            found[gone] = np.nan
    return found
