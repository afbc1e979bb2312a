"""Two stored results: what their digests call equal is not loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dpnb.results.comparison.dispatch import compare_with

if TYPE_CHECKING:
    from dpnb.results.comparison.options import MatchOptions
    from dpnb.results.comparison.value import ValueComparison
    from dpnb.results.ports import IOManager
    from dpnb.results.records import ResultRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredResult:
    """A task's result as the ledger knows it: one record, or those of a stream's chunks in order."""

    io_manager: IOManager
    records: tuple[ResultRecord, ...]
    is_stream: bool = False

    @property
    def digests(self) -> tuple[str, ...]:
        """The digest of each record."""
        return tuple(record.digest for record in self.records)

    def is_same_as(self, other: StoredResult) -> bool:
        """Tell whether both hold the same bytes."""
        return self.is_stream == other.is_stream and self.digests == other.digests

    def load(self, at: int = -1) -> Any:
        """Load one of the records' values."""
        record = self.records[at]
        return self.io_manager.load(
            run_id=record.run_id, task_name=record.task, task_result_id=record.result_id, digest=record.digest
        )

    def chunk(self, at: int) -> StoredResult:
        """Return one chunk as a result of its own."""
        return StoredResult(io_manager=self.io_manager, records=self.records[at : at + 1])


def compare_stored(
    a: StoredResult | None, b: StoredResult | None, options: MatchOptions, title: str = ""
) -> ValueComparison:
    """Compare two stored results, of which one may be missing.

    Raises
    ------
    ResultError
        A value that differs cannot be loaded: it is gone or damaged, or its store is not trusted.
    ComparisonKeyError
        As `compare_values` says.
    """
    from dpnb.results.comparison.unloaded import one_sided, same_values

    if a is None or b is None:
        return one_sided(a, b, title)
    if a.is_stream and b.is_stream:
        from dpnb.results.comparison.streams import StreamComparison

        return StreamComparison(a, b, options, title)
    if a.is_same_as(b):
        return same_values(b, options, title)
    return compare_with(options, _whole(a), _whole(b), title)


def _whole(stored: StoredResult) -> Any:
    """Return the value, or a stream's chunks as a list."""
    return [stored.load(at) for at in range(len(stored.records))] if stored.is_stream else stored.load()
