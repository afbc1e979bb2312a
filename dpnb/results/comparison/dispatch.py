"""Which comparison fits two values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dpnb.results.comparison.options import MatchOptions

if TYPE_CHECKING:
    from dpnb.results.comparison.value import ValueComparison


def compare_values(
    a: Any, b: Any, *, key: Any = None, rtol: float = 0.0, atol: float = 0.0, title: str = ""
) -> ValueComparison:
    """Compare two values: frames by their rows' keys, arrays cell by cell, anything else path by path.

    Tables of polars and Arrow are compared as pandas' DataFrames.

    Parameters
    ----------
    key
        For frames: the column or columns (or names of index levels) that identify rows. Inferred where it is None; an
        empty list pairs rows by position.
    rtol, atol
        Numbers are equal if ``abs(a - b) <= max(rtol * max(abs(a), abs(b)), atol)`` (PEP 485).
    title
        What the values are, as a display says it.

    Raises
    ------
    ComparisonKeyError
        `key` is not in both frames, or cells of it cannot be hashed.

    Examples
    --------
    >>> compare_values({"year": 2013, "rows": [1, 2]}, {"year": 2014, "rows": [1, 2]}).summary
    "1 changed: ['year']"
    """
    return compare_with(MatchOptions.of(key, rtol, atol), a, b, title)


def compare_with(options: MatchOptions, a: Any, b: Any, title: str = "") -> ValueComparison:
    """Compare two values as `compare_values` does."""
    frames = _as_frame(a), _as_frame(b)
    if frames[0] is not None and frames[1] is not None:
        from dpnb.results.comparison.frames import FrameComparison

        from_type, to_type = _kind(a), _kind(b)
        notes = [] if from_type == to_type else [f"a is a {from_type}, b is a {to_type}."]
        compared = FrameComparison(frames[0], frames[1], options, title, notes)
        if options.key is not None:
            _ = compared.key  # one that is asked for and does not fit is refused now, and not at the first look
        return compared
    if _is_array(a) and _is_array(b):
        from dpnb.results.comparison.arrays import ArrayComparison

        return ArrayComparison(a, b, options, title)
    from dpnb.results.comparison.nested import NestedComparison

    return NestedComparison(a, b, options, title)


def _kind(value: Any) -> str:
    from dpnb.results.type_names import type_name

    return type_name(type(value))


def _as_frame(value: Any) -> Any:
    """Return a table, a series or a structured array as a DataFrame; None for what is none of these."""
    for ancestor in type(value).__mro__:
        convert = _FRAMES.get((ancestor.__module__.partition(".")[0], ancestor.__name__))
        if convert is not None:
            try:
                return convert(value)
            except Exception:  # noqa: BLE001 - what cannot be a frame is compared as it is
                return None
    return None


def _series_as_frame(series: Any) -> Any:
    return series.to_frame("value" if series.name is None else series.name)


def _index_as_frame(index: Any) -> Any:
    return index.to_frame(index=False)


def _structured_as_frame(array: Any) -> Any:
    import pandas as pd

    if array.dtype.names is None or array.ndim != 1:
        raise TypeError("no table")
    return pd.DataFrame({name: array[name] for name in array.dtype.names})


def _arrow_as_frame(table: Any) -> Any:
    import pandas as pd

    return table.to_pandas(types_mapper=pd.ArrowDtype)


def _polars_as_frame(frame: Any) -> Any:
    return frame.to_pandas(use_pyarrow_extension_array=True)


_FRAMES = {
    ("pandas", "DataFrame"): lambda frame: frame,
    ("pandas", "Series"): _series_as_frame,
    ("pandas", "Index"): _index_as_frame,
    ("numpy", "ndarray"): _structured_as_frame,
    ("polars", "DataFrame"): _polars_as_frame,
    ("pyarrow", "Table"): _arrow_as_frame,
    ("pyarrow", "RecordBatch"): _arrow_as_frame,
}


def _is_array(value: Any) -> bool:
    import sys

    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(value, numpy.ndarray) and value.ndim > 0 and value.dtype.names is None
