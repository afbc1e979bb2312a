"""What can be told of a value before it is stored: type, shape, columns, null counts, first rows or a short repr.

Facts never make a result fail: whatever a value's own code raises while it is looked at, only the type remains known.
They are bounded in size, and cheap beside writing the value. Libraries are recognized by the names of their types and
never imported.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from dpnb.results.records import ColumnFacts, ResultFacts
from dpnb.results.short_text import short_repr, short_text
from dpnb.results.type_names import type_name

if TYPE_CHECKING:
    from collections.abc import Callable

PREVIEW_ROWS = 5
PREVIEW_COLUMNS = 30
_LARGE_CELLS = 1 << 18
_NUMBERS = (bool, int, float)
_NOTHING = ResultFacts(type="NoneType", text="None")  # most tasks that have an effect only leave just this


def facts_of(value: Any) -> ResultFacts:
    """Return what is known of `value`.

    Examples
    --------
    >>> facts = facts_of([1, 2, 3])
    >>> facts.type, facts.rows, facts.text
    ('list', 3, '[1, 2, 3]')
    """
    if value is None:
        return _NOTHING
    kind = type(value)
    if kind in _NUMBERS:
        return ResultFacts(type=kind.__name__, text=short_repr(value))
    describe = _describer(kind)
    try:
        return describe(value)
    except Exception:  # noqa: BLE001  # a value's own code may raise anything
        return ResultFacts(type=type_name(kind))


def is_large(value: Any) -> bool:
    """Tell whether finding the facts of `value` takes long enough to be done beside the writing."""
    if _describer(type(value)) is _facts_of_anything:
        return False
    shape = getattr(value, "shape", None)
    return isinstance(shape, tuple) and math.prod(shape) >= _LARGE_CELLS


def _describer(kind: type) -> Callable[[Any], ResultFacts]:
    for ancestor in kind.__mro__:
        describe = _DESCRIBERS.get((ancestor.__module__.partition(".")[0], ancestor.__name__))
        if describe is not None:
            return describe
    return _facts_of_anything


def _facts_of_anything(value: Any) -> ResultFacts:
    shape = getattr(value, "shape", None)
    sized = isinstance(value, dict | list | tuple | set | frozenset)
    return ResultFacts(
        type=type_name(type(value)),
        rows=len(value) if sized else None,
        shape=tuple(map(int, shape)) if isinstance(shape, tuple) else None,
        text=short_repr(value),
    )


def _facts_of_array(array: Any) -> ResultFacts:
    return ResultFacts(
        type=type_name(type(array)),
        rows=int(array.shape[0]) if array.ndim else None,
        shape=tuple(map(int, array.shape)),
        columns=_array_columns(array),
        text=short_repr(array),
    )


def _array_columns(array: Any) -> tuple[ColumnFacts, ...]:
    if array.dtype.names:
        return tuple(ColumnFacts(name=name, dtype=str(array.dtype[name])) for name in array.dtype.names)
    return (ColumnFacts(name="", dtype=str(array.dtype)),)


def _facts_of_pandas_frame(frame: Any) -> ResultFacts:
    from dpnb.results.null_counts import null_counts

    columns = zip(frame.columns, frame.dtypes, null_counts(frame), strict=True)
    first = frame.iloc[:PREVIEW_ROWS, :PREVIEW_COLUMNS]
    return ResultFacts(
        type=type_name(type(frame)),
        rows=len(frame),
        shape=frame.shape,
        columns=tuple(
            ColumnFacts(name=short_text(name), dtype=str(dtype), nulls=nulls) for name, dtype, nulls in columns
        ),
        preview=_text_rows(first.itertuples(index=False, name=None)),
        index=_index_levels(frame.index),
        labels=_labels(first.index),
    )


def _facts_of_pandas_series(series: Any) -> ResultFacts:
    from dpnb.results.null_counts import null_count

    name = "" if series.name is None else short_text(series.name)
    column = ColumnFacts(name=name, dtype=str(series.dtype), nulls=null_count(series))
    preview = tuple((short_text(cell),) for cell in series[:PREVIEW_ROWS])
    index = getattr(series, "index", None)  # an Index has none itself
    return ResultFacts(
        type=type_name(type(series)),
        rows=len(series),
        shape=series.shape,
        columns=(column,),
        preview=preview,
        index=() if index is None else _index_levels(index),
        labels=() if index is None else _labels(index[:PREVIEW_ROWS]),
    )


def _index_levels(index: Any) -> tuple[ColumnFacts, ...]:
    if _only_counts(index):
        return ()
    names = ["" if name is None else short_text(name) for name in index.names]
    dtypes = [level.dtype for level in getattr(index, "levels", [index])]
    return tuple(ColumnFacts(name=name, dtype=str(dtype)) for name, dtype in zip(names, dtypes, strict=True))


def _labels(index: Any) -> tuple[str, ...]:
    if _only_counts(index):
        return ()
    return tuple(", ".join(map(short_text, label)) if index.nlevels > 1 else short_text(label) for label in index)


def _only_counts(index: Any) -> bool:
    return type(index).__name__ == "RangeIndex" and index.name is None


def _facts_of_polars_frame(frame: Any) -> ResultFacts:
    nulls = frame.null_count().row(0)
    columns = zip(frame.columns, frame.dtypes, nulls, strict=True)
    return ResultFacts(
        type=type_name(type(frame)),
        rows=frame.height,
        shape=frame.shape,
        columns=tuple(ColumnFacts(name=name, dtype=str(dtype), nulls=count) for name, dtype, count in columns),
        preview=_text_rows(frame.head(PREVIEW_ROWS).rows()),
    )


def _facts_of_arrow_table(table: Any) -> ResultFacts:
    columns = zip(table.schema, table.columns, strict=True)
    first = table.slice(0, PREVIEW_ROWS).select(list(range(min(table.num_columns, PREVIEW_COLUMNS))))
    cells = [column.to_pylist() for column in first.columns]
    return ResultFacts(
        type=type_name(type(table)),
        rows=table.num_rows,
        shape=(table.num_rows, table.num_columns),
        columns=tuple(
            ColumnFacts(name=field.name, dtype=str(field.type), nulls=column.null_count) for field, column in columns
        ),
        preview=_text_rows(zip(*cells, strict=True)),
    )


def _text_rows(rows: Any) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(short_text(cell) for cell in row[:PREVIEW_COLUMNS]) for row in rows)


_DESCRIBERS: dict[tuple[str, str], Callable[[Any], ResultFacts]] = {
    ("pandas", "DataFrame"): _facts_of_pandas_frame,
    ("pandas", "Series"): _facts_of_pandas_series,
    ("pandas", "Index"): _facts_of_pandas_series,
    ("numpy", "ndarray"): _facts_of_array,
    ("polars", "DataFrame"): _facts_of_polars_frame,
    ("pyarrow", "Table"): _facts_of_arrow_table,
    ("pyarrow", "RecordBatch"): _facts_of_arrow_table,
}
