"""Comparisons that need no value: digests call both equal, or there is only one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from dpnb.results.comparison.value import ValueComparison
from dpnb.results.previews import preview_of

if TYPE_CHECKING:
    from dpnb.render import Part
    from dpnb.results.comparison.options import MatchOptions
    from dpnb.results.comparison.stored import StoredResult
    from dpnb.results.records import ColumnFacts, ResultFacts

_FRAMES = ("pandas.DataFrame", "pandas.Series", "polars.DataFrame", "pyarrow.Table")
BY_DIGEST = "The digests are equal, so neither was loaded."


class UnloadedComparison(ValueComparison):
    """Two values of which none was loaded; `summary` says why."""

    def __init__(self, title: str, said: str, *, is_equal: bool) -> None:
        super().__init__(title)
        self._said = said
        self._is_equal = is_equal

    @property
    def is_equal(self) -> bool:
        """Whether both are there and have one digest."""
        return self._is_equal

    @property
    def summary(self) -> str:
        """What is known, on one line."""
        return self._said

    @property
    def changes(self) -> pd.DataFrame:
        """An empty frame × path (str), a, b (object), difference (float64)."""
        dtypes = {"path": "str", "a": "object", "b": "object", "difference": "float64"}
        return pd.DataFrame({name: pd.Series([], dtype=dtype) for name, dtype in dtypes.items()})

    def parts(self) -> list[Part]:
        """Return nothing: all is said."""
        return []


def one_sided(a: StoredResult | None, b: StoredResult | None, title: str) -> UnloadedComparison:
    """Return the comparison of a result with none."""
    there = a or b
    if there is None:
        return UnloadedComparison(title, "neither has a result", is_equal=True)
    side = "a" if a is not None else "b"
    said = f"only {side} has a result: {preview_of(there.records[-1].facts)}"
    return UnloadedComparison(title, said, is_equal=False)


def same_values(stored: StoredResult, options: MatchOptions, title: str) -> ValueComparison:
    """Return the comparison of two results of one digest; frames answer as frames do."""
    facts = stored.records[-1].facts
    if facts.type not in _FRAMES:
        return UnloadedComparison(title, f"no difference: {preview_of(facts)}", is_equal=True)
    from dpnb.results.comparison.frames import FrameComparison

    empty = _without_rows(facts)
    by_position = replace(options, key=())
    return FrameComparison(empty, empty, by_position, title, [BY_DIGEST], known_rows=facts.rows or 0)


def _without_rows(facts: ResultFacts) -> pd.DataFrame:
    columns = [pd.Series([], dtype=_dtype(column), name=column.name) for column in facts.columns]
    return pd.concat(columns, axis=1) if columns else pd.DataFrame()


def _dtype(column: ColumnFacts) -> str:
    try:
        pd.Series([], dtype=column.dtype)
    except (TypeError, ValueError):  # another library's name
        return "object"
    return column.dtype
