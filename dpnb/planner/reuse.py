"""Which results of earlier runs a run takes over, and which tasks it runs whatever is stored."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, cast, get_args

from dpnb.errors import PlanError
from dpnb.planner.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

type ReuseMode = Literal["none", "fresh"]
type UntrackedMode = Literal["strict", "warn"]

_MODE = 'give "fresh" to take over what still stands, or "none" to run everything.'
_REUSE = 'give "fresh" to take over what still stands, None to run everything, or a ReusePolicy.'
_UNTRACKED = 'give "strict" to run what cannot be tracked as a whole, or "warn" to take its result for fresh.'
_HINT = "mend the options named above."


@dataclass(frozen=True, slots=True, kw_only=True)
class ReusePolicy:
    """What becomes of each task of a run.

    With the mode ``"fresh"`` a task whose stored result still stands is reused, any other runs; with ``"none"`` every
    task runs. Of single tasks, `forced` run whatever is stored, and of `kept` the results of the run `kept_from` are
    taken over as they are, stale or not; they run only where that run left none. What cannot be tracked of a task's
    code makes it stale by ``"strict"``, and is only told by ``"warn"``.

    Raises
    ------
    PlanError
        The mode, or what is to become of the untracked, is none of these, or tasks are kept from no run.

    Examples
    --------
    >>> ReusePolicy.fresh().reuses("flights")
    True
    >>> ReusePolicy(forced=frozenset({"flights"})).reuses("flights")
    False
    """

    mode: ReuseMode = "fresh"
    forced: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()
    kept_from: str = ""
    untracked: UntrackedMode = "strict"

    def __post_init__(self) -> None:
        problems = _wrong("mode", self.mode, get_args(ReuseMode.__value__), _MODE)
        problems += _wrong("untracked", self.untracked, get_args(UntrackedMode.__value__), _UNTRACKED)
        if self.kept and not self.kept_from:
            problems.append("kept names tasks, but kept_from names no run to keep their results from.")
        if problems:
            raise PlanError(problems, hint=_HINT)

    @classmethod
    def fresh(cls, *, untracked: UntrackedMode = "strict") -> ReusePolicy:
        """Take over what still stands, run the rest."""
        return cls(untracked=untracked)

    @classmethod
    def none(cls) -> ReusePolicy:
        """Run every task."""
        return cls(mode="none")

    @classmethod
    def only(cls, tasks: Iterable[str], *, of: Iterable[str], kept_from: str) -> ReusePolicy:
        """Run these of a plan's tasks, and take over the others' results from a run as they are."""
        forced = frozenset(tasks)
        return cls(mode="none", forced=forced, kept=frozenset(of) - forced, kept_from=kept_from)

    def reuses(self, task: str) -> bool:
        """Tell whether a stored result may take a task's place."""
        return task not in self.forced and (self.mode == "fresh" or task in self.kept)

    def problems(self, tasks: Collection[str]) -> list[str]:
        """Describe every name that is none of a plan's tasks."""
        return [
            f"reuse names {name!r}, which is no task of the plan{did_you_mean(name, tasks) or '.'}"
            for name in sorted(self.forced | self.kept)
            if name not in tasks
        ]


def policy_of(reuse: ReusePolicy | str | None, untracked: str) -> ReusePolicy | None:
    """Return the policy that the options of a plan ask for; None where nothing is to be reused.

    Raises
    ------
    PlanError
        An option is something else than it may be.
    """
    problems = _wrong("untracked", untracked, get_args(UntrackedMode.__value__), _UNTRACKED)
    if not isinstance(reuse, ReusePolicy | None):
        problems += _wrong("reuse", reuse, ("fresh",), _REUSE)
    if problems:
        raise PlanError(problems, hint=_HINT)
    policy = ReusePolicy.fresh() if reuse == "fresh" else cast("ReusePolicy | None", reuse)
    return replace(policy, untracked="warn") if policy is not None and untracked == "warn" else policy


def _wrong(option: str, value: object, allowed: tuple[str, ...], meaning: str) -> list[str]:
    if isinstance(value, str) and value in allowed:
        return []
    near = did_you_mean(value, allowed) if isinstance(value, str) else ""
    return [f"{option}={value!r} is not known{near or f'; {meaning}'}"]
