"""Which rows of two frames belong together, as positions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dpnb.errors import ComparisonKeyError
from dpnb.results.comparison.column_kinds import Array
from dpnb.results.comparison.key_codes import are_in_place, joint_codes
from dpnb.results.comparison.row_keys import choose_key

if TYPE_CHECKING:
    from collections.abc import Hashable

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


def pair_rows(a: pd.DataFrame, b: pd.DataFrame, wanted: tuple[Hashable, ...] | None) -> tuple[RowKey, RowAlignment]:
    """Pair the rows of two frames by the key that is wanted, or else by one that they suggest.

    Raises
    ------
    ComparisonKeyError
        The key is not in both frames, or cells of it cannot be hashed.
    """
    key, codes = choose_key(a, b, wanted)
    return key, _aligned(a, b, key, codes)


def _aligned(a: pd.DataFrame, b: pd.DataFrame, key: RowKey, codes: JointCodes | None) -> RowAlignment:
    if key.source == "position":
        return _in_place(len(a), len(b))
    of_a, of_b = key.of_a(a), key.of_b(b)
    if are_in_place(of_a, of_b):
        return _in_place(len(a), len(b))
    try:
        codes = codes or joint_codes(of_a, of_b)
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
    place[codes.b] = np.arange(len(codes.b))
    found = place[codes.a]
    in_both = found >= 0
    rows_b = found[in_both]
    alone = np.ones(len(codes.b), dtype=bool)
    alone[rows_b] = False
    return RowAlignment(
        common=len(rows_b),
        a=np.flatnonzero(in_both),
        b=rows_b,
        only_a=np.flatnonzero(~in_both),
        only_b=np.flatnonzero(alone),
        is_reordered=bool((np.diff(rows_b) < 0).any()),
        repeated=repeated,
    )


def positions_of(rows: Rows, among: Array) -> Array:
    """Return the positions in a frame of some of its common rows, given by their places among these."""
    taken: Any = among + rows.start if isinstance(rows, slice) else rows[among]
    return np.asarray(taken)
