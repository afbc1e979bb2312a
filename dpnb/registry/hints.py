"""Annotations become types when a plan is made, name by name, so that one that fails does not lose the others."""

from __future__ import annotations

import contextlib
import inspect
import re
import typing
from dataclasses import dataclass
from types import FunctionType, SimpleNamespace, UnionType
from typing import TYPE_CHECKING, Any

from dpnb.registry.callables import layers
from dpnb.registry.context import TaskContext

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dpnb.registry.metadata import TaskMetadata

_RETURN = "return"  # cannot be a parameter's name
_CONTEXT_IN_WORDS = (
    r"(?:[\w.]*\bOptional\[\s*)?(?:\w+\.)*TaskContext(?:\s*\])?(?:\s*\|\s*None)?|None\s*\|\s*(?:\w+\.)*TaskContext"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnresolvedHint:
    """An annotation that names nothing known; `parameter` is ``"return"`` for the return annotation."""

    parameter: str
    annotation: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedHints:
    """A task's annotations as types; ``Any`` where there is none, or where it could not be resolved."""

    parameters: Mapping[str, Any]
    returns: Any
    unresolved: tuple[UnresolvedHint, ...] = ()


class HintResolver:
    """Resolves the hints of many tasks, each distinct annotation of a module once.

    Make one per plan: what a name stands for may change when the next cell runs.
    """

    def __init__(self) -> None:
        self._modules: dict[int, dict[Any, Any]] = {}  # by the id of a function's globals: annotation → hint

    def resolve(self, task: TaskMetadata) -> ResolvedHints:
        """Return the task's hints; never raises."""
        schema, func = task.schema, _innermost(task.func)
        known = self._known_to(func)
        try:  # most annotations have been met before
            return ResolvedHints(
                parameters={p.name: known[p.annotation] for p in schema.parameters}, returns=known[schema.returns]
            )
        except (KeyError, TypeError):
            annotations = {p.name: p.annotation for p in schema.parameters} | {_RETURN: schema.returns}
            return _resolve_all(func, annotations, known)

    def _known_to(self, func: FunctionType) -> dict[Any, Any]:
        if func.__closure__ or func.__type_params__:  # names that stand for something in this function alone
            return {}
        return self._modules.setdefault(id(func.__globals__), {inspect.Parameter.empty: Any})


def _resolve_all(func: FunctionType, annotations: dict[str, Any], known: dict[Any, Any]) -> ResolvedHints:
    """Resolve what can be, and remember it in `known`."""
    hints: dict[str, Any] = {}
    unresolved: list[UnresolvedHint] = []
    for parameter, annotation in annotations.items():
        try:
            hints[parameter] = _resolve(func, annotation)
        except Exception as error:  # noqa: BLE001 - evaluating an annotation runs the user's code
            hints[parameter] = TaskContext if is_context(annotation) else Any
            if hints[parameter] is Any:
                unresolved.append(_unresolved(parameter, annotation, error))
        else:
            with contextlib.suppress(TypeError):  # metadata that cannot be hashed is resolved each time
                known[annotation] = hints[parameter]
    returns = hints.pop(_RETURN)
    return ResolvedHints(parameters=hints, returns=returns, unresolved=tuple(unresolved))


def _resolve(func: FunctionType, annotation: Any) -> Any:
    if annotation is inspect.Parameter.empty:
        return Any
    if isinstance(annotation, type):
        return annotation
    holder = SimpleNamespace(__annotations__={"hint": annotation})
    return typing.get_type_hints(holder, func.__globals__, _local_names(func), include_extras=True)["hint"]


def _unresolved(parameter: str, annotation: Any, error: Exception) -> UnresolvedHint:
    text = annotation if isinstance(annotation, str) else repr(annotation)
    return UnresolvedHint(parameter=parameter, annotation=text, reason=f"{type(error).__name__}: {error}")


def resolve_hints(task: TaskMetadata) -> ResolvedHints:
    """Resolve the annotations of one task against the globals and closure of its function; never raises."""
    return HintResolver().resolve(task)


def is_context(hint: Any) -> bool:
    """Tell whether a hint asks for the attempt's `TaskContext`; ``Optional`` counts, and so does its name as text."""
    if hint is TaskContext:
        return True
    if isinstance(hint, str):
        return re.fullmatch(_CONTEXT_IN_WORDS, hint.strip().strip("'\"")) is not None
    if isinstance(hint, typing.TypeAliasType):
        return is_context(hint.__value__)
    if typing.get_origin(hint) is typing.Annotated or _is_union(hint):
        return any(member is TaskContext for member in typing.get_args(hint))
    return False


def admits_none(hint: Any) -> bool:
    """Tell whether a hint says that ``None`` may come; ``Any`` and no hint at all do not say so."""
    if hint is None or hint is type(None):
        return True
    return _is_union(hint) and type(None) in typing.get_args(hint)


def _is_union(hint: Any) -> bool:
    return typing.get_origin(hint) in (typing.Union, UnionType)


def _innermost(func: Callable[..., Any]) -> FunctionType:
    """Return the function that the annotations were written on."""
    if not hasattr(func, "__wrapped__") and isinstance(func, FunctionType):
        return func
    return [layer for layer in layers(func) if isinstance(layer, FunctionType)][-1]


def _local_names(func: FunctionType) -> dict[str, Any]:
    names: dict[str, Any] = {parameter.__name__: parameter for parameter in func.__type_params__}
    for name, cell in zip(func.__code__.co_freevars, func.__closure__ or (), strict=True):
        try:
            names[name] = cell.cell_contents
        except ValueError:  # not assigned yet
            continue
    return names
