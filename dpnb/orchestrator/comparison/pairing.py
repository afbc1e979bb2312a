"""Two things side by side, and in a word whether they differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

SAME, CHANGED, ONLY_A, ONLY_B, UNKNOWN = "same", "changed", "only in a", "only in b", "unknown"
CHANGES = (SAME, CHANGED, ONLY_A, ONLY_B, UNKNOWN)


def names_of(a: Iterable[str], b: Iterable[str]) -> list[str]:
    """Return the names of both, in the order of `a`, then those that only `b` has."""
    return list(dict.fromkeys([*a, *b]))


def sides_of(name: str, a: Mapping[str, Any], b: Mapping[str, Any]) -> str | None:
    """Return in which of two mappings alone a name is; None where it is in both."""
    if name in a and name in b:
        return None
    return ONLY_A if name in a else ONLY_B


def frame_of(rows: Sequence[Sequence[Any]], columns: Mapping[str, str]) -> pd.DataFrame:
    """Return rows as a frame whose columns have these dtypes.

    ``change`` and ``state`` are categories, ``duration`` is of seconds; all others are pandas' own.
    """
    import pandas as pd

    values = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
    named = zip(columns.items(), values, strict=True)
    return pd.DataFrame({name: _column(dtype, list(cells)) for (name, dtype), cells in named})


def _column(dtype: str, cells: list[Any]) -> Any:
    import pandas as pd

    from dpnb.results.comparison.column_kinds import object_column
    from dpnb.results.records import RunStatus, TaskState

    match dtype:
        case "change":
            return pd.Categorical(cells, categories=CHANGES)
        case "state" | "status":
            known = [each.value for each in (TaskState if dtype == "state" else RunStatus)]
            return pd.Categorical([cell if cell is None else str(cell) for cell in cells], known, ordered=True)
        case "duration":
            return pd.to_timedelta(pd.Series(cells, dtype="float64"), unit="s").astype("timedelta64[us]")
        case "instant":
            return pd.to_datetime(pd.Series(cells, dtype="Int64"), unit="us", utc=True).astype("datetime64[us, UTC]")
        case "object":
            return object_column(cells)
        case _:
            return pd.Series(cells, dtype=dtype)
