"""Which columns can be compared with which, and in what form."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

type Array = np.ndarray[Any, Any]


class Kind(Enum):
    """What a column holds; two different kinds have no equal cells, except that anything may be in `ANY`."""

    NUMBER = auto()
    TEXT = auto()
    INSTANT = auto()
    ZONED_INSTANT = auto()
    DURATION = auto()
    ANY = auto()


def kind_of(dtype: Any) -> Kind:
    """Return what a column of this dtype holds.

    >>> kind_of(np.dtype("int8")), kind_of(pd.StringDtype())
    (<Kind.NUMBER: 1>, <Kind.TEXT: 2>)
    """
    if isinstance(dtype, pd.StringDtype):
        return Kind.TEXT
    if isinstance(dtype, pd.DatetimeTZDtype):
        return Kind.ZONED_INSTANT
    if isinstance(dtype, np.dtype):
        return {"M": Kind.INSTANT, "m": Kind.DURATION}.get(dtype.kind, Kind.NUMBER if _counts(dtype) else Kind.ANY)
    return Kind.NUMBER if _counts(getattr(dtype, "numpy_dtype", None)) else Kind.ANY


def _counts(dtype: Any) -> bool:
    return dtype is not None and dtype.kind in "biufc"


def plain(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return categories as what they stand for, instants with a zone in UTC; anything else as it is."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        categories = column.cat.categories
        values = categories.to_numpy() if isinstance(categories.dtype, np.dtype) else categories.array
        taken = pd.api.extensions.take(values, column.cat.codes.to_numpy(), allow_fill=True)
        return pd.Series(taken, index=column.index, name=column.name)
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        in_utc: pd.Series[Any] = column.dt.tz_convert("UTC")
        return in_utc
    return column


def numbers(column: pd.Series[Any]) -> tuple[Array, Array | None]:
    """Return a column of numbers as NumPy's, and which are missing where not NaN says so."""
    dtype: Any = column.dtype
    if isinstance(dtype, np.dtype):
        return column.to_numpy(), None
    missing = column.isna().to_numpy()
    return column.to_numpy(dtype=dtype.numpy_dtype, na_value=0), missing


def column_at(frame: pd.DataFrame, at: int | None, rows: slice | Array = slice(None)) -> pd.Series[Any]:
    """Return a column by its position, which `at` is known to be, in all rows or in some."""
    column: pd.Series[Any] = frame.iloc[rows, at]  # type: ignore[index,assignment]
    return column


def object_column(values: Sequence[Any]) -> pd.Series[Any]:
    """Return values of any kind as a column; tuples and lists among them stay what they are."""
    cells = np.empty(len(values), dtype=object)
    for at, value in enumerate(values):
        cells[at] = value
    return pd.Series(cells, dtype="object")


def tuples(frame: pd.DataFrame) -> Iterator[Any]:
    """Yield a frame's rows, to be read by the names of its columns."""
    yield from frame.itertuples(index=False)


def objects(column: pd.Series[Any]) -> Array:
    """Return a column's cells as Python objects."""
    return column.to_numpy(dtype=object)
