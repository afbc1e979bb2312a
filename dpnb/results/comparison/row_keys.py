"""What tells which row of one frame belongs to which row of the other.

In this order: what the user named; the index, if it does more than count the rows and identifies them, unless it has no
name, holds numbers, and columns fit better (`key_fit`); one column, or a few together (`key_columns`); else the
position.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from dpnb.errors import ComparisonKeyError
from dpnb.results.comparison.column_kinds import Kind, column_at, kind_of, plain
from dpnb.results.comparison.key_columns import find_key_columns, others_than
from dpnb.results.comparison.key_fit import fits_better, may_only_count

if TYPE_CHECKING:
    from collections.abc import Hashable

    from dpnb.results.comparison.key_codes import JointCodes
    from dpnb.results.comparison.key_columns import KeyColumns


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


def choose_key(
    a: pd.DataFrame, b: pd.DataFrame, wanted: tuple[Hashable, ...] | None
) -> tuple[RowKey, JointCodes | None]:
    """Return the key that the user wants, or else the one that the frames suggest; and its codes, where that took them.

    Raises
    ------
    ComparisonKeyError
        A frame has no column and no index level of a wanted name, or several.
    """
    if wanted is not None:
        return (_wanted_key(a, b, _meant(a, b, wanted)) if wanted else _by_position("as asked for")), None
    by_index = _index_key(a.index, b.index)
    if by_index is None:
        return _column_key(a, b)
    if not (may_only_count(a.index) and may_only_count(b.index)):
        return by_index, None
    return _better_column_key(a, b) or (by_index, None)


def _by_position(why: str) -> RowKey:
    return RowKey(source="position", names=(), why=why)


def _meant(a: pd.DataFrame, b: pd.DataFrame, wanted: tuple[Hashable, ...]) -> tuple[Hashable, ...]:
    """Return several labels where one was given that is a tuple of them, and no label itself."""
    only = wanted[0]
    is_several = isinstance(only, tuple) and not _has_both(a, b, only) and all(_has_both(a, b, name) for name in only)
    return only if is_several and isinstance(only, tuple) and len(wanted) == 1 else wanted


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
    if (only_counts(a) and only_counts(b)) or a.nlevels != b.nlevels or list(a.names) != list(b.names):
        return None
    if not (len(a) and len(b)) or not (a.is_unique or b.is_unique):
        return None
    levels = range(a.nlevels)
    if any(_kind(a.get_level_values(at)) is not _kind(b.get_level_values(at)) for at in levels):
        return None
    unique = "it is unique" if a.is_unique and b.is_unique else "it is unique in one of the two"
    return RowKey(source="index", names=tuple(a.names), why=unique, at_a=(*levels,), at_b=(*levels,))


def _column_key(a: pd.DataFrame, b: pd.DataFrame) -> tuple[RowKey, JointCodes | None]:
    found = find_key_columns(a, b)
    return _key_of(found) if found.pairs else (_by_position(found.why), None)


def _key_of(found: KeyColumns) -> tuple[RowKey, JointCodes | None]:
    pairs, why, codes = found
    at_a, at_b = (tuple(getattr(pair, name) for pair in pairs) for name in ("at_a", "at_b"))
    names = tuple(pair.label for pair in pairs)
    return RowKey(source="columns", names=names, why=why, at_a=at_a, at_b=at_b), codes


def _better_column_key(a: pd.DataFrame, b: pd.DataFrame) -> tuple[RowKey, JointCodes | None] | None:
    """Return the columns that identify rows if a nameless index of numbers does so less well; None if not."""
    found = find_key_columns(a, b)
    if not found.pairs or not fits_better(a, b, others_than(found.pairs, a, b), found.codes):
        return None
    key, codes = _key_of(found)
    return replace(key, why=f"{key.why}, which fits better than the index"), codes


def only_counts(index: pd.Index[Any]) -> bool:
    """Tell whether an index says nothing that the rows' positions do not."""
    return isinstance(index, pd.RangeIndex) and index.name is None and index.start == 0 and index.step == 1


def _kind(values: Any) -> Kind:
    return kind_of(plain(pd.Series(values[:0])).dtype)
