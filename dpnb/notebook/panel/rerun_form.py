"""What is asked before a run is run again: its parameters, and which of its tasks."""

from __future__ import annotations

import inspect
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from dpnb.errors import RerunParameterError, closest
from dpnb.notebook.panel.given_values import ParameterType, parameter_types, shown
from dpnb.orchestrator.rerun_asked import RerunAsked
from dpnb.planner import Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dpnb.orchestrator import Run

_OPEN = (Source.PARAM, Source.DEFAULT)
_MOST_TAKERS = 5
_ABSENT = inspect.Parameter.empty


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterField:
    """A parameter that may be given another value.

    `text` is the run's own value, to be edited; None where it had none, or one that no text gives back. `hint` tells
    what stands then: the tasks' default, or the value as far as it is known.
    """

    name: str
    type: str
    kind: str
    text: str | None
    hint: str
    choices: tuple[str, ...]
    takers: str


def rerun_form(run: Run) -> dict[str, Any]:
    """Return what a page asks, as JSON can carry it."""
    return {"fields": [asdict(_field(run, name, takers)) for name, takers in _open_parameters(run).items()]}


def read_rerun(run: Run, *, tasks: str | list[str], downstream: bool, params: Mapping[str, str]) -> RerunAsked:
    """Return what a page has asked for, with the texts of its parameters as the values that they stand for.

    Raises
    ------
    RerunParameterError
        A parameter is none that a task of the run takes, or a text stands for no value of its type.
    """
    known = _open_parameters(run) if params else {}
    given = {name: _type_of(run, name, known).read(name, text) for name, text in params.items()}
    return RerunAsked(tasks=tasks, downstream=downstream, params=given)


def _open_parameters(run: Run) -> dict[str, list[str]]:
    """Return the tasks that take each parameter which no task fills, in the plan's order."""
    found: dict[str, list[str]] = {}
    for task in run.outline.tasks:
        for binding in task.bindings:
            if binding.source in _OPEN:
                found.setdefault(binding.parameter, []).append(task.name)
    return found


def _type_of(run: Run, name: str, known: Mapping[str, list[str]]) -> ParameterType:
    """Return what a parameter is to be; anything, where several tasks differ about it."""
    if name not in known:
        near = closest(name, known)
        raise RerunParameterError(name, "", f"none that a task of it takes{f'; {near[0]!r} is' if near else ''}")
    signatures = (run.outline_tasks[task].signature for task in known[name])
    annotations = {text for signature in signatures if (text := parameter_types(signature).get(name))}
    return ParameterType.of(annotations.pop()) if len(annotations) == 1 else ParameterType()


def _field(run: Run, name: str, takers: list[str]) -> ParameterField:
    kind = _type_of(run, name, {name: takers})
    params = run.known_params
    text = kind.write(params[name]) if name in params else None
    more = f" and {len(takers) - _MOST_TAKERS} more" if len(takers) > _MOST_TAKERS else ""
    return ParameterField(
        name=name,
        type=kind.text,
        kind=str(kind.kind),
        text=text,
        hint="" if text is not None else _hint(run, name, takers),
        choices=tuple(map(repr, [*kind.choices, *([None] if kind.admits_none and kind.choices else [])])),
        takers=", ".join(takers[:_MOST_TAKERS]) + more,
    )


def _hint(run: Run, name: str, takers: list[str]) -> str:
    if name in run.known_params:
        return f"as it was: {shown(run.known_params[name])}"
    defaults = list(dict.fromkeys(shown(one) for one in _defaults(run, name, takers)))
    return f"default: {' or '.join(defaults)}" if defaults else "its default"


def _defaults(run: Run, name: str, takers: list[str]) -> Iterator[Any]:
    """Yield the defaults of the tasks that this process knows."""
    registry = run.workspace.registry
    for task in takers:
        if task in registry:
            parameter = inspect.signature(registry.get(task).func).parameters.get(name)
            if parameter is not None and parameter.default is not _ABSENT:
                yield parameter.default
