"""Containers, objects and single values: what differs on which path."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from dpnb.render import Preformatted, TableFacts
from dpnb.results.comparison.column_kinds import object_column
from dpnb.results.comparison.equality import gap_between
from dpnb.results.comparison.value import ValueComparison
from dpnb.results.comparison.walk import MOST_DIFFERENCES, found_differences
from dpnb.results.short_text import short_text

if TYPE_CHECKING:
    from dpnb.render import Part
    from dpnb.results.comparison.options import MatchOptions
    from dpnb.results.comparison.walk import Difference

CHANGES = ("changed", "type", "added", "removed")
_SHOWN = 20


class NestedComparison(ValueComparison):
    """Two values of any type; dictionaries, lists and objects are compared path by path."""

    def __init__(self, a: Any, b: Any, options: MatchOptions, title: str = "") -> None:
        self._found = found_differences(a, b, options)
        cut = f"Only the first {MOST_DIFFERENCES:,} differences were looked for."
        super().__init__(title, [cut] if len(self._found) >= MOST_DIFFERENCES else [])

    @property
    def is_equal(self) -> bool:
        """Whether no difference was found."""
        return not self._found

    @property
    def summary(self) -> str:
        """What differs, on one line."""
        if not self._found:
            return "no difference"
        first = self._found[0]
        if len(self._found) == 1 and not first.path:
            return _told(first)
        counts = {change: sum(one.change == change for one in self._found) for change in CHANGES}
        told = ", ".join(f"{count:,} {_WORDS.get(change, change)}" for change, count in counts.items() if count)
        where = f": {first.path}" if len(self._found) == 1 else ""
        return f"{told}{where}"

    @cached_property
    def changes(self) -> pd.DataFrame:
        """One row per difference.

        Returns
        -------
        differences × path (str: ``['planes'][3].year``, empty for the value itself), change (category: changed, type,
        added, removed), a, b (object; ``–`` where there is none), difference (float: b − a of numbers), detail (str).
        """
        rows = self._found
        return pd.DataFrame(
            {
                "path": pd.Series([one.path for one in rows], dtype="str"),
                "change": pd.Categorical([one.change for one in rows], categories=CHANGES),
                "a": object_column([one.a for one in rows]),
                "b": object_column([one.b for one in rows]),
                "difference": pd.Series([gap_between(one.a, one.b) for one in rows], dtype="float64"),
                "detail": pd.Series([one.detail for one in rows], dtype="str"),
            }
        )

    def parts(self) -> list[Part]:
        """Return the first differences, and a diff of a text that changed."""
        if not self._found:
            return []
        rows = tuple(
            (one.path or "(all of it)", one.change, short_text(one.a), short_text(one.b), _one_line(one.detail))
            for one in self._found[:_SHOWN]
        )
        wide = 5 if any(row[4] for row in rows) else 4
        table = TableFacts(
            columns=("path", "change", "a", "b", "")[:wide],
            rows=tuple(row[:wide] for row in rows),
            states=1,
            align="l" * wide,
            total=len(self._found),
        )
        diffs = [Preformatted(text=one.detail, caption=one.path) for one in self._found if "\n" in one.detail]
        return [table, *diffs[:3]]


_WORDS = {"type": "of another type"}


def _told(whole: Difference) -> str:
    """Return how two values differ that have no parts."""
    if isinstance(whole.a, bytes) and isinstance(whole.b, bytes):
        return f"other bytes, {len(whole.a):,} → {len(whole.b):,}"
    if "\n" in whole.detail:
        lines = [len(text.splitlines()) for text in (whole.a, whole.b)]
        return f"another text, {lines[0]:,} → {lines[1]:,} lines"
    before, after = short_text(whole.a), short_text(whole.b)
    told = f"{before} → {after}"
    return f"{told} ({whole.detail})" if before == after and whole.detail else told


def _one_line(detail: str) -> str:
    return "" if "\n" in detail else detail
