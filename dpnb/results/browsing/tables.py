"""What can be paged as a table: frames, series, arrays of one or two dimensions, Arrow's tables."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from dpnb.results.browsing.arrow_columns import column_of
from dpnb.results.browsing.columns import ArrayColumn, LevelColumn, RangeColumn
from dpnb.results.type_names import type_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

from dpnb.results.browsing.columns import Column

_PLANES = 2


def _keep() -> None:
    """Give nothing back: the memory is its owner's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Columns of equal length, the index's levels first.

    `release` gives back what reading has brought into memory, where that can be read again. `nulls` are the counts of
    missing values that are known already, by column. `frame_code` makes a frame of the value in pandas code.
    """

    type: str
    rows: int
    columns: Sequence[Column]
    release: Callable[[], None] = _keep
    nulls: Sequence[int | None] = ()
    frame_code: str = "{value}"


def table_of(value: Any) -> Table | None:
    """Return `value` as a table without copying its data; None where it is none.

    Examples
    --------
    >>> import pandas as pd
    >>> table = table_of(pd.DataFrame({"day": [1, 2], "amount": [0.5, None]}))
    >>> table.rows, [column.kind.value for column in table.columns]
    (2, ['integer', 'number'])
    """
    for ancestor in type(value).__mro__:
        make = _MAKERS.get((ancestor.__module__.partition(".")[0], ancestor.__name__))
        if make is not None:
            return make(value)
    return None


def _of_frame(frame: Any) -> Table:
    columns: list[Column] = [*_index_columns(frame.index)]
    columns += [column_of(name, _array(frame.iloc[:, place])) for place, name in enumerate(frame.columns)]
    return Table(type=type_name(type(frame)), rows=len(frame), columns=columns)


def _of_series(series: Any) -> Table:
    name = "value" if series.name is None else series.name
    columns: list[Column] = [*_index_columns(series.index), column_of(name, _array(series))]
    code = f"{{value}}.to_frame({name!r})" if isinstance(name, (str, int)) else "{value}.to_frame()"
    return Table(type=type_name(type(series)), rows=len(series), columns=columns, frame_code=code)


def _of_index(index: Any) -> Table:
    columns = list(_index_columns(index, always=True))
    return Table(
        type=type_name(type(index)), rows=len(index), columns=columns, frame_code="pd.DataFrame(index={value})"
    )


def _index_columns(index: Any, *, always: bool = False) -> Iterator[Column]:
    kind = type(index).__name__
    counts = kind == "RangeIndex" and index.name is None and (index.start, index.step) == (0, 1)
    if counts and not always:
        return
    names = [f"level {level}" if name is None else name for level, name in enumerate(index.names)]
    if kind == "MultiIndex":
        for level, (name, labels, codes) in enumerate(zip(names, index.levels, index.codes, strict=True)):
            yield LevelColumn(name, labels, codes, level)
        return
    name = "index" if index.name is None else index.name
    yield RangeColumn(name, index) if kind == "RangeIndex" else column_of(name, _array(index), level=0)


def _array(values: Any) -> Any:
    """Return the array behind a Series or Index: NumPy's own where it is one, which pandas only wraps."""
    array = values.array
    return values.to_numpy() if type(array).__name__ == "NumpyExtensionArray" else array


def _of_array(array: Any) -> Table | None:
    kind = type_name(type(array))
    if array.dtype.names and array.ndim == 1:
        columns = [ArrayColumn(name, array[name]) for name in array.dtype.names if array.dtype[name].ndim == 0]
        is_flat = len(columns) == len(array.dtype.names)
        code = f"pd.DataFrame({_native(array)})"
        return Table(type=kind, rows=len(array), columns=columns, frame_code=code) if is_flat else None
    if array.dtype.kind == "V":
        return None
    if array.ndim == 1:
        code = f'pd.DataFrame({{{{"value": {_native(array)}}}}})'
        return Table(type=kind, rows=len(array), columns=[ArrayColumn("value", array)], frame_code=code)
    if array.ndim == _PLANES:
        columns = [ArrayColumn(place, array[:, place]) for place in range(array.shape[1])]
        return Table(type=kind, rows=len(array), columns=columns, frame_code=f"pd.DataFrame({_native(array)})")
    return None


def _native(array: Any) -> str:
    """Return code that gives the array in this machine's order of bytes, which is all that pandas takes."""
    if array.dtype.isnative:
        return "{value}"
    dtype = str(array.dtype.newbyteorder("=")).replace("{", "{{").replace("}", "}}")
    return f"{{value}}.astype({dtype})" if array.dtype.names else f'{{value}}.astype("{dtype}")'


def _of_arrow_table(table: Any) -> Table:
    import pandas as pd

    columns = [
        column_of(field.name, pd.arrays.ArrowExtensionArray(column), type_name=str(field.type))  # type: ignore[attr-defined,unused-ignore]
        for field, column in zip(table.schema, table.columns, strict=True)
    ]
    code = f"{{value}}{_apart(table.schema.names)}.to_pandas(types_mapper=pd.ArrowDtype)"
    return Table(type=type_name(type(table)), rows=table.num_rows, columns=columns, frame_code=code)


def _apart(names: Sequence[str]) -> str:
    """Return code that gives columns names of their own; of those that share one, Arrow would make pandas' wrongly."""
    if len(set(names)) == len(names):
        return ""
    own = [name if names.count(name) == 1 else f"{name} {place}" for place, name in enumerate(names)]
    return f".rename_columns({own!r})".replace("{", "{{").replace("}", "}}")


def _of_arrow_array(array: Any) -> Table:
    import pyarrow as pa

    code = '{value}.to_pandas(types_mapper=pd.ArrowDtype).to_frame("value")'
    table = pa.table({"value": array})
    return replace(_of_arrow_table(table), type=type_name(type(array)), frame_code=code)


def _of_polars_frame(frame: Any) -> Table:
    code = "{value}.to_arrow().to_pandas(types_mapper=pd.ArrowDtype)"
    return replace(_of_arrow_table(frame.to_arrow()), type=type_name(type(frame)), frame_code=code)


def _of_polars_series(series: Any) -> Table:
    code = "{value}.to_frame().to_arrow().to_pandas(types_mapper=pd.ArrowDtype)"
    return replace(_of_polars_frame(series.to_frame()), type=type_name(type(series)), frame_code=code)


_MAKERS: dict[tuple[str, str], Callable[[Any], Table | None]] = {
    ("pandas", "DataFrame"): _of_frame,
    ("pandas", "Series"): _of_series,
    ("pandas", "Index"): _of_index,
    ("numpy", "ndarray"): _of_array,
    ("polars", "DataFrame"): _of_polars_frame,
    ("polars", "Series"): _of_polars_series,
    ("pyarrow", "RecordBatch"): _of_arrow_table,
    ("pyarrow", "Table"): _of_arrow_table,
    ("pyarrow", "Array"): _of_arrow_array,
    ("pyarrow", "ChunkedArray"): _of_arrow_array,
}
