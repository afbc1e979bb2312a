"""Two frames: their schema, their rows by key, and the cells that changed.

Columns are compared one after another, so that beside the frames there is never more than one column of each.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from dpnb.results.comparison.cell_changes import changed_positions, differences
from dpnb.results.comparison.column_kinds import Array, column_at, object_column
from dpnb.results.comparison.row_alignment import pair_rows, positions_of
from dpnb.results.comparison.row_keys import only_counts
from dpnb.results.comparison.schema_changes import pair_columns, schema_frame
from dpnb.results.comparison.value import ValueComparison

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dpnb.render import Part
    from dpnb.results.comparison.options import MatchOptions
    from dpnb.results.comparison.row_alignment import RowAlignment
    from dpnb.results.comparison.row_keys import RowKey
    from dpnb.results.comparison.schema_changes import ColumnPair


@dataclass(frozen=True, slots=True, kw_only=True)
class RowCounts:
    """How many rows there are: in either frame, in both, and in one of them only."""

    a: int
    b: int
    common: int
    added: int
    removed: int


class FrameComparison(ValueComparison):
    """Two DataFrames, `a` and `b`; `key` is what paired their rows, and says why.

    A Series is compared as a frame of one column. `known_rows` is for frames that are known to be equal and stand here
    without their rows.

    Examples
    --------
    >>> a = pd.DataFrame({"id": [1, 2, 3], "fare": [10.0, 20.0, 30.0]})
    >>> b = pd.DataFrame({"id": [2, 3, 4], "fare": [20.0, 31.5, 40.0]})
    >>> from dpnb.results.comparison import compare_values
    >>> found = compare_values(a, b)
    >>> found.summary
    '2 rows in both, 1 added, 1 removed · 1 cell changed in 1 column'
    >>> found.changes.reset_index().to_numpy().tolist()
    [[3, 'fare', 30.0, 31.5, 1.5]]
    """

    def __init__(
        self,
        a: pd.DataFrame,
        b: pd.DataFrame,
        options: MatchOptions,
        title: str = "",
        notes: Sequence[str] = (),
        known_rows: int | None = None,
    ) -> None:
        super().__init__(title, notes)
        self.a = a
        self.b = b
        self._options = options
        self._known_rows = known_rows

    @cached_property
    def _paired(self) -> tuple[RowKey, RowAlignment]:
        return pair_rows(self.a, self.b, self._options.key)

    @property
    def key(self) -> RowKey:
        """What paired the rows: its `source` (columns, index, position), `names`, and `why`."""
        return self._paired[0]

    @property
    def _alignment(self) -> RowAlignment:
        return self._paired[1]

    @cached_property
    def _pairs(self) -> list[ColumnPair]:
        return pair_columns(list(self.a.columns), list(self.b.columns))

    @property
    def rows(self) -> RowCounts:
        """How many rows there are on either side, in both, added and removed."""
        if self._known_rows is not None:
            return RowCounts(a=self._known_rows, b=self._known_rows, common=self._known_rows, added=0, removed=0)
        found = self._alignment
        return RowCounts(
            a=len(self.a), b=len(self.b), common=found.common, added=len(found.only_b), removed=len(found.only_a)
        )

    @property
    def is_reordered(self) -> bool:
        """Whether the rows that both have stand in another order."""
        return self._alignment.is_reordered

    @property
    def repeated_keys(self) -> int:
        """How many keys occur more than once in a frame; their first rows were paired, then their second, and so on."""
        return self._alignment.repeated

    @cached_property
    def schema(self) -> pd.DataFrame:
        """One row per column and index level of either frame.

        Returns
        -------
        columns × part (category: index, column), column (object: its label), change (category: same, added, removed,
        dtype, moved, ``dtype, moved``), position_a, position_b (Int64), dtype_a, dtype_b (str, empty where it is not).
        """
        return schema_frame(self.a, self.b, self._pairs)

    @cached_property
    def added(self) -> pd.DataFrame:
        """The rows of `b` whose key `a` does not have."""
        return self.b.iloc[self._alignment.only_b]

    @cached_property
    def removed(self) -> pd.DataFrame:
        """The rows of `a` whose key `b` does not have."""
        return self.a.iloc[self._alignment.only_a]

    @cached_property
    def _changed(self) -> list[tuple[ColumnPair, Array]]:
        """The columns that both have and that are no key, with the places of their changed cells among common rows."""
        keys = set(self.key.at_a) if self.key.source == "columns" else set()
        both = [pair for pair in self._pairs if None not in (pair.at_a, pair.at_b) and pair.at_a not in keys]
        return [(pair, changed_positions(*self._cells(pair), self._options)) for pair in both]

    def _cells(self, pair: ColumnPair, among: Array | None = None) -> tuple[pd.Series[Any], pd.Series[Any]]:
        """Return a column's cells in the common rows, or in some of them."""
        rows = self._alignment
        at_a = rows.a if among is None else positions_of(rows.a, among)
        at_b = rows.b if among is None else positions_of(rows.b, among)
        return column_at(self.a, pair.at_a, at_a), column_at(self.b, pair.at_b, at_b)

    @cached_property
    def columns(self) -> pd.DataFrame:
        """One row per column that both have, those of the key left out.

        Returns
        -------
        columns × column (object: its label), changed (int64: cells), share (float64: of the common rows),
        largest_difference (float64: the largest distance of b from a, in seconds for instants and durations).
        """
        common = max(self._alignment.common, 1)
        found = [(pair.label, len(places), self._largest(pair, places)) for pair, places in self._changed]
        return pd.DataFrame(
            {
                "column": object_column([label for label, _, _ in found]),
                "changed": pd.Series([count for _, count, _ in found], dtype="int64"),
                "share": pd.Series([count / common for _, count, _ in found], dtype="float64"),
                "largest_difference": pd.Series([largest for _, _, largest in found], dtype="float64"),
            }
        )

    def _largest(self, pair: ColumnPair, places: Array) -> float:
        gaps = np.abs(differences(*self._cells(pair, places))) if len(places) else places
        known = gaps[~np.isnan(gaps)]
        return float(known.max()) if len(known) else float("nan")

    @property
    def changed_cells(self) -> int:
        """How many cells of the common rows and columns differ."""
        return sum(len(places) for _, places in self._changed)

    @cached_property
    def changes(self) -> pd.DataFrame:
        """One row per changed cell, in the order of the rows of `a`, then of its columns.

        Returns
        -------
        changed cells × column (object: its label), a, b (the cells; of the column's dtype where only one is concerned,
        else object), difference (float64: b − a, in seconds for instants and durations; NaN for other cells). The index
        is the key, or ``row``: the row's position in `a`.
        """
        return self._changes(None)

    def first_changes(self, rows: int) -> pd.DataFrame:
        """Return about as many rows of `changes`, the first of each column, without making the others."""
        columns = sum(bool(len(places)) for _, places in self._changed)
        return self._changes(max(rows // max(columns, 1), 2)).iloc[:rows]

    def _changes(self, most: int | None) -> pd.DataFrame:
        """Return the changes, at most so many of each column."""
        found = [(pair, places[:most]) for pair, places in self._changed if len(places)]
        places = np.concatenate([np.zeros(0, dtype=np.int64), *(places for _, places in found)])
        columns = np.repeat(np.arange(len(found)), [len(places) for _, places in found])
        order = np.lexsort((columns, places))
        cells = [self._cells(pair, places) for pair, places in found]
        data = {
            "column": object_column([pair.label for pair, _ in found]).to_numpy()[columns[order]],
            "a": _joined([of_a for of_a, _ in cells], order),
            "b": _joined([of_b for _, of_b in cells], order),
            "difference": np.concatenate([np.zeros(0), *(differences(*both) for both in cells)])[order],
        }
        frame = pd.DataFrame(data)
        frame.index = self._key_index(positions_of(self._alignment.a, places[order]))
        return frame

    def _key_index(self, rows: Array) -> pd.Index[Any]:
        if self.key.source == "position":
            return pd.Index(rows, name="row")
        levels = [level.iloc[rows].array for level in self.key.of_a(self.a)]
        names = list(self.key.names)
        return (
            pd.Index(levels[0], name=names[0]) if len(levels) == 1 else pd.MultiIndex.from_arrays(levels, names=names)
        )

    @cached_property
    def changed_labels(self) -> int:
        """How many common rows have another index label; 0 where the index is the key, or only counts the rows."""
        indexes = (self.a.index, self.b.index)
        if all(map(only_counts, indexes)) or self.key.source == "index" or indexes[0].nlevels != indexes[1].nlevels:
            return 0
        at_a, at_b = self._alignment.a, self._alignment.b
        changed = np.zeros(self._alignment.common, dtype=bool)
        for level in range(indexes[0].nlevels):
            of_a, of_b = (pd.Series(index.get_level_values(level)) for index in indexes)
            changed[changed_positions(of_a.iloc[at_a], of_b.iloc[at_b], self._options)] = True
        return int(changed.sum())

    @property
    def is_equal(self) -> bool:
        """Whether no difference was found: in the schema, in the rows and their order, in the cells."""
        counts = self.rows
        alike = bool((self.schema["change"] == "same").all()) and not (counts.added or counts.removed)
        return alike and not (self.is_reordered or self.changed_cells or self.changed_labels)

    @property
    def summary(self) -> str:
        """What differs, on one line."""
        from dpnb.results.comparison.frame_display import summary_of

        return summary_of(self)

    def __repr__(self) -> str:
        told = super().__repr__()
        return told if self.is_equal else f"{told[:-1]} ({self.key})>"

    def parts(self) -> list[Part]:
        """Return tables of the schema's changes, the columns that changed, the first cells and rows."""
        from dpnb.results.comparison.frame_display import parts_of

        return parts_of(self)


def _joined(columns: list[pd.Series[Any]], order: Array) -> pd.Series[Any]:
    dtypes = {str(column.dtype): column.dtype for column in columns}
    if len(dtypes) != 1 or any(column.dtype != columns[0].dtype for column in columns):
        columns = [column.astype(object) for column in columns]
    joined = pd.concat(columns) if columns else pd.Series([], dtype="object")
    return joined.iloc[order].reset_index(drop=True)
