"""Two streams, chunk by chunk: only chunks whose digests differ are loaded, and two at a time."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from dpnb.render import TableFacts
from dpnb.render.quantities import number, size
from dpnb.results.comparison.column_kinds import tuples
from dpnb.results.comparison.stored import compare_stored
from dpnb.results.comparison.value import ValueComparison
from dpnb.results.comparison.wording import before_and_after, plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dpnb.render import Part
    from dpnb.results.comparison.options import MatchOptions
    from dpnb.results.comparison.stored import StoredResult
    from dpnb.results.records import ResultRecord

CHANGES = ("same", "changed", "added", "removed")
_SHOWN = 10


class StreamComparison(ValueComparison):
    """Two streams' chunks by their number; ``comparison[3]`` compares the values of the fourth."""

    def __init__(self, a: StoredResult, b: StoredResult, options: MatchOptions, title: str = "") -> None:
        super().__init__(title)
        self._a = a
        self._b = b
        self._options = options

    def __len__(self) -> int:
        return max(len(self._a.records), len(self._b.records))

    def __getitem__(self, chunk: int) -> ValueComparison:
        if not 0 <= chunk < len(self):
            raise IndexError(f"there are chunks 0 to {len(self) - 1}, not {chunk}")
        a, b = (side.chunk(chunk) if chunk < len(side.records) else None for side in (self._a, self._b))
        return compare_stored(a, b, self._options, f"{self.title}, chunk {chunk}".lstrip(", "))

    @cached_property
    def chunks(self) -> pd.DataFrame:
        """One row per chunk, by what was noted when it was stored.

        Returns
        -------
        chunks × chunk (int64: its number), change (category: same, changed, added, removed), type_a, type_b (str),
        rows_a, rows_b, bytes_a, bytes_b (Int64).
        """
        pairs = list(self._records())
        return pd.DataFrame(
            {
                "chunk": pd.Series(range(len(pairs)), dtype="int64"),
                "change": pd.Categorical([_change(*pair) for pair in pairs], categories=CHANGES),
                "type_a": pd.Series([a.facts.type if a else "" for a, _ in pairs], dtype="str"),
                "type_b": pd.Series([b.facts.type if b else "" for _, b in pairs], dtype="str"),
                "rows_a": pd.Series([a.facts.rows if a else None for a, _ in pairs], dtype="Int64"),
                "rows_b": pd.Series([b.facts.rows if b else None for _, b in pairs], dtype="Int64"),
                "bytes_a": pd.Series([a.size_bytes if a else None for a, _ in pairs], dtype="Int64"),
                "bytes_b": pd.Series([b.size_bytes if b else None for _, b in pairs], dtype="Int64"),
            }
        )

    def _records(self) -> Iterator[tuple[ResultRecord | None, ResultRecord | None]]:
        a, b = self._a.records, self._b.records
        for at in range(len(self)):
            yield a[at] if at < len(a) else None, b[at] if at < len(b) else None

    @property
    def is_equal(self) -> bool:
        """Whether all chunks have equal digests."""
        return self._a.digests == self._b.digests

    @property
    def summary(self) -> str:
        """What differs, on one line."""
        counts = self.chunks["change"].value_counts()
        if self.is_equal:
            return f"no difference in {plural(len(self), 'chunk')}"
        told = ", ".join(f"{counts[change]:,} {change}" for change in CHANGES if counts[change])
        return f"{plural(len(self), 'chunk')}: {told}"

    @property
    def changes(self) -> pd.DataFrame:
        """All differences inside the chunks that differ, below each other.

        Returns
        -------
        The columns of the chunks' own `changes`; the first level of the index, ``chunk``, is the chunk's number.
        """
        changed = self.chunks["chunk"][self.chunks["change"] == "changed"]
        found = {int(chunk): self[int(chunk)].changes for chunk in changed}
        if not found:
            columns = {"a": "object", "b": "object", "difference": "float64"}
            return pd.DataFrame({name: pd.Series([], dtype=dtype) for name, dtype in columns.items()})
        return pd.concat(found, names=["chunk"])

    def parts(self) -> list[Part]:
        """Return the first chunks that differ, each with what changed in it."""
        differing = self.chunks[self.chunks["change"] != "same"]
        if differing.empty:
            return []
        rows = tuple(
            (
                str(row.chunk),
                str(row.change),
                before_and_after(number, row.rows_a, row.rows_b),
                before_and_after(size, row.bytes_a, row.bytes_b),
                self._told(row.chunk) if row.change == "changed" else "",
            )
            for row in tuples(differing.head(_SHOWN))
        )
        columns = ("chunk", "change", "rows", "size", "difference")
        return [TableFacts(columns=columns, rows=rows, states=1, align="rlrrl", total=len(differing))]

    def _told(self, chunk: int) -> str:
        from dpnb.errors import DpnbError

        try:
            return self[chunk].summary
        except DpnbError as error:
            return str(error).partition("\n")[0]


def _change(a: ResultRecord | None, b: ResultRecord | None) -> str:
    if a is None or b is None:
        return "added" if a is None else "removed"
    return "same" if a.digest == b.digest else "changed"
