"""What tells which row of one frame belongs to which row of the other.

In this order: what the user named; the index, if it does more than count the rows and identifies them; a column, then a
few columns together, whose values identify the rows and mostly occur in both frames; else the position. A column
identifies rows if it is of the same kind in both frames, has no missing values, and is unique in one of them: what is
twice in the other is a finding. Floats, durations and truth values are measured, they identify nothing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import pandas as pd

from dpnb.errors import ComparisonKeyError
from dpnb.results.comparison.column_kinds import Kind, column_at, kind_of, plain
from dpnb.results.comparison.key_codes import RowGroups, are_in_place, joint_codes
from dpnb.results.comparison.schema_changes import pair_columns

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from dpnb.results.comparison.schema_changes import ColumnPair

MOST_COLUMNS = 4  # more of them together are rather the whole row than its name
_MOST_TRIED = 6  # single columns; each test reads a whole column of both frames
_SAMPLE_ROWS = 2_000
_LEAST_SHARE = 0.5  # of the shorter frame's rows that must be found in the other


@dataclass(frozen=True, slots=True, kw_only=True)
class RowKey:
    """What identifies rows; `at_a` and `at_b` are the positions of columns or of index levels in either frame."""

    source: str  # "columns", "index" or "position"
    names: tuple[Hashable, ...]
    why: str
    at_a: tuple[int, ...] = ()
    at_b: tuple[int, ...] = ()

    def of_a(self, frame: pd.DataFrame) -> list[pd.Series[Any]]:
        """Return the key of the first frame's rows, one series for each name."""
        return self._of(frame, self.at_a)

    def of_b(self, frame: pd.DataFrame) -> list[pd.Series[Any]]:
        """Return the key of the second frame's rows."""
        return self._of(frame, self.at_b)

    def _of(self, frame: pd.DataFrame, places: tuple[int, ...]) -> list[pd.Series[Any]]:
        if self.source == "columns":
            return [column_at(frame, at) for at in places]
        return [pd.Series(frame.index.get_level_values(at)) for at in places]

    def __str__(self) -> str:
        if self.source == "position":
            return f"rows are paired by position: {self.why}"
        named = ", ".join("the index" if name is None else str(name) for name in self.names)
        return f"rows are paired by {named}: {self.why}"


def choose_key(a: pd.DataFrame, b: pd.DataFrame, wanted: tuple[Hashable, ...] | None) -> RowKey:
    """Return the key that the user wants, or else the one that the frames themselves suggest.

    Raises
    ------
    ComparisonKeyError
        A frame has no column and no index level of a wanted name, or several.
    """
    if wanted is not None:
        return _wanted_key(a, b, wanted) if wanted else _by_position("as asked for")
    return _index_key(a.index, b.index) or _column_key(a, b) or _by_position("no index and no columns identify them")


def _by_position(why: str) -> RowKey:
    return RowKey(source="position", names=(), why=why)


def _wanted_key(a: pd.DataFrame, b: pd.DataFrame, wanted: tuple[Hashable, ...]) -> RowKey:
    columns: tuple[list[Any], list[Any]] = (list(a.columns), list(b.columns))
    levels: tuple[list[Any], list[Any]] = (list(a.index.names), list(b.index.names))
    for source, (of_a, of_b) in (("columns", columns), ("index", levels)):
        if all(of_a.count(name) == of_b.count(name) == 1 for name in wanted):
            at_a, at_b = (tuple(known.index(name) for name in wanted) for known in (of_a, of_b))
            return RowKey(source=source, names=wanted, why="as asked for", at_a=at_a, at_b=at_b)
    lacking = next((name for name in wanted if not _has_both(a, b, name)), wanted[0])
    known = [name for name in (*a.columns, *a.index.names) if name is not None and _has_both(a, b, name)]
    raise ComparisonKeyError(lacking, wanted=wanted, known=known)


def _has_both(a: pd.DataFrame, b: pd.DataFrame, name: Hashable) -> bool:
    return all([*frame.columns, *frame.index.names].count(name) == 1 for frame in (a, b))


def _index_key(a: pd.Index[Any], b: pd.Index[Any]) -> RowKey | None:
    if (_only_counts(a) and _only_counts(b)) or a.nlevels != b.nlevels or list(a.names) != list(b.names):
        return None
    if not (len(a) and len(b)) or not (a.is_unique or b.is_unique):
        return None
    levels = range(a.nlevels)
    if any(_kind(a.get_level_values(at)) is not _kind(b.get_level_values(at)) for at in levels):
        return None
    unique = "it is unique" if a.is_unique and b.is_unique else "it is unique in one of the two"
    return RowKey(source="index", names=tuple(a.names), why=unique, at_a=(*levels,), at_b=(*levels,))


def _only_counts(index: pd.Index[Any]) -> bool:
    return isinstance(index, pd.RangeIndex) and index.name is None and index.start == 0 and index.step == 1


def _kind(values: Any) -> Kind:
    return kind_of(plain(pd.Series(values[:0])).dtype)


def _column_key(a: pd.DataFrame, b: pd.DataFrame) -> RowKey | None:
    if not (len(a) and len(b)):
        return None
    pairs = pair_columns(list(a.columns), list(b.columns))
    often = Counter(pair.label for pair in pairs)
    candidates = [pair for pair in pairs if often[pair.label] == 1 and _may_identify(a, b, pair)]
    promising = (pair for pair in candidates if _is_promising(a, b, pair))
    for pair in islice(promising, _MOST_TRIED):
        if (key := _tested(a, b, [pair])) is not None:
            return key
    if candidates and are_in_place(*_columns_of(a, b, candidates)):
        return _by_position("whatever could identify them is the same, row by row")
    return _several_columns(a, b, candidates)


def _may_identify(a: pd.DataFrame, b: pd.DataFrame, pair: ColumnPair) -> bool:
    if pair.at_a is None or pair.at_b is None:
        return False
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


def _tested(a: pd.DataFrame, b: pd.DataFrame, pairs: Sequence[ColumnPair]) -> RowKey | None:
    """Return the key of these columns if they identify the rows, and most rows are found in both frames."""
    at_a, at_b = (tuple(getattr(pair, name) for pair in pairs) for name in ("at_a", "at_b"))
    try:
        codes = joint_codes(*_columns_of(a, b, pairs))
    except TypeError:  # a cell cannot be hashed
        return None
    unique = codes.has_unique_a, codes.has_unique_b
    if not any(unique) or codes.common < _LEAST_SHARE * min(len(a), len(b)):
        return None
    noun = "a unique column" if len(pairs) == 1 else "unique together"
    why = noun if all(unique) else f"{noun} in one of the two"
    return RowKey(source="columns", names=tuple(pair.label for pair in pairs), why=why, at_a=at_a, at_b=at_b)


def _columns_of(a: pd.DataFrame, b: pd.DataFrame, pairs: Sequence[ColumnPair]) -> tuple[list[Any], list[Any]]:
    return [column_at(a, pair.at_a) for pair in pairs], [column_at(b, pair.at_b) for pair in pairs]


def _several_columns(a: pd.DataFrame, b: pd.DataFrame, candidates: Sequence[ColumnPair]) -> RowKey | None:
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
        return None
    return _tested(a, b, [pair for pair in candidates if pair in chosen])
