"""Columns that are read in parts, so that a mapped result is touched only where somebody looks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from dpnb.results.browsing.kinds import Kind, kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PART_ROWS = 1 << 17
"""How many rows are looked at in one go: some megabytes, and a pause at which work can be stopped."""


class Column(Protocol):
    """A named column of a table. Parts are NumPy or pandas arrays, views of the stored data where that can be."""

    @property
    def name(self) -> Any:
        """The label that its frame gives it, of any type."""
        ...

    @property
    def dtype(self) -> str:
        """How its library calls the type."""
        ...

    @property
    def kind(self) -> Kind:
        """What its values are."""
        ...

    @property
    def level(self) -> int | None:
        """Which level of the index it is; None for a column proper."""
        ...

    @property
    def code_dtype(self) -> str:
        """What pandas code has to read it as before it can be sorted and filtered; empty where it can be."""
        ...

    def part(self, start: int, stop: int) -> Any:
        """Return the values of some rows that follow each other."""
        ...

    def at(self, rows: Sequence[int]) -> list[Any]:
        """Return the values of a page's rows."""
        ...


@dataclass(frozen=True, slots=True)
class ArrayColumn:
    """A column whose values lie in an array."""

    name: Any
    values: Any
    level: int | None = None
    type_name: str = ""
    code_dtype: str = ""
    kind: Kind = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", kind_of(self.values))

    @property
    def dtype(self) -> str:
        """How pandas or Arrow calls the type."""
        return self.type_name or str(self.values.dtype)

    def part(self, start: int, stop: int) -> Any:
        """Return a view of some rows."""
        return self.values[start:stop]

    def at(self, rows: Sequence[int]) -> list[Any]:
        """Return values one by one: taking from an Arrow array of many pieces would join them first."""
        values = self.values
        return [values[row] for row in rows]


@dataclass(frozen=True, slots=True)
class RangeColumn:
    """An index that counts, but not simply from 0; it takes no memory."""

    name: Any
    index: Any
    level: int | None = 0
    kind: Kind = Kind.INTEGER
    dtype: str = "int64"
    code_dtype: str = ""

    def part(self, start: int, stop: int) -> Any:
        """Return some rows' labels."""
        return self.index[start:stop].to_numpy()

    def at(self, rows: Sequence[int]) -> list[Any]:
        """Return the labels of a page's rows."""
        return [self.index[row] for row in rows]


@dataclass(frozen=True, slots=True)
class LevelColumn:
    """One level of a MultiIndex, spread over the rows where they are read, and only there."""

    name: Any
    labels: Any  # the level's distinct labels
    codes: Any  # which of them a row has; -1 where it has none
    level: int | None
    code_dtype: str = ""
    kind: Kind = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", kind_of(self.labels.array))

    @property
    def dtype(self) -> str:
        """The type of the level's labels."""
        return str(self.labels.dtype)

    def part(self, start: int, stop: int) -> Any:
        """Return some rows' labels."""
        codes = self.codes[start:stop]
        if len(codes) and codes.min() < 0:
            return self.labels.take(codes, allow_fill=True, fill_value=self.labels._na_value).array  # noqa: SLF001
        return self.labels.take(codes).array

    def at(self, rows: Sequence[int]) -> list[Any]:
        """Return the labels of a page's rows."""
        return [self.labels[code] if (code := self.codes[row]) >= 0 else None for row in rows]


@dataclass(frozen=True, slots=True)
class ChunkedColumn:
    """A column whose rows lie in a stream's chunks, which are loaded as they are asked for.

    `starts` holds each chunk's first row, and the number of all rows at the end; `column_of` gives the column of a
    chunk by its position.
    """

    name: Any
    dtype: str
    kind: Kind
    starts: Any
    column_of: Callable[[int], Column]
    level: int | None = None
    code_dtype: str = ""

    def part(self, start: int, stop: int) -> Any:
        """Return some rows, joined where they lie in several chunks."""
        import pandas as pd

        first, last = self._chunk(start), self._chunk(max(start, stop - 1))
        pieces = []
        for chunk in range(first, last + 1):
            begin, end = self.starts[chunk], self.starts[chunk + 1]
            if (size := min(stop, end) - max(start, begin)) > 0:
                low = max(start, begin) - begin
                pieces.append(self.column_of(chunk).part(int(low), int(low + size)))
        if len(pieces) == 1:
            return pieces[0]
        return pd.concat([pd.Series(piece, copy=False) for piece in pieces], ignore_index=True).array

    def at(self, rows: Sequence[int]) -> list[Any]:
        """Return the values of a page's rows, chunk by chunk as they come."""
        found = []
        for row in rows:
            chunk = self._chunk(row)
            found += self.column_of(chunk).at([int(row - self.starts[chunk])])
        return found

    def _chunk(self, row: int) -> int:
        return int(self.starts.searchsorted(row, side="right")) - 1
