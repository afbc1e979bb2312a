"""How records become the columns of a DataFrame: named, typed, and with the same dtypes when there is no row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from dpnb.results.records import RunStatus, TaskState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pandas as pd


class Column(NamedTuple):
    """A column: `dtype` is pandas' own, or one of the kinds `instant`, `duration`, `state` and `status`."""

    name: str
    dtype: str
    value: Callable[[Any], Any]


def frame_of(columns: Iterable[Column], records: list[Any]) -> pd.DataFrame:
    """Return one row per record."""
    import pandas as pd

    data = {column.name: _values(column.dtype, list(map(column.value, records))) for column in columns}
    return pd.DataFrame(data, index=pd.RangeIndex(len(records)))


def _values(dtype: str, values: list[Any]) -> Any:
    import pandas as pd

    match dtype:
        case "instant":
            return instants(values)
        case "duration":
            return pd.array(_microseconds(values), dtype="timedelta64[us]")
        case "state" | "status":
            known = TaskState if dtype == "state" else RunStatus
            names = [None if value is None else value.value for value in values]
            return pd.Categorical(names, categories=[each.value for each in known], ordered=True)
        case _:
            return pd.Series(values, dtype=dtype)


def instants(values: list[int | None]) -> Any:
    """Return microseconds since 1970 UTC as instants, where they are known."""
    import pandas as pd

    return pd.array(_microseconds(values), dtype="datetime64[us]").tz_localize("UTC")


def _microseconds(values: list[int | None]) -> Any:
    import numpy as np

    missing = np.iinfo(np.int64).min  # NumPy's NaT
    return np.array([missing if value is None else value for value in values], dtype="int64")
