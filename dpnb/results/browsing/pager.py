"""Pages of a table, and what one wants to know of its columns, as plain JSON."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

from dpnb.errors import BrowseRequestError
from dpnb.results.browsing.cells import cell_text, whole_text
from dpnb.results.browsing.histograms import histogram_of
from dpnb.results.browsing.pandas_code import code_of
from dpnb.results.browsing.reading import Reading
from dpnb.results.browsing.selection import Selector
from dpnb.results.browsing.views import View, position_of
from dpnb.results.short_text import short_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from dpnb.results.browsing.tables import Table

MOST_ROWS, MOST_COLUMNS, MOST_CELLS = 1_000, 500, 50_000
"""What one page may hold."""
_KEPT_ROWS = 1 << 22  # of earlier views, 16 MB; the last view is kept whatever it takes


def _never() -> bool:
    return False


class Pager:
    """Answers for one table. May be asked from several threads.

    Parameters
    ----------
    table
        What is paged.
    value_code
        Python code that gives the value, for `code`.

    Examples
    --------
    >>> import pandas as pd
    >>> pager = Pager(table_of(pd.DataFrame({"day": [1, 2, 3], "amount": [5.0, None, 0.5]})))
    >>> pager.page(0, 2, view=View(sort=(Sort(column=1),)))["cells"]
    [['3', '1'], ['0.5', '5']]
    """

    def __init__(self, table: Table, value_code: str = "frame") -> None:
        self.table = table
        self._value_code = value_code
        self._kept: OrderedDict[View, NDArray[np.uint32] | None] = OrderedDict()
        self._lock = threading.Lock()

    def describe(self) -> dict[str, Any]:
        """Return type, number of rows and the columns: name, dtype, kind, operators, missing values if known."""
        table = self.table
        nulls = list(table.nulls) or [None] * len(table.columns)
        columns = [
            {
                "name": short_text(column.name),
                "dtype": column.dtype,
                "kind": column.kind.value,
                "operators": column.kind.operators,
                "is_sortable": column.kind.is_sortable,
                "is_index": column.level is not None,
                "missing": missing,
            }
            for column, missing in zip(table.columns, nulls, strict=True)
        ]
        return {"shows": "table", "type": table.type, "rows": table.rows, "columns": columns}

    def view(self, plain: Any) -> View:
        """Read a view from plain data. Raises `BrowseRequestError`."""
        return View.from_plain(plain, self.table.columns)

    def page(
        self,
        offset: int,
        limit: int,
        *,
        columns: Sequence[int] | None = None,
        view: View | None = None,
        stop: Callable[[], bool] = _never,
    ) -> dict[str, Any]:
        """Return some rows of a view.

        Parameters
        ----------
        offset, limit
            The first row and how many; fewer come where there are fewer.
        columns
            Positions of the columns that are wanted; all where it is None.
        view
            Which rows, in which order.
        stop
            Tells that nobody waits any more.

        Returns
        -------
        total (rows of the view), offset, rows (the table's own positions), columns, cells (by column; None is missing).

        Raises
        ------
        BrowseRequestError
            The page is larger than `MOST_CELLS`, or makes no sense.
        BrowsingStoppedError
            `stop` said so.
        """
        wanted = self._columns(columns)
        _require_page(offset, limit, len(wanted))
        selected = self._rows(view or View(), stop)
        total = self.table.rows if selected is None else len(selected)
        start, end = min(offset, total), min(offset + limit, total)
        rows = list(range(start, end)) if selected is None else selected[start:end].tolist()
        cells = [self._cells(column, rows) for column in wanted]
        return {"total": total, "offset": start, "rows": rows, "columns": wanted, "cells": cells}

    def _cells(self, column: int, rows: Sequence[int]) -> list[str | None]:
        """Return a column's cells. Rows that lie far apart bring much more of a map into memory than is read."""
        cells = [cell_text(value) for value in self.table.columns[column].at(rows)]
        self.table.release()
        return cells

    def histogram(self, column: int, *, stop: Callable[[], bool] = _never) -> dict[str, Any]:
        """Return how a column's values are spread, as `Histogram` says. Raises like `page`."""
        column = position_of(column, self.table.columns)
        parts = partial(Reading(self.table, stop).parts, column)
        try:
            return asdict(histogram_of(self.table.columns[column], parts, self.table.rows, self.table.release))
        finally:
            self.table.release()

    def cell(self, row: int, column: int) -> dict[str, Any]:
        """Return the whole text of a value, up to 100,000 characters, and its type. Raises `BrowseRequestError`."""
        column = position_of(column, self.table.columns)
        if not _is_count(row) or row >= self.table.rows:
            raise BrowseRequestError(row, rule=f"a row is a position from 0 to {self.table.rows - 1}")
        (value,) = self.table.columns[column].at([row])
        text, is_cut = whole_text(value)
        return {"text": text, "is_cut": is_cut, "type": type(value).__name__, "is_missing": cell_text(value) is None}

    def code(self, view: View, columns: Sequence[int] | None = None) -> str:
        """Return pandas code that makes the view, with the columns that are wanted."""
        return code_of(view, self.table, self._value_code, None if columns is None else self._columns(columns))

    def _columns(self, columns: Sequence[int] | None) -> list[int]:
        if columns is None:
            return list(range(len(self.table.columns)))
        if not isinstance(columns, list | tuple):
            raise BrowseRequestError(columns, rule="columns are a list of positions")
        return [position_of(column, self.table.columns) for column in columns]

    def _rows(self, view: View, stop: Callable[[], bool]) -> NDArray[np.uint32] | None:
        if view == View():
            return None
        with self._lock:
            if view in self._kept:
                self._kept.move_to_end(view)
                return self._kept[view]
            while self._kept and self._kept_rows() + self.table.rows > _KEPT_ROWS:
                self._kept.popitem(last=False)  # the room is needed while the next ones are found
        rows = Selector(self.table, stop).rows(view)
        with self._lock:
            self._kept[view] = rows
        return rows

    def _kept_rows(self) -> int:
        return sum(0 if rows is None else len(rows) for rows in self._kept.values())


def _require_page(offset: int, limit: int, columns: int) -> None:
    if not (_is_count(offset) and _is_count(limit)):
        raise BrowseRequestError((offset, limit), rule="offset and limit are whole numbers from 0 on")
    if limit > MOST_ROWS or columns > MOST_COLUMNS or limit * columns > MOST_CELLS:
        raise BrowseRequestError(
            f"{limit} × {columns}",
            rule=f"a page has at most {MOST_ROWS:,} rows, {MOST_COLUMNS} columns and {MOST_CELLS:,} cells",
        )


def _is_count(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and number >= 0
