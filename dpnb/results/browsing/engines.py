"""What finds the rows of a view: the port, and which engine does what.

There are two. Our own is always there, and needs 16 bytes a row to sort. DuckDB, the extra ``dpnb[duckdb]``, sorts in
bounded memory and spills to the disk what has no room. Both read the same parts of the same mapped columns, and answer
alike; ``tests/contracts/test_browsing_engine.py`` holds them to that.

Measured with 10 million rows on two cores (``tests/benchmark/test_browsing.py``), in seconds of the processor:

====================== ====== ====== ==========================================================
work                   own    DuckDB who does it, where DuckDB is installed
====================== ====== ====== ==========================================================
sort fractions         2.7    2.0    own up to 12 million rows, within 300 MB; DuckDB beyond
sort few texts         1.6    3.9    as above
sort many texts        5.4    6.9    as above
sort instants          1.6    1.5    as above
text contains          0.7    0.5    DuckDB from a million rows on: starting it takes 20 ms
text contains, a = A   0.9    0.9    as above, since it uses all that time on two cores
ranges, equality       0.05    0.11  own
====================== ====== ====== ==========================================================
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol

from dpnb.results.browsing.own_engine import OwnEngine

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dpnb.results.browsing.columns import Column
    from dpnb.results.browsing.reading import Reading
    from dpnb.results.browsing.views import Filter, Sort

OWN_SORTED_ROWS = 12_000_000
"""So many rows our own engine sorts in 200 MB; beyond, DuckDB does it where it is installed."""
SEARCHED_ROWS = 1_000_000
"""From so many rows on DuckDB searches texts: for fewer its start would take longer."""


class Engine(Protocol):
    """Finds rows. Every engine gives the same rows in the same order.

    Work stops with `BrowsingStoppedError` soon after nobody waits for it any more, and leaves nothing behind.
    """

    def can_filter(self, asked: Filter, column: Column) -> bool:
        """Tell whether it can tell which values of this column pass, without copying the column."""
        ...

    def keep(self, reading: Reading, asked: Filter, passes: NDArray[np.bool]) -> None:
        """Clear in `passes`, one truth a row, what does not pass; a missing value passes ``missing`` alone."""
        ...

    def ordered(self, reading: Reading, rows: NDArray[np.uint32] | None, sort: tuple[Sort, ...]) -> NDArray[np.uint32]:
        """Return `rows`, ascending, or all where it is None, in the order that is asked for.

        Equal rows stay as they were, and missing values come last whichever the direction. NaN is missing, -0.0 equals
        0.0, texts are in the order of their characters, categories in their own.

        Raises
        ------
        BrowseRequestError
            There are too many rows for this engine.
        """
        ...


_own = OwnEngine()


def engine_to_filter(asked: Filter, column: Column, rows: int) -> Engine:
    """Return which engine filters a column of so many rows."""
    duckdb = duckdb_engine()
    return duckdb if duckdb is not None and rows >= SEARCHED_ROWS and duckdb.can_filter(asked, column) else _own


def engine_to_sort(rows: int, columns: int = 1) -> Engine:
    """Return which engine sorts so many rows by so many columns; several take our own one half as much again."""
    return _own if rows * min(columns, 2) <= OWN_SORTED_ROWS else duckdb_engine() or _own


@cache
def duckdb_engine() -> Engine | None:
    """Return DuckDB; None where it, or Arrow, which carries columns there, is not installed."""
    if find_spec("duckdb") is None or find_spec("pyarrow") is None:
        return None
    from dpnb.results.browsing.duckdb_engine import DuckDbEngine

    return DuckDbEngine()
