"""A table whose data come page by page from where it is stored."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from dpnb.results.browsing.arrow_columns import CastColumn
from dpnb.results.browsing.columns import ArrayColumn, LevelColumn, RangeColumn
from dpnb.results.browsing.tables import table_of
from dpnb.results.remote.touching import is_known, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dpnb.results.browsing.columns import Column
    from dpnb.results.browsing.kinds import Kind
    from dpnb.results.browsing.tables import Table
    from dpnb.results.remote.paging import PagedValue

_SPREAD = 4  # rows that lie so many times wider than they are many are asked for one by one


def paged_table(paged: PagedValue) -> Table | None:
    """Return a paged value as a table; None where it is none, or where a column's memory is not understood."""
    table = table_of(paged.value)
    if table is None:
        return None
    columns = [_paged(column, paged) for column in table.columns]
    known = [column for column in columns if column is not None]
    return replace(table, columns=known) if len(known) == len(columns) else None


def _paged(column: Column, paged: PagedValue) -> Column | None:
    match column:
        case RangeColumn():
            return column
        case LevelColumn(labels=labels, codes=codes) if is_known(plain(labels.array)) and is_known(codes):
            paged.touch(plain(labels.array), 0, len(labels))
            return PagedColumn(column, codes, paged)
        case ArrayColumn(values=values) | CastColumn(values=values) if is_known(values):
            return PagedColumn(column, values, paged)
    return None


@dataclass(frozen=True, slots=True)
class PagedColumn:
    """A column that has its rows come before it gives them."""

    column: Column
    values: Any  # what the rows lie in
    paged: PagedValue

    @property
    def name(self) -> Any:
        """The label that its frame gives it."""
        return self.column.name

    @property
    def dtype(self) -> str:
        """How its library calls the type."""
        return self.column.dtype

    @property
    def kind(self) -> Kind:
        """What its values are."""
        return self.column.kind

    @property
    def level(self) -> int | None:
        """Which level of the index it is; None for a column proper."""
        return self.column.level

    @property
    def code_dtype(self) -> str:
        """What pandas code has to read it as."""
        return self.column.code_dtype

    def part(self, start: int, stop: int) -> Any:
        """Return some rows."""
        self.paged.touch(self.values, start, stop)
        return self.column.part(start, stop)

    def at(self, rows: Sequence[int]) -> list[Any]:
        """Return the values of a page's rows."""
        if rows:
            low, high = min(rows), max(rows) + 1
            spans = [(low, high)] if high - low <= _SPREAD * len(rows) else [(row, row + 1) for row in rows]
            for start, stop in spans:
                self.paged.touch(self.values, start, stop)
        return self.column.at(rows)
