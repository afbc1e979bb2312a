"""How two frames' columns and index levels differ: added, removed, of another dtype, in another order."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from dpnb.results.comparison.column_kinds import object_column

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

CHANGES = ("same", "added", "removed", "dtype", "moved", "dtype, moved")


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnPair:
    """A column of either frame, or of both; positions are None where it is not."""

    label: Hashable
    at_a: int | None = None
    at_b: int | None = None


def pair_columns(a: Sequence[Any], b: Sequence[Any]) -> list[ColumnPair]:
    """Return the columns of `a` in order, with those of `b` of the same label, then those that only `b` has.

    Where a label occurs several times, its first column in `a` belongs to its first in `b`, and so on.
    """
    places = {name: at for at, name in enumerate(_numbered(b))}
    pairs = [ColumnPair(label=a[at], at_a=at, at_b=places.pop(name, None)) for at, name in enumerate(_numbered(a))]
    return [*pairs, *(ColumnPair(label=b[at], at_b=at) for at in places.values())]


def _numbered(labels: Sequence[Any]) -> list[tuple[type, Any, int]]:
    """Return labels that are unique and tell 1 from True: type, label, how often it came before."""
    seen: Counter[Any] = Counter()
    named: list[tuple[type, Any, int]] = []
    for label in labels:
        key = ("nan" if label != label else label) if isinstance(label, float) else label  # noqa: PLR0124 - NaN
        kind = bool if isinstance(label, bool) else object
        named.append((kind, key, seen[kind, key]))
        seen[kind, key] += 1
    return named


def moved(pairs: Sequence[ColumnPair]) -> set[int]:
    """Return the positions in `a` of the fewest columns without which both frames have the same order."""
    both = [(pair.at_a, pair.at_b) for pair in pairs if pair.at_a is not None and pair.at_b is not None]
    return {at for at, _ in both} - _longest_rising([at_b for _, at_b in both], [at for at, _ in both])


def _longest_rising(values: list[int], names: list[int]) -> set[int]:
    """Return the names of a longest strictly rising subsequence (patience sorting)."""
    tails: list[int] = []
    at_tails: list[int] = []
    before: list[int] = []
    for at, value in enumerate(values):
        length = bisect_left(tails, value)
        tails[length : length + 1] = [value]
        at_tails[length : length + 1] = [at]
        before.append(at_tails[length - 1] if length else -1)
    found = set()
    at = at_tails[-1] if at_tails else -1
    while at >= 0:
        found.add(names[at])
        at = before[at]
    return found


def schema_frame(a: pd.DataFrame, b: pd.DataFrame, pairs: Sequence[ColumnPair]) -> pd.DataFrame:
    """Return one row per index level and column of either frame; `FrameComparison.schema` lists the columns."""
    levels = pair_columns(_level_names(a.index, b.index), _level_names(b.index, a.index))
    rows = [("index", *_row(pair, _level_dtypes(a.index), _level_dtypes(b.index), set())) for pair in levels]
    shifted = moved(pairs)
    rows += [("column", *_row(pair, list(a.dtypes), list(b.dtypes), shifted)) for pair in pairs]
    columns = list(zip(*rows, strict=True)) or [()] * 7
    return pd.DataFrame(
        {
            "part": pd.Categorical(columns[0], categories=("index", "column")),
            "column": object_column(columns[1]),
            "change": pd.Categorical(columns[2], categories=CHANGES),
            "position_a": pd.Series(columns[3], dtype="Int64"),
            "position_b": pd.Series(columns[4], dtype="Int64"),
            "dtype_a": pd.Series(columns[5], dtype="str"),
            "dtype_b": pd.Series(columns[6], dtype="str"),
        }
    )


def _row(pair: ColumnPair, of_a: list[Any], of_b: list[Any], shifted: set[int]) -> tuple[Any, ...]:
    dtype_a = None if pair.at_a is None else of_a[pair.at_a]
    dtype_b = None if pair.at_b is None else of_b[pair.at_b]
    return pair.label, _change(pair, dtype_a, dtype_b, shifted), pair.at_a, pair.at_b, _text(dtype_a), _text(dtype_b)


def _change(pair: ColumnPair, dtype_a: Any, dtype_b: Any, shifted: set[int]) -> str:
    if pair.at_a is None or pair.at_b is None:
        return "added" if pair.at_a is None else "removed"
    changes = [name for name, is_so in (("dtype", dtype_a != dtype_b), ("moved", pair.at_a in shifted)) if is_so]
    return ", ".join(changes) or "same"


def _text(dtype: Any) -> str:
    if isinstance(dtype, pd.CategoricalDtype):
        return f"category ({len(dtype.categories)}{', ordered' if dtype.ordered else ''})"
    return "" if dtype is None else str(dtype)


def _level_names(index: pd.Index[Any], other: pd.Index[Any]) -> list[Any]:
    """Return the names of levels; a level that has none beside one that has is called ``index``."""
    if index.nlevels == other.nlevels == 1 and list(index.names) != list(other.names):
        return ["index" if name is None else name for name in index.names]
    return list(index.names)


def _level_dtypes(index: pd.Index[Any]) -> list[Any]:
    return [index.get_level_values(at).dtype for at in range(index.nlevels)]
