"""Reads columns part by part, so that memory stays bounded and the work can be stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dpnb.errors import BrowsingStoppedError
from dpnb.results.browsing.columns import PART_ROWS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from dpnb.results.browsing.tables import Table

_RELEASED_PARTS = 8


class Reading:
    """The columns of a table, read for somebody; `stop` tells that nobody waits for it any more."""

    def __init__(self, table: Table, stop: Callable[[], bool] = lambda: False) -> None:
        self.table = table
        self.stop = stop

    def check(self) -> None:
        """Go on. Raises `BrowsingStoppedError` where nobody waits."""
        if self.stop():
            raise BrowsingStoppedError

    def parts(self, column: int) -> Iterator[tuple[int, Any]]:
        """Yield where each part of a column begins, and the part; what has been read is given back now and then."""
        total, read = self.table.rows, self.table.columns[column].part
        for number, start in enumerate(range(0, total, PART_ROWS)):
            self.check()
            yield start, read(start, min(total, start + PART_ROWS))
            if number % _RELEASED_PARTS == _RELEASED_PARTS - 1:
                self.table.release()
        self.table.release()

    def chosen_parts(self, column: int, rows: NDArray[np.uint32] | None) -> Iterator[tuple[int, Any]]:
        """Yield parts of the chosen rows only, counted among these; of all rows where `rows` is None."""
        if rows is None:
            yield from self.parts(column)
            return
        for start, part in self.parts(column):
            low, high = rows.searchsorted([start, start + len(part)])
            if high > low:
                yield int(low), part[rows[low:high] - start]
