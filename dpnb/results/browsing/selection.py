"""Finds the rows of a view, in order: by whichever engine does it best."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.errors import BrowseRequestError
from dpnb.results.browsing.engines import engine_to_filter, engine_to_sort
from dpnb.results.browsing.positions import positions_in
from dpnb.results.browsing.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from dpnb.results.browsing.tables import Table
    from dpnb.results.browsing.views import Filter, Sort, View

_MOST_ROWS = 1 << 32  # rows are numbered by 32 bits


class Selector:
    """Rows of a table's views as positions; `stop` tells that nobody waits for them any more."""

    def __init__(self, table: Table, stop: Callable[[], bool] = lambda: False) -> None:
        self._table = table
        self._reading = Reading(table, stop)

    def rows(self, view: View) -> NDArray[np.uint32] | None:
        """Return the view's rows in its order; None where it is every row in the table's own order.

        Raises
        ------
        BrowseRequestError
            There are too many rows to sort.
        BrowsingStoppedError
            `stop` said so.
        """
        if (view.sort or view.filters) and self._table.rows >= _MOST_ROWS:
            raise BrowseRequestError(self._table.rows, rule="no more than 2**32 rows can be sorted or filtered")
        try:
            rows = self._passing(view.filters) if view.filters else None
            return self._sorted(rows, view.sort) if view.sort else rows
        finally:
            self._table.release()

    def _passing(self, filters: tuple[Filter, ...]) -> NDArray[np.uint32]:
        import numpy as np

        passes = np.ones(self._table.rows, bool)
        for one in filters:
            engine = engine_to_filter(one, self._table.columns[one.column], self._table.rows)
            engine.keep(self._reading, one, passes)
        return positions_in(passes)

    def _sorted(self, rows: NDArray[np.uint32] | None, sort: tuple[Sort, ...]) -> NDArray[np.uint32]:
        count = self._table.rows if rows is None else len(rows)
        return engine_to_sort(count, len(sort)).ordered(self._reading, rows, sort)
