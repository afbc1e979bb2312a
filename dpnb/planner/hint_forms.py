"""Type hints brought into the few forms that can be compared."""

from __future__ import annotations

import types
import typing
from typing import Any

_WRAPPERS = (typing.Annotated, typing.Final, typing.Required, typing.NotRequired, typing.ClassVar)
_VARIABLES = (typing.TypeVar, typing.ParamSpec, typing.TypeVarTuple)
_ELEMENTS: dict[type, type] = {str: str, bytes: int, bytearray: int, memoryview: int, range: int}
_NEVER = (typing.Never, typing.NoReturn)


def plain(hint: Any) -> Any:
    """Strip what does not change the values meant: aliases, ``Annotated``, ``Final``; a type variable is its bound."""
    while True:
        origin = typing.get_origin(hint)
        if hint is None:
            return types.NoneType
        if isinstance(hint, typing.TypeAliasType):
            hint = hint.__value__
        elif isinstance(origin, typing.TypeAliasType):
            hint = origin.__value__[typing.get_args(hint)]
        elif origin in _WRAPPERS:
            hint = typing.get_args(hint)[0]
        elif isinstance(hint, _VARIABLES):
            return _bound(hint)
        elif isinstance(hint, str | typing.ForwardRef) or hint is typing.Self:
            return Any
        else:
            return str if hint is typing.LiteralString else hint


def members(hint: Any) -> tuple[Any, ...]:
    """Return the members of a union, or nothing."""
    return typing.get_args(hint) if typing.get_origin(hint) in (typing.Union, types.UnionType) else ()


def is_never(hint: Any) -> bool:
    """Tell whether no value has this type."""
    return hint in _NEVER


def is_tuple(hint: Any) -> bool:
    """Tell whether a hint says which elements a tuple has; ``tuple[()]`` does, ``tuple`` does not."""
    return typing.get_origin(hint) is tuple and hasattr(hint, "__args__")


def arguments(hint: Any, expected: type) -> tuple[Any, ...]:
    """Return the type arguments of `hint` seen as `expected`; empty where they are not known.

    ``class Rows(list[int])`` has ``(int,)`` as a list; ``str`` has ``(str,)`` as a sequence; a dict iterates its keys.
    """
    given = typing.get_args(hint)
    origin = typing.get_origin(hint) or hint
    if origin is tuple and given:
        return (_union(given),) if given[-1:] != (Ellipsis,) else given[:1]
    if given or not isinstance(origin, type):
        return given
    for kind, element in _ELEMENTS.items():
        if issubclass(origin, kind):
            return (element,)
    bases = _subscripted_bases(origin)
    fitting = (base for base in bases if _is_subclass(typing.get_origin(base), expected))
    return next((typing.get_args(base) for base in fitting), ())


def yielded(hint: Any) -> Any:
    """Return what a generator's return annotation says that it yields; ``Any`` where it does not say."""
    given = typing.get_args(plain(hint))
    return given[0] if given else Any


def awaited(hint: Any) -> Any:
    """Return the type that awaiting gives, where a wrapper says ``Awaitable[T]`` or ``Coroutine[S, R, T]``."""
    origin = typing.get_origin(plain(hint))
    names = ("Awaitable", "Coroutine", "CoroutineType")
    return typing.get_args(plain(hint))[-1] if getattr(origin, "__name__", "") in names else hint


def _bound(variable: Any) -> Any:
    if getattr(variable, "__constraints__", ()):
        return _union(variable.__constraints__)
    bound = getattr(variable, "__bound__", None)
    return Any if bound is None else plain(bound)


def _union(hints: tuple[Any, ...]) -> Any:
    return typing.Union[hints]  # noqa: UP007 - made of a tuple


def _subscripted_bases(kind: type) -> list[Any]:
    """Return the generic bases of a class and of its bases, as written."""
    return [base for one in kind.__mro__ for base in types.get_original_bases(one) if typing.get_args(base)]


def _is_subclass(kind: Any, expected: type) -> bool:
    try:
        return issubclass(kind, expected)
    except TypeError:
        return False
