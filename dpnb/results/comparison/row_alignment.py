"""Which rows of two frames belong together, as positions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dpnb.errors import ComparisonKeyError
from dpnb.results.comparison.column_kinds import Array
from dpnb.results.comparison.key_codes import are_in_place, joint_codes

if TYPE_CHECKING:
    import pandas as pd

    from dpnb.results.comparison.key_codes import JointCodes
    from dpnb.results.comparison.row_keys import RowKey

type Rows = slice | Array


@dataclass(frozen=True, slots=True, kw_only=True)
class RowAlignment:
    """Row ``a[i]`` belongs to row ``b[i]``; `only_a` and `only_b` belong to none.

    The common rows have the first frame's order; `is_reordered` tells that the second has another. `repeated` counts
    the keys that occur more than once in a frame.
    """

    common: int
    a: Rows
    b: Rows
    only_a: Array
    only_b: Array
    is_reordered: bool = False
    repeated: int = 0


def align_rows(a: pd.DataFrame, b: pd.DataFrame, key: RowKey) -> RowAlignment:
    """Pair the rows of two frames by a key.

    Raises
    ------
    ComparisonKeyError
        Cells of the key cannot be hashed.
    """
    if key.source == "position":
        return _in_place(len(a), len(b))
    of_a, of_b = key.of_a(a), key.of_b(b)
    if are_in_place(of_a, of_b):
        return _in_place(len(a), len(b))
    try:
        codes = joint_codes(of_a, of_b)
    except TypeError as error:
        raise ComparisonKeyError(key.names[0], wanted=key.names, known=(), why=str(error)) from error
    repeated = codes.repeated
    return _matched(codes.numbered() if repeated else codes, repeated)


def _in_place(in_a: int, in_b: int) -> RowAlignment:
    common = min(in_a, in_b)
    rows = slice(0, common)
    return RowAlignment(common=common, a=rows, b=rows, only_a=np.arange(common, in_a), only_b=np.arange(common, in_b))


def _matched(codes: JointCodes, repeated: int) -> RowAlignment:
    place = np.full(codes.count, -1, dtype=np.int64)
    place[codes.a] = np.arange(len(codes.a))
    found = place[codes.b]
    in_both = found >= 0
    rows_b = np.flatnonzero(in_both)
    rows_a = found[in_both]
    is_reordered = bool((np.diff(rows_a) < 0).any())
    if is_reordered:
        order = np.argsort(rows_a, kind="stable")
        rows_a, rows_b = rows_a[order], rows_b[order]
    alone = np.ones(len(codes.a), dtype=bool)
    alone[rows_a] = False
    return RowAlignment(
        common=len(rows_a),
        a=rows_a,
        b=rows_b,
        only_a=np.flatnonzero(alone),
        only_b=np.flatnonzero(~in_both),
        is_reordered=is_reordered,
        repeated=repeated,
    )


def positions_of(rows: Rows, among: Array) -> Array:
    """Return the positions in a frame of some of its common rows, given by their places among these."""
    taken: Any = among + rows.start if isinstance(rows, slice) else rows[among]
    return np.asarray(taken)
