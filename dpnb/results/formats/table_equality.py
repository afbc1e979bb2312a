"""Whether a table came back as it was: types, order, missing values and every bit of a number."""

from __future__ import annotations

from typing import Any

from dpnb.results.short_text import short_text


def pandas_difference(frame: Any, again: Any) -> str:
    """Say how a DataFrame that came back differs; empty where it does not."""
    if type(frame.columns) is not type(again.columns):
        return "it has no columns, and their index would come back as another"
    if list(frame.columns) != list(again.columns):
        return "its columns would have other names"
    if frame.columns.dtype != again.columns.dtype:
        return f"the names of its columns would be of {again.columns.dtype}, not of {frame.columns.dtype}"
    if problem := _index_difference(frame.index, again.index):
        return f"its index {problem}"
    for at, name in enumerate(frame.columns):
        if problem := _values_difference(frame.iloc[:, at].array, again.iloc[:, at].array):
            return f"its column {short_text(name)!r} {problem}"
    return ""


def _index_difference(index: Any, again: Any) -> str:
    if type(index) is not type(again):
        return f"would come back as a {type(again).__name__}, not a {type(index).__name__}"
    if list(index.names) != list(again.names):
        return "would have another name"
    if getattr(index, "freq", None) != getattr(again, "freq", None):
        return "would lose its freq"
    if index.nlevels == 1:
        return _values_difference(index.array, again.array)
    problems = ((level, _level_difference(index, again, level)) for level in range(index.nlevels))
    return next((f"of level {level} {problem}" for level, problem in problems if problem), "")


def _level_difference(index: Any, again: Any, level: int) -> str:
    if index.levels[level].dtype != again.levels[level].dtype:
        return f"would come back as {again.levels[level].dtype}"
    return _values_difference(index.get_level_values(level).array, again.get_level_values(level).array)


def _values_difference(values: Any, again: Any) -> str:
    """Say how two pandas arrays differ."""
    if values.dtype != again.dtype or str(values.dtype) != str(again.dtype):
        return f"would come back as {again.dtype}, not {values.dtype}"
    if len(values) != len(again):
        return f"would have {len(again):,} values, not {len(values):,}"
    if values.dtype == "object":
        return _objects_difference(values, again)
    if str(values.dtype) == "category" and list(values.categories) != list(again.categories):
        return "would have other categories"
    missing = values.isna()
    if (missing != again.isna()).any():
        return "would have other missing values"
    same = values[~missing] == again[~missing]
    return "" if bool(same.all()) else "would have other values"


def _objects_difference(values: Any, again: Any) -> str:
    for at, (one, other) in enumerate(zip(values, again, strict=True)):
        if type(one) is not type(other):
            return f"holds a {type(one).__name__} in row {at} that would come back as a {type(other).__name__}"
        is_nan = one != one and other != other  # noqa: PLR0124 - what NaN alone says of itself
        try:
            is_same = bool(one == other)
        except (ValueError, TypeError):  # of arrays, say, which do not answer with one word
            return f"holds a {type(one).__name__} in row {at}, which cannot be compared"
        if not (is_same or is_nan):
            return f"would have another value in row {at}"
    return ""


def polars_difference(frame: Any, again: Any) -> str:
    """Say how a frame of polars that came back differs; empty where it does not."""
    if type(frame) is not type(again) or frame.columns != again.columns:
        return "its columns would have other names"
    for name, before, after in zip(frame.columns, frame.dtypes, again.dtypes, strict=True):
        if before != after:
            return f"its column {name!r} would come back as {after}, not {before}"
    return "" if frame.equals(again, null_equal=True) else "some values would be others"


def arrow_difference(table: Any, again: Any) -> str:
    """Say how a table of Arrow that came back differs; empty where it does not."""
    if not table.schema.equals(again.schema, check_metadata=False):
        changed = (
            f"its column {before.name!r} would come back as {after.type}, not {before.type}"
            for before, after in zip(table.schema, again.schema, strict=False)
            if before != after
        )
        return next(changed, "its columns would be others")
    if _metadata(table.schema) != _metadata(again.schema):
        return "its metadata would be others"
    for name, before, after in zip(table.column_names, table.columns, again.columns, strict=True):
        if not _is_same_column(before, after):
            return f"its column {name!r} would have other values"
    return ""


def _metadata(schema: Any) -> list[Any]:
    """Return what is written of a schema, but for what the file adds of its own."""
    own = [schema.metadata or {}, *(field.metadata or {} for field in schema)]
    return [{key: text for key, text in one.items() if not key.startswith(b"PARQUET:")} for one in own]


def _is_same_column(before: Any, after: Any) -> bool:
    if before.equals(after):
        return True
    import pyarrow.types

    kind = before.type
    if pyarrow.types.is_floating(kind):  # NaN is not equal to itself
        return bool(_bits(before).equals(_bits(after)))
    return pyarrow.types.is_nested(kind) and repr(before.to_pylist()) == repr(after.to_pylist())


def _bits(column: Any) -> Any:
    import pyarrow as pa

    whole = column.combine_chunks() if hasattr(column, "combine_chunks") else column
    return whole.view(getattr(pa, f"int{column.type.bit_width}")())
