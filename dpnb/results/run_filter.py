"""Which runs are asked for: criteria as people give them, and the filter that is made of them."""

from __future__ import annotations

import datetime as dt
import inspect
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypedDict, Unpack, cast

from dpnb.errors import RunCriterionError, closest
from dpnb.results.leases import now_us
from dpnb.results.points_in_time import Since, since_us
from dpnb.results.records import RunStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from dpnb.results.records import RunRecord


class RunCriteria(TypedDict, total=False):
    """What runs are asked for by, as `dpnb.runs` explains it; a run must meet all that is given."""

    tag: str | Iterable[str] | None
    status: str | Iterable[str] | None
    since: Since | None
    task: str | Iterable[str] | None
    params: Mapping[str, Any] | None
    pinned: bool | None
    limit: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFilter:
    """Criteria that were checked and brought into one form; None where they were not given."""

    tags: tuple[str, ...] | None = None
    statuses: tuple[RunStatus, ...] | None = None
    since_us: int | None = None
    tasks: tuple[str, ...] | None = None  # names and globs
    params: Mapping[str, Any] = field(default_factory=dict)  # as they would be stored
    pinned: bool | None = None
    limit: int | None = None

    @classmethod
    def of(cls, **criteria: Unpack[RunCriteria]) -> RunFilter:
        """Check criteria and make a filter of them.

        Raises
        ------
        RunCriterionError
            A value that makes no sense.
        TypeError
            A name that is no criterion.

        Examples
        --------
        >>> print(RunFilter.of(tag="etl", status=["failed", "interrupted"], params={"year": 2013}))
        tag 'etl', status failed or interrupted, year=2013
        """
        for name in criteria:
            if name not in RunCriteria.__annotations__:
                near = closest(name, RunCriteria.__annotations__) or list(RunCriteria.__annotations__)
                raise TypeError(f"runs are not asked for by {name!r}, but by {' or '.join(map(repr, near))}")
        since = criteria.get("since")
        statuses = _several(criteria.get("status"))
        return cls(
            tags=_several(criteria.get("tag")),
            statuses=None if statuses is None else tuple(map(_status, statuses)),
            since_us=None if since is None else since_us(since, now_us()),
            tasks=_several(criteria.get("task")),
            params=_params(criteria.get("params") or {}),
            pinned=criteria.get("pinned"),
            limit=_limit(criteria.get("limit")),
        )

    def admits(self, run: RunRecord) -> bool:
        """Tell whether a run fits, but for its tasks and their tags, which its record does not tell."""
        return (
            (self.statuses is None or run.status in self.statuses)
            and (self.since_us is None or run.started_us >= self.since_us)
            and (self.pinned is None or run.pinned == self.pinned)
            and all(name in run.params and same_json(run.params[name], value) for name, value in self.params.items())
        )

    def __str__(self) -> str:
        words = [
            _any_of("tag", self.tags, repr),
            _any_of("status", self.statuses, str),
            "" if self.since_us is None else f"since {_local(self.since_us)}",
            _any_of("task", self.tasks, repr),
            *(f"{name}={value!r}" for name, value in self.params.items()),
            "" if self.pinned is None else "pinned" if self.pinned else "not pinned",
        ]
        return ", ".join(filter(None, words))


def same_json(one: Any, other: Any) -> bool:
    """Tell whether two values of JSON are equal: 1 is 1.0, but not true, and what is no number is itself.

    Examples
    --------
    >>> same_json([1, {"a": None}], [1.0, {"a": None}]), same_json(1, True)
    (True, False)
    """
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same_json(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same_json, one, other))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other or (one != one and other != other))  # noqa: PLR0124  # NaN


def naming_criteria[F: Callable[..., Any]](function: F) -> F:
    """Let a function that takes `RunCriteria` show each of them by name, to Shift+Tab and to completion."""
    shown = inspect.signature(function)
    own = [each for each in shown.parameters.values() if each.kind is not inspect.Parameter.VAR_KEYWORD]
    criteria = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation.__forward_arg__)
        for name, annotation in RunCriteria.__annotations__.items()
    ]
    first = [each for each in own if each.kind is not inspect.Parameter.KEYWORD_ONLY]
    rest = [each for each in own if each.kind is inspect.Parameter.KEYWORD_ONLY]
    cast("Any", function).__signature__ = shown.replace(parameters=[*first, *criteria, *rest])
    return function


def _several(given: str | Iterable[str] | None) -> tuple[str, ...] | None:
    if given is None or isinstance(given, str):
        return None if given is None else (given,)
    return tuple(dict.fromkeys(given))


def _status(given: str) -> RunStatus:
    known = [status.value for status in RunStatus]
    if given in known:
        return RunStatus(given)
    near = closest(str(given), known)
    hint = f"did you mean {' or '.join(map(repr, near))}?" if near else f"it is one of {', '.join(map(repr, known))}."
    raise RunCriterionError("status", given, "is no status of a run", hint=hint)


def _params(given: Mapping[str, Any]) -> dict[str, Any]:
    from dpnb.results.rows import as_stored

    if not hasattr(given, "items"):
        raise RunCriterionError("params", given, "is no mapping", hint="give names with values: {'year': 2013}.")
    return as_stored(dict(given))


def _limit(given: int | None) -> int | None:
    if given is not None and (type(given) is not int or given < 1):
        raise RunCriterionError("limit", given, "is no number of runs", hint="give a whole number from 1.")
    return given


def _any_of(noun: str, values: Iterable[Any] | None, text: Callable[[Any], str]) -> str:
    if values is None:
        return ""
    return f"{noun} {' or '.join(map(text, values)) or 'none'}"


def _local(instant_us: int) -> str:
    return dt.datetime.fromtimestamp(instant_us / 1e6, dt.UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")
