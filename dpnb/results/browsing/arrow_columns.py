"""Columns of Arrow's types that pandas neither sorts nor compares as they are: dates, and texts that are numbered.

They are read as something that it does sort and compare, part by part; what a page shows stays as it was stored.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dpnb.results.browsing.columns import ArrayColumn
from dpnb.results.browsing.kinds import Kind, kind_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dpnb.results.browsing.columns import Column


@dataclass(frozen=True, slots=True)
class CastColumn:
    """A column that is read as another type; `code_dtype` is how pandas code calls that."""

    name: Any
    values: Any
    target: Any  # Arrow's type
    code_dtype: str
    level: int | None = None
    type_name: str = ""
    kind: Kind = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", kind_of(self.part(0, 0)))

    @property
    def dtype(self) -> str:
        """How pandas or Arrow calls the type that is stored."""
        return self.type_name or str(self.values.dtype)

    def part(self, start: int, stop: int) -> Any:
        """Return some rows as the other type."""
        import pandas as pd

        return pd.arrays.ArrowExtensionArray(self.values[start:stop].__arrow_array__().cast(self.target))  # type: ignore[attr-defined,unused-ignore]

    def at(self, rows: Sequence[int]) -> list[Any]:
        """Return values as they are stored."""
        return [self.values[row] for row in rows]


def column_of(name: Any, values: Any, level: int | None = None, type_name: str = "") -> Column:
    """Return an array as a column."""
    stored = getattr(values.dtype, "pyarrow_dtype", None)
    if stored is not None:
        import pyarrow as pa

        if pa.types.is_date(stored):
            return CastColumn(name, values, pa.timestamp("ms"), "timestamp[ms][pyarrow]", level, type_name)
        if pa.types.is_dictionary(stored) and _is_text(stored.value_type):
            return CastColumn(name, values, pa.large_string(), "str", level, type_name)
        if pa.types.is_string_view(stored):
            return CastColumn(name, values, pa.large_string(), "str", level, type_name)
    return ArrayColumn(name, values, level, type_name)


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))
