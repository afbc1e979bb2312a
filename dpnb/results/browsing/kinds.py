"""What a column holds, as far as that decides how it is filtered, sorted and drawn."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from dpnb.results.browsing.cells import is_missing

_SAMPLED_OBJECTS = 1_000


class Kind(StrEnum):
    """What the values of a column are."""

    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    INSTANT = "instant"
    DURATION = "duration"
    TEXT = "text"
    CATEGORY = "category"
    OTHER = "other"  # objects, lists, intervals: shown and searched by their text

    @property
    def is_measured(self) -> bool:
        """Whether values lie on a line, so that ranges and bars of equal width make sense."""
        return self in (Kind.INTEGER, Kind.NUMBER, Kind.INSTANT, Kind.DURATION)

    @property
    def is_sortable(self) -> bool:
        """Whether every two values have an order."""
        return self is not Kind.OTHER

    @property
    def operators(self) -> tuple[str, ...]:
        """What a filter may ask of the values."""
        if self.is_measured:
            return ("between", "equals", "missing", "present")
        if self is Kind.BOOLEAN:
            return ("equals", "missing", "present")
        return ("contains", "equals", "missing", "present")


def kind_of(values: Any) -> Kind:
    """Return the kind of a NumPy or pandas array; a column of objects is what its first values are."""
    import pandas as pd

    dtype = values.dtype
    types = pd.api.types
    if isinstance(dtype, pd.CategoricalDtype):
        return Kind.CATEGORY
    if isinstance(dtype, pd.StringDtype) or dtype.kind == "U":
        return Kind.TEXT
    if isinstance(dtype, pd.ArrowDtype):
        return _kind_of_arrow(dtype)
    if isinstance(dtype, pd.SparseDtype):
        return Kind.OTHER
    if dtype == "object":
        return _kind_of_objects(values)
    tests = (
        (types.is_bool_dtype, Kind.BOOLEAN),
        (types.is_integer_dtype, Kind.INTEGER),
        (types.is_float_dtype, Kind.NUMBER),
        (types.is_datetime64_any_dtype, Kind.INSTANT),
        (types.is_timedelta64_dtype, Kind.DURATION),
    )
    return next((kind for test, kind in tests if test(dtype)), Kind.OTHER)


def _kind_of_arrow(dtype: Any) -> Kind:
    known = {
        "i": Kind.INTEGER,
        "u": Kind.INTEGER,
        "f": Kind.NUMBER,
        "b": Kind.BOOLEAN,
        "M": Kind.INSTANT,
        "m": Kind.DURATION,
    }
    if str(dtype.pyarrow_dtype) in {"string", "large_string"}:
        return Kind.TEXT
    return known.get(dtype.kind, Kind.OTHER)


def _kind_of_objects(values: Any) -> Kind:
    """Return the kind of Python objects; text is judged by all values, since sorting would fail at the first other."""
    first = [value for value in values[:_SAMPLED_OBJECTS] if not is_missing(value)]
    if not first or not all(isinstance(value, str) for value in first):
        return Kind.OTHER
    import pandas as pd

    return Kind.TEXT if pd.api.types.infer_dtype(values, skipna=True) == "string" else Kind.OTHER
