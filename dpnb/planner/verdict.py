"""Whether a task is fresh or stale, and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from dpnb.planner.cause import Cause
    from dpnb.results.records import TaskRunRecord


class Teller(Protocol):
    """Finds the causes of verdicts when somebody asks: most are never asked for, and some have to be looked up."""

    def causes_of(self, verdict: Verdict, /) -> tuple[Cause, ...]:
        """Return at least one cause, the most telling first; the same each time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a plan expects of one task.

    A fresh task is reused: its `precedent` is the stored result that takes its place. A stale one runs, and its
    `precedent` is the newest stored result; None where there is none. Where `is_certain` is False, the task is only
    stale as long as an upstream that runs gives another result than before.
    """

    task: str
    is_fresh: bool
    is_certain: bool = True
    precedent: TaskRunRecord | None = None
    teller: Teller = field(repr=False, compare=False)

    @property
    def causes(self) -> tuple[Cause, ...]:
        """Why, the most telling cause first."""
        return self.teller.causes_of(self)

    @property
    def state(self) -> str:
        """A word for pictures and tables: fresh, stale, or unsettled where it is not certain."""
        if self.is_fresh:
            return "fresh"
        return "stale" if self.is_certain else "unsettled"
