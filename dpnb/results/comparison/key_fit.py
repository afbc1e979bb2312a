"""Which of two keys pairs the rows better: a nameless index of numbers, or columns.

Such an index may be what identifies rows, or only where they once stood: after two frames were joined one below the
other and shuffled, the same numbers are on other rows. Nothing but the rows can tell, so some of them are looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dpnb.results.comparison.cell_changes import changed_positions
from dpnb.results.comparison.column_kinds import Kind, column_at, kind_of
from dpnb.results.comparison.options import MatchOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from dpnb.results.comparison.column_kinds import Array
    from dpnb.results.comparison.key_codes import JointCodes
    from dpnb.results.comparison.schema_changes import ColumnPair

_SAMPLE_ROWS = 2_000


def may_only_count(index: pd.Index[Any]) -> bool:
    """Tell whether an index may be nothing but the numbers that its rows once had."""
    return index.nlevels == 1 and index.name is None and kind_of(index.dtype) is Kind.NUMBER


def fits_better(a: pd.DataFrame, b: pd.DataFrame, others: Sequence[ColumnPair], codes: JointCodes | None) -> bool:
    """Tell whether rows that columns pair agree in more of their other cells than those that the index pairs.

    `codes` are the columns', None where these are the same row by row; `others` are the columns beside them.
    """
    rows = np.unique(np.linspace(0, len(a) - 1, _SAMPLE_ROWS).astype(np.int64))
    by_columns = rows if codes is None else _places(codes.b, codes.count)[codes.a[rows]]
    by_index = _first_places(b.index, a.index[rows])
    return _differing(a, b, others, rows, by_columns) < _differing(a, b, others, rows, by_index)


def _places(codes: Array, count: int) -> Array:
    """Return where each code is first; -1 where it is not."""
    places = np.full(count, -1, dtype=np.int64)
    places[codes[::-1]] = np.arange(len(codes), dtype=np.int64)[::-1]
    return places


def _first_places(index: pd.Index[Any], wanted: pd.Index[Any]) -> Array:
    held = np.flatnonzero(index.isin(wanted))
    labels = index[held]
    firsts = ~labels.duplicated()
    found = labels[firsts].get_indexer(wanted)
    return np.where(found < 0, -1, held[firsts][found])


def _differing(a: pd.DataFrame, b: pd.DataFrame, columns: Sequence[ColumnPair], rows: Array, partners: Array) -> int:
    """Return in how many cells rows differ from their partners; from one that is missing, in all."""
    has_partner, exact = partners >= 0, MatchOptions()
    rows, partners = rows[has_partner], partners[has_partner]
    cells = [(column_at(a, pair.at_a, rows), column_at(b, pair.at_b, partners)) for pair in columns]
    changed = sum(len(changed_positions(*both, exact)) for both in cells)
    return changed + int((~has_partner).sum()) * len(columns)
