"""What earlier runs tell of a plan's tasks: facts that are handed in, wherever they come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from dpnb.results.records import TaskRunRecord


class EarlierRuns(Protocol):
    """What earlier runs have stored of some tasks, and what became of those that failed."""

    def of(self, task: str, /) -> Iterator[TaskRunRecord]:
        """Yield a task's stored results, those of the newest run first."""

    def source(self, source_id: str, /) -> str | None:
        """Return the text that a row names as its source; None where it is gone. Does not raise."""

    def failure(self, task: str, /) -> TaskRunRecord | None:
        """Return how a task failed, if that was in a newer run than any that has stored its result."""


class NothingStored:
    """What there is before the first run."""

    def of(self, _task: str, /) -> Iterator[TaskRunRecord]:
        """Yield nothing."""
        return iter(())

    def source(self, _source_id: str, /) -> str | None:
        """Return nothing."""
        return None

    def failure(self, _task: str, /) -> TaskRunRecord | None:
        """Return nothing."""
        return None


def _nothing(_tasks: Collection[str], /) -> EarlierRuns:
    return NothingStored()


def _never() -> int:
    return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunHistory:
    """What earlier runs tell of tasks.

    `durations_s` takes names of tasks and the id of their DAG, and returns the seconds of those that are known; it does
    not raise. `workers` is how many a run has where nothing else is said. `earlier` takes names of tasks and returns
    what is stored of them; `now_us` returns the time, in microseconds since 1970 UTC, by which results expire.
    """

    durations_s: Callable[[Collection[str], str], Mapping[str, float]]
    workers: int
    earlier: Callable[[Collection[str]], EarlierRuns] = _nothing
    now_us: Callable[[], int] = _never
