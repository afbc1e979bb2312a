"""Finds the rows of a view, in order; part by part, so that memory stays bounded and the work can be stopped."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from dpnb.errors import BrowseRequestError, BrowsingStoppedError
from dpnb.results.browsing.columns import PART_ROWS
from dpnb.results.browsing.keys import keys_of
from dpnb.results.browsing.kinds import Kind
from dpnb.results.browsing.masks import mask_maker
from dpnb.results.browsing.ordering import order_by_numbers
from dpnb.results.browsing.text_ordering import order_by_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from dpnb.results.browsing.tables import Table
    from dpnb.results.browsing.views import Filter, Sort, View

MOST_SORTED_ROWS = 1 << 25
"""Sorting takes 16 bytes a row at its peak: 0.5 GB for so many."""
_MOST_ROWS = 1 << 32  # rows are numbered by 32 bits
_RELEASED_PARTS = 8


class Selector:
    """Rows of a table's views as positions; `stop` tells that nobody waits for them any more."""

    def __init__(self, table: Table, stop: Callable[[], bool] = lambda: False) -> None:
        self._table = table
        self._stop = stop

    def rows(self, view: View) -> NDArray[np.uint32] | None:
        """Return the view's rows in its order; None where it is every row in the table's own order.

        Raises
        ------
        BrowseRequestError
            There are too many rows to sort.
        BrowsingStoppedError
            `stop` said so.
        """
        try:
            rows = self._passing(view.filters) if view.filters else None
            return self._sorted(rows, view.sort) if view.sort else rows
        finally:
            self._table.release()

    def parts(self, column: int) -> Iterator[tuple[int, Any]]:
        """Yield where each part of a column begins, and the part; what has been read is given back now and then."""
        total, read = self._table.rows, self._table.columns[column].part
        for number, start in enumerate(range(0, total, PART_ROWS)):
            self._check()
            yield start, read(start, min(total, start + PART_ROWS))
            if number % _RELEASED_PARTS == _RELEASED_PARTS - 1:
                self._table.release()
        self._table.release()

    def _check(self) -> None:
        if self._stop():
            raise BrowsingStoppedError

    def _passing(self, filters: tuple[Filter, ...]) -> NDArray[np.uint32]:
        import numpy as np

        if self._table.rows >= _MOST_ROWS:
            raise BrowseRequestError(self._table.rows, rule="no more than 2**32 rows can be filtered")
        passes = np.ones(self._table.rows, bool)
        for one in filters:
            test = mask_maker(one, self._table.columns[one.column])
            for start, part in self.parts(one.column):
                passes[start : start + len(part)] &= test(part)
        return np.flatnonzero(passes).astype("uint32")

    def _sorted(self, rows: NDArray[np.uint32] | None, sort: tuple[Sort, ...]) -> NDArray[np.uint32]:
        count = self._table.rows if rows is None else len(rows)
        if count > MOST_SORTED_ROWS:
            rule = f"sorting {count:,} rows would take {16 * count / 1e9:.1f} GB of memory"
            raise BrowseRequestError("sort", rule=rule, hint=f"filter to at most {MOST_SORTED_ROWS:,} rows first.")
        order: NDArray[np.uint32] | None = None
        for one in reversed(sort):
            order = self._by_column(one, rows, count, order)
        if order is None:
            raise BrowseRequestError(sort, rule="a view is sorted by at least one column")
        return order if rows is None else rows[order]

    def _by_column(
        self, sort: Sort, rows: NDArray[np.uint32] | None, count: int, order: NDArray[np.uint32] | None
    ) -> NDArray[np.uint32]:
        kind = self._table.columns[sort.column].kind
        if kind is Kind.TEXT:
            parts = partial(self._chosen_parts, sort.column, rows)
            return order_by_texts(parts, count, order, self._check, descending=sort.descending)
        keyed = partial(self._keyed, sort.column, rows, kind)
        return order_by_numbers(keyed, order, self._check, descending=sort.descending)

    def _keyed(self, column: int, rows: NDArray[np.uint32] | None, kind: Kind) -> Iterator[Any]:
        for start, part in self._chosen_parts(column, rows):
            yield start, *keys_of(part, kind)

    def _chosen_parts(self, column: int, rows: NDArray[np.uint32] | None) -> Iterator[tuple[int, Any]]:
        """Yield parts of the chosen rows only, counted among these."""
        if rows is None:
            yield from self.parts(column)
            return
        for start, part in self.parts(column):
            low, high = rows.searchsorted([start, start + len(part)])
            if high > low:
                yield int(low), part[rows[low:high] - start]
