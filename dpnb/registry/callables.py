"""Which callables can be tasks, how they are called, and why the others are refused."""

from __future__ import annotations

import functools
import inspect
import types
from typing import TYPE_CHECKING, Any, cast

from dpnb.errors import TaskDefinitionError
from dpnb.registry.metadata import TaskKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def plain_function(candidate: object) -> types.FunctionType:
    """Return `candidate` if it can be a task: a function with a name, defined with ``def`` or ``async def``.

    Raises
    ------
    TaskDefinitionError
        With the reason, and what to write instead.
    """
    refusal = _refusal(candidate)
    if refusal is None:
        return cast("types.FunctionType", candidate)
    rule, hint = refusal
    raise TaskDefinitionError(_subject(candidate), rule, hint=hint)


def layers(func: Callable[..., Any]) -> Iterator[Callable[..., Any]]:
    """Yield a function and what it wraps (``functools.wraps``), outermost first."""
    seen: set[int] = set()
    layer: Any = func
    while layer is not None and id(layer) not in seen:
        seen.add(id(layer))
        yield layer
        layer = getattr(layer, "__wrapped__", None)


def kind_of(func: Callable[..., Any]) -> TaskKind:
    """Tell how a function is called; a plain wrapper is taken to hand on what the function it wraps returns."""
    kinds = map(_own_kind, layers(func))
    return next((kind for kind in kinds if kind is not TaskKind.FUNCTION), TaskKind.FUNCTION)


def _own_kind(func: Callable[..., Any]) -> TaskKind:
    if inspect.isasyncgenfunction(func):
        return TaskKind.ASYNC_GENERATOR
    if inspect.iscoroutinefunction(func):
        return TaskKind.COROUTINE
    if inspect.isgeneratorfunction(func):
        return TaskKind.GENERATOR
    return TaskKind.FUNCTION


def _subject(candidate: object) -> str:
    name = candidate if isinstance(candidate, str) else getattr(candidate, "__qualname__", None)
    return name if isinstance(name, str) else repr(candidate)[:80]


def _refusal(candidate: object) -> tuple[str, str] | None:
    if isinstance(candidate, types.FunctionType):
        return _function_refusal(candidate)
    for kind, rule, hint in _REFUSED:
        if isinstance(candidate, kind):
            return rule, hint
    if callable(candidate):
        return (
            f"it is an object of class {type(candidate).__name__!r} that can be called, not a function.",
            "put @task directly above a def, beneath other decorators, or write a function that calls the object.",
        )
    return f"it is of type {type(candidate).__name__!r}, not a function.", "decorate a function: @task above a def."


def _function_refusal(func: types.FunctionType) -> tuple[str, str] | None:
    if func.__name__ == "<lambda>":
        return "a lambda has no name to be known by.", "write it as a function with def."
    enclosing = func.__qualname__.rpartition(".")[0]
    if enclosing and not enclosing.endswith("<locals>"):
        return (
            f"it is a method of {enclosing!r}; a task has no instance to be called on.",
            "move it out of the class, and pass what it needs of the instance as arguments.",
        )
    return None


_METHOD_HINT = "write a function outside of the class that calls it, and decorate that."
_REFUSED: tuple[tuple[Any, str, str], ...] = (
    (type, "it is a class, not a function.", "write a function that makes and returns the object."),
    (types.MethodType, "it is a method bound to an object.", _METHOD_HINT),
    ((classmethod, staticmethod, property), "it belongs to a class; a task is a function of its own.", _METHOD_HINT),
    (
        (types.BuiltinFunctionType, types.MethodDescriptorType, types.WrapperDescriptorType, types.MethodWrapperType),
        "it is built in, so it has neither code nor type hints to read.",
        "write a function that calls it.",
    ),
    (
        functools.partial,
        "functools.partial has no name and hides the signature.",
        "write a function that passes the fixed arguments, or give them a default.",
    ),
    (
        (str, list, tuple, set, dict),
        "@task was given a value where the function belongs.",
        "name the option: @task(name=…), @task(tags=…) or @task(dependencies=…).",
    ),
)
