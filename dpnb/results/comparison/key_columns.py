"""Which columns identify the rows of two frames, by what they hold: one column, or the fewest together.

Such columns are of the same kind in both frames and without missing values, unique in one of them (what is twice in the
other is a finding), and most of their values are in both. Floats, durations and truth values are measured, they
identify nothing.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from dpnb.results.comparison.cell_changes import changed_positions
from dpnb.results.comparison.column_kinds import Kind, column_at, kind_of, plain
from dpnb.results.comparison.key_codes import RowGroups, are_in_place, is_unique, joint_codes
from dpnb.results.comparison.options import MatchOptions
from dpnb.results.comparison.schema_changes import pair_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dpnb.results.comparison.key_codes import JointCodes
    from dpnb.results.comparison.schema_changes import ColumnPair

MOST_COLUMNS = 4  # more of them together are rather the whole row than its name
_MOST_TRIED = 6  # single columns; each test reads a whole column of both frames
_SAMPLE_ROWS = 2_000
_LEAST_SHARE = 0.5  # of the shorter frame's rows that must be found in the other
_MOST_EDITED = 0.5  # of the other cells of a row whose name was edited, rather than another row


class KeyColumns(NamedTuple):
    """The columns that identify rows, none where there are no such; why that is so; the rows' codes, where found."""

    pairs: Sequence[ColumnPair]
    why: str
    codes: JointCodes | None = None


_NONE = KeyColumns((), "no index and no columns identify them")


def find_key_columns(a: pd.DataFrame, b: pd.DataFrame) -> KeyColumns:
    """Return the columns that identify rows."""
    if not (len(a) and len(b)):
        return _NONE
    try:
        return _found(a, b)
    except TypeError:  # a column of text turned out to have cells that cannot be hashed
        return _NONE


def _found(a: pd.DataFrame, b: pd.DataFrame) -> KeyColumns:
    candidates: list[ColumnPair] = []
    tried = 0
    for pair in _common(a, b):
        if not _may_identify(a, b, pair):
            continue
        candidates.append(pair)
        if tried < _MOST_TRIED and _is_promising(a, b, pair):
            tried += 1
            if found := _tested(a, b, [pair]):
                return found
    if candidates and are_in_place(*_columns_of(a, b, candidates)):
        return KeyColumns((), "whatever could identify them is the same, row by row")
    several = _several_columns(a, candidates)
    return (_tested(a, b, several) if several else None) or _NONE


def _common(a: pd.DataFrame, b: pd.DataFrame) -> list[ColumnPair]:
    """Return the columns that both frames have once."""
    pairs = pair_columns(list(a.columns), list(b.columns))
    often = Counter(pair.label for pair in pairs)
    return [pair for pair in pairs if often[pair.label] == 1 and None not in (pair.at_a, pair.at_b)]


def _may_identify(a: pd.DataFrame, b: pd.DataFrame, pair: ColumnPair) -> bool:
    of_a, of_b = column_at(a, pair.at_a), column_at(b, pair.at_b)
    kind = _identifying_kind(of_a)
    return kind is not None and kind is _identifying_kind(of_b) and not (of_a.isna().any() or of_b.isna().any())


def _identifying_kind(column: pd.Series[Any]) -> Kind | None:
    """Return the kind of a column that may identify rows; None for other columns."""
    sample = plain(column.iloc[:_SAMPLE_ROWS])
    kind = kind_of(sample.dtype)
    if kind in (Kind.TEXT, Kind.INSTANT, Kind.ZONED_INSTANT):
        return kind
    if kind is Kind.NUMBER:
        return kind if pd.api.types.is_integer_dtype(sample.dtype) else None
    told = pd.api.types.infer_dtype(sample, skipna=False)
    return kind if told in ("string", "integer", "bytes", "date") else None


def _is_promising(a: pd.DataFrame, b: pd.DataFrame, pair: ColumnPair) -> bool:
    """Tell whether a column is unique as far as a sample shows, in one of the frames."""
    return any(_spaced(column).is_unique for column in (column_at(a, pair.at_a), column_at(b, pair.at_b)))


def _spaced(column: pd.Series[Any]) -> pd.Series[Any]:
    return column.iloc[:: max(len(column) // _SAMPLE_ROWS, 1)]


def _tested(a: pd.DataFrame, b: pd.DataFrame, pairs: Sequence[ColumnPair]) -> KeyColumns | None:
    """Return these columns if they identify the rows, most of which are in both frames; None if not."""
    columns = _columns_of(a, b, pairs)
    if len(pairs) == 1 and are_in_place(*columns):
        return KeyColumns(pairs, "a unique column") if is_unique(columns[0][0]) else None
    codes = joint_codes(*columns)
    unique = codes.has_unique_a, codes.has_unique_b
    if not any(unique) or codes.common < _LEAST_SHARE * min(len(a), len(b)) or _was_edited(a, b, pairs, codes):
        return None
    noun = "a unique column" if len(pairs) == 1 else "unique together"
    return KeyColumns(pairs, noun if all(unique) else f"{noun} in one of the two", codes)


def _was_edited(a: pd.DataFrame, b: pd.DataFrame, key: Sequence[ColumnPair], codes: JointCodes) -> bool:
    """Tell whether values that only one frame has are edits of those in the same row, rather than other rows' names.

    So it is where all other rows are in their places, and these agree in most of their other cells.
    """
    if len(a) != len(b) or codes.has_same_rows:
        return False
    elsewhere = np.flatnonzero(codes.a != codes.b)
    if len(elsewhere) != len(a) - codes.common:
        return False
    exact = MatchOptions()
    others = others_than(key, a, b)
    cells = [(column_at(a, pair.at_a, elsewhere), column_at(b, pair.at_b, elsewhere)) for pair in others]
    changed = sum(len(changed_positions(*both, exact)) for both in cells)
    return changed <= _MOST_EDITED * len(elsewhere) * len(others)


def others_than(key: Sequence[ColumnPair], a: pd.DataFrame, b: pd.DataFrame) -> list[ColumnPair]:
    """Return the columns that both frames have once and that are not of the key."""
    return [pair for pair in _common(a, b) if pair not in key]


def _columns_of(a: pd.DataFrame, b: pd.DataFrame, pairs: Sequence[ColumnPair]) -> tuple[list[Any], list[Any]]:
    return [column_at(a, pair.at_a) for pair in pairs], [column_at(b, pair.at_b) for pair in pairs]


def _several_columns(a: pd.DataFrame, candidates: Sequence[ColumnPair]) -> list[ColumnPair]:
    """Add column to column, each time the one that tells most rows apart that are alike so far."""
    chosen: list[ColumnPair] = []
    groups = RowGroups.single(len(a))
    while len(chosen) < min(MOST_COLUMNS, len(candidates)) and len(alike := groups.alike()):
        sample = alike[:_SAMPLE_ROWS] if chosen else alike[:: max(len(alike) // _SAMPLE_ROWS, 1)]
        rest = [pair for pair in candidates if pair not in chosen]
        scores = [groups.told_apart(column_at(a, pair.at_a), sample) for pair in rest]
        best = rest[scores.index(max(scores))]
        chosen.append(best)
        groups = groups.parted(column_at(a, best.at_a))
    if len(chosen) < 2 or len(groups.alike()):  # noqa: PLR2004 - single columns were tried before
        return []
    return [pair for pair in candidates if pair in chosen]
