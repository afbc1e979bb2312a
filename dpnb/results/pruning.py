"""Which runs may go: a pure rule over what is known of them.

A run goes if it is not among the newest `keep`, in the order in which `runs()` lists them, and if it ended longer than
`older_than` ago; either may be left out, then the other decides alone. Whatever these say, a run stays

- while a process drives it, or holds it to resume, check or delete it;
- if it is pinned;
- if it is among the last `keep_succeeded` runs of its DAG that succeeded: ten failures in a row, or ten runs of another
  notebook in the same workspace, do not cost the last good results of a pipeline. Runs belong to one DAG as long as
  names, signatures and upstream of their tasks stay the same.

What stays counts among the newest `keep` like any other run, and each run is complete by itself: deleting one takes
nothing from those that reused its results.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from dpnb.errors import RunCriterionError
from dpnb.render.quantities import duration
from dpnb.results.points_in_time import span_us
from dpnb.results.records import RunStatus

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from dpnb.results.points_in_time import Span
    from dpnb.results.records import RunRecord


class Choice(NamedTuple):
    """Whether a run goes, and why it does or does not."""

    run: RunRecord
    goes: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PruneRule:
    """Which runs go; see the module."""

    keep: int | None = None
    older_than_us: int | None = None
    keep_succeeded: int = 1

    @classmethod
    def of(cls, keep: int | None, older_than: Span | None, keep_succeeded: int = 1) -> PruneRule:
        """Check what was given and make a rule of it. Raises `RunCriterionError`."""
        if keep is None and older_than is None:
            raise RunCriterionError(
                "keep", keep, "spares nothing, and no age is given", hint="give keep=10, older_than='30d', or both."
            )
        for option, count in (("keep", keep), ("keep_succeeded", keep_succeeded)):
            if count is not None and (type(count) is not int or count < 0):
                raise RunCriterionError(option, count, "is no number of runs", hint="give a whole number from 0.")
        older_than_us = None if older_than is None else span_us(older_than, option="older_than")
        return cls(keep=keep, older_than_us=older_than_us, keep_succeeded=keep_succeeded)

    def __str__(self) -> str:
        newest = "" if self.keep is None else f"not among the newest {self.keep}"
        old = "" if self.older_than_us is None else f"older than {duration(self.older_than_us / 1e6)}"
        return " and ".join(filter(None, (newest, old)))


def choose(runs: Iterable[RunRecord], held: Container[str], rule: PruneRule, now_us: int) -> list[Choice]:
    """Return what is to become of each run, in their order: newest first.

    Parameters
    ----------
    runs
        All runs of the workspace, newest first.
    held
        The ids of those that a process holds.
    """
    succeeded: Counter[str] = Counter()
    choices = []
    for place, run in enumerate(runs, 1):
        succeeded[run.dag_id] += run.status is RunStatus.SUCCEEDED
        spared = _spared(run, held, rule, succeeded[run.dag_id]) or _young(run, rule, place, now_us)
        choices.append(Choice(run, not spared, spared or str(rule)))
    return choices


def _spared(run: RunRecord, held: Container[str], rule: PruneRule, succeeded: int) -> str:
    """Say why a run stays whatever its place and its age; `succeeded` counts the successes of its DAG down to it."""
    if not run.status.is_terminal or run.run_id in held:
        return "a process holds it"
    if run.pinned:
        return "pinned"
    if run.status is RunStatus.SUCCEEDED and succeeded <= rule.keep_succeeded:
        last = "the last" if rule.keep_succeeded == 1 else f"among the last {rule.keep_succeeded}"
        return f"{last} of its DAG that succeeded"
    return ""


def _young(run: RunRecord, rule: PruneRule, place: int, now_us: int) -> str:
    if rule.keep is not None and place <= rule.keep:
        return f"among the newest {rule.keep}"
    age_us = now_us - (run.started_us if run.finished_us is None else run.finished_us)
    if rule.older_than_us is not None and age_us <= rule.older_than_us:
        return f"ended {duration(max(age_us, 0) / 1e6)} ago"
    return ""
