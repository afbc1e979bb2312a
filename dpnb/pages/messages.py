"""What a page may ask for: each method's parameters, by name and type. What does not fit reaches nothing."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, field, fields
from types import UnionType
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

from dpnb.errors import PageRequestError

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_ROWS = 500
MOST_RUNS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """No parameters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsAsked:
    """Runs that fit `text`, a filter as it is typed, in any of some statuses; from `offset`, newest first."""

    text: str = ""
    statuses: list[str] = field(default_factory=list)
    offset: int = 0
    limit: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class RunAsked:
    """One run."""

    run_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskAsked:
    """One task of a run."""

    run_id: str
    task: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MomentAsked:
    """How a run stands, and details of the task that is open."""

    run_id: str
    task: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelAsked:
    """That a run ends: asked politely, or at once."""

    run_id: str
    at_once: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RerunAsked:
    """That a run is done again; `key` names the click, so that a click that comes twice starts one run.

    `params` holds texts, as they were typed into what ``run.form`` describes.
    """

    run_id: str
    tasks: str | list[str] = "stale"
    downstream: bool = True
    params: dict[str, Any] = field(default_factory=dict)
    key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemarkAsked:
    """What is noted of a run, as far as it is given."""

    run_id: str
    note: str | None = None
    pinned: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeveralAsked:
    """Some runs."""

    run_ids: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairAsked:
    """Two runs."""

    a: str
    b: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ValuesAsked:
    """The results of one task in two runs."""

    a: str
    b: str
    task: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultAsked:
    """A question about a task's result, in the words of `Browsed.answer`; `viewer` and `turn` as `ResultViews` says."""

    run_id: str
    task: str
    ask: str
    viewer: str = ""
    turn: int = 0
    at: list[int] | None = None
    path: list[int] | None = None
    view: dict[str, Any] | None = None
    offset: int | None = None
    limit: int | None = None
    columns: list[int] | None = None
    column: int | None = None
    row: int | None = None

    @property
    def begins(self) -> bool:
        """Whether a view is opened by it."""
        return self.ask == "describe" and not self.at

    def question(self) -> dict[str, Any]:
        """Return what is asked of the result itself, as far as it is given."""
        names = ("ask", "at", "path", "view", "offset", "limit", "columns", "column", "row")
        return {name: given for name in names if (given := getattr(self, name)) is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewerAsked:
    """One view of a result."""

    viewer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PruneAsked:
    """Which runs go: all but the newest `keep`, those that are older than a span; see `dpnb.prune`."""

    keep: int | None = None
    older_than: str | None = None
    dry_run: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleAsked:
    """One schedule."""

    name: str


def read_request[R](kind: type[R], method: str, params: Mapping[str, Any]) -> R:
    """Return what a page has sent as a request of this kind.

    Raises
    ------
    PageRequestError
        A parameter is missing, unknown, or of another type.

    Examples
    --------
    >>> read_request(RunAsked, "run.facts", {"run_id": "run_1"})
    RunAsked(run_id='run_1')
    """
    hints = get_type_hints(kind)
    for name, value in params.items():
        if name not in hints:
            raise PageRequestError(method, rule=f"it has no parameter {name!r}")
        if not _fits(value, hints[name]):
            raise PageRequestError(method, rule=f"{name!r} cannot be {value!r:.80}")
    required = (one.name for one in fields(kind) if one.default is MISSING and one.default_factory is MISSING)  # type: ignore[arg-type]
    if missing := [name for name in required if name not in params]:
        raise PageRequestError(method, rule=f"it needs {' and '.join(map(repr, missing))}")
    return kind(**params)


def _fits(value: object, hint: Any) -> bool:
    """Tell whether a value of JSON is of a type, and each item of a list; a truth is no number."""
    if get_origin(hint) is list:
        (kind,) = get_args(hint)
        return isinstance(value, list) and all(_fits(item, kind) for item in value)
    if get_origin(hint) is dict:
        return isinstance(value, dict)
    if isinstance(hint, UnionType):
        return any(_fits(value, kind) for kind in get_args(hint))
    return type(value) is hint
