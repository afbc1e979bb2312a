"""Our own engine: NumPy's sort over keys, and pandas' comparisons over parts. It needs nothing else to be installed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from dpnb.errors import BrowseRequestError
from dpnb.results.browsing.keys import keys_of
from dpnb.results.browsing.kinds import Kind
from dpnb.results.browsing.masks import mask_maker
from dpnb.results.browsing.ordering import order_by_numbers
from dpnb.results.browsing.text_ordering import order_by_texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from dpnb.results.browsing.columns import Column
    from dpnb.results.browsing.reading import Reading
    from dpnb.results.browsing.views import Filter, Sort

MOST_SORTED_ROWS = 1 << 25
"""Sorting takes 16 bytes a row at its peak: 0.5 GB for so many."""


class OwnEngine:
    """Finds rows; see `Engine`."""

    def can_filter(self, asked: Filter, column: Column) -> bool:  # noqa: ARG002 - it can filter whatever there is
        """Return true."""
        return True

    def keep(self, reading: Reading, asked: Filter, passes: NDArray[np.bool]) -> None:
        """Clear what does not pass."""
        test = mask_maker(asked, reading.table.columns[asked.column])
        for start, part in reading.parts(asked.column):
            passes[start : start + len(part)] &= test(part)

    def ordered(self, reading: Reading, rows: NDArray[np.uint32] | None, sort: tuple[Sort, ...]) -> NDArray[np.uint32]:
        """Return rows in order; by one column after the other, the last one first."""
        count = reading.table.rows if rows is None else len(rows)
        if count > MOST_SORTED_ROWS:
            rule = f"sorting {count:,} rows would take {16 * count / 1e9:.1f} GB of memory"
            hint = (
                f"filter to at most {MOST_SORTED_ROWS:,} rows first, or install dpnb[duckdb], which sorts on the disk."
            )
            raise BrowseRequestError("sort", rule=rule, hint=hint)
        order: NDArray[np.uint32] | None = None
        for one in reversed(sort):
            order = _by_column(reading, one, rows, order)
        if order is None:
            raise BrowseRequestError(sort, rule="a view is sorted by at least one column")
        return order if rows is None else rows[order]


def _by_column(
    reading: Reading, sort: Sort, rows: NDArray[np.uint32] | None, order: NDArray[np.uint32] | None
) -> NDArray[np.uint32]:
    kind = reading.table.columns[sort.column].kind
    if kind is Kind.TEXT:
        count = reading.table.rows if rows is None else len(rows)
        parts = partial(reading.chosen_parts, sort.column, rows)
        return order_by_texts(parts, count, order, reading.check, descending=sort.descending)
    keyed = partial(_keyed, reading, sort.column, rows)
    return order_by_numbers(keyed, order, reading.check, descending=sort.descending)


def _keyed(reading: Reading, column: int, rows: NDArray[np.uint32] | None) -> Iterator[Any]:
    kind = reading.table.columns[column].kind
    for start, part in reading.chosen_parts(column, rows):
        yield start, *keys_of(part, kind)
