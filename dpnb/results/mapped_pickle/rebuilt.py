"""Rebuilds what is neither function nor class: aliases of types, dispatchers, cached functions, context variables.

Pickle looks such an object up in the module that it names, or refuses it. One from a cell is in no module that another
process can import, so that it is made anew there. What it leads to may lead back to it; so it is made first, and told
its content afterwards.
"""

from __future__ import annotations

import contextvars
import functools
import gc
import struct
import sys
import types
import typing
from functools import cache
from typing import TYPE_CHECKING, Any

from dpnb.results.mapped_pickle.type_aliases import alias_anew, reduce_alias, tell_meaning, variable_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

type Reduction = tuple[Any, ...]

_DISPATCHER = functools.singledispatch(len).__code__  # type: ignore[attr-defined]  # one for all of them
_OF_DISPATCHERS = ("register", "dispatch", "registry", "_clear_cache", "__wrapped__")
_CACHED = type(cache(len))


class Rebuilder:
    """Tells how the objects of one pickle are rebuilt; it remembers which variables belong to which alias."""

    def __init__(self) -> None:
        self._variables: dict[int, tuple[typing.TypeAliasType, int]] = {}
        self._reductions = _REDUCTIONS if "numpy" not in sys.modules else _with_numpy()

    def reduce(self, value: Any) -> Reduction | None:
        """Return how a value is made anew; None if pickle shall see to it."""
        reduction = self._reductions.get(type(value))
        if reduction is None:
            return None
        if id(value) in self._variables:
            return variable_of, self._variables[id(value)]
        reduced = reduction(value)
        if reduced is None or can_be_imported(value, _name(value)):
            return None
        if isinstance(value, typing.TypeAliasType):
            numbered = enumerate(value.__type_params__)
            self._variables.update((id(one), (value, number)) for number, one in numbered)
        return reduced


def can_be_imported(value: Any, qualified_name: str) -> bool:
    """Tell whether another process finds an object where it says that it is."""
    module = getattr(value, "__module__", None)
    if module in (None, "__main__"):
        return False
    found: Any = sys.modules.get(str(module))
    for name in qualified_name.split("."):
        found = getattr(found, name, None)
    return found is value


def is_dispatcher(value: Any) -> bool:
    """Tell whether a function is one that ``functools.singledispatch`` has made."""
    return getattr(value, "__code__", None) is _DISPATCHER


def function_of_ufunc(ufunc: Any) -> Any:
    """Return the function that ``numpy.frompyfunc`` has made a ufunc of; None if it is one of numpy's own."""
    held = [one for one in gc.get_referents(ufunc) if callable(one)]
    return held[0] if len(held) == 1 and ufunc.__name__.endswith(" (vectorized)") else None


def _name(value: Any) -> str:
    return str(getattr(value, "__qualname__", "") or getattr(value, "__name__", ""))


def _function(value: types.FunctionType) -> Reduction | None:
    if not is_dispatcher(value):
        return None
    registry = value.registry  # type: ignore[attr-defined]
    extra = {name: held for name, held in vars(value).items() if name not in _OF_DISPATCHERS}
    return dispatcher_anew, (value.__name__,), (list(registry.items()), extra), None, None, tell_implementations


def dispatcher_anew(name: str) -> Callable[..., Any]:
    """Return what ``functools.singledispatch`` makes of a function that is told later."""

    def untold(*_: Any) -> None:
        """Stand for the function."""

    untold.__name__ = name
    return functools.singledispatch(untold)


def tell_implementations(dispatcher: Any, told: tuple[list[tuple[type, Any]], dict[str, Any]]) -> None:
    """Register what was registered."""
    implementations, extra = told
    for cls, implementation in implementations:
        dispatcher.register(cls, implementation)
    functools.update_wrapper(dispatcher, dict(implementations)[object])
    vars(dispatcher).update(extra)


def _method(value: functools.singledispatchmethod[Any]) -> Reduction:
    return method_anew, (), {"dispatcher": value.dispatcher, "func": value.func}, None, None, tell_attributes


def method_anew() -> functools.singledispatchmethod[Any]:
    """Return a ``functools.singledispatchmethod`` whose dispatcher is told later."""
    return functools.singledispatchmethod(lambda *_: None)


def tell_attributes(value: Any, told: dict[str, Any]) -> None:
    """Set the attributes of something that has no state for pickle."""
    vars(value).update(told)


def _cached(value: Any) -> Reduction:
    return cached_anew, (value.__wrapped__, value.cache_parameters())


def cached_anew(function: Callable[..., Any], parameters: Mapping[str, Any]) -> Callable[..., Any]:
    """Return what ``functools.lru_cache`` makes of a function, with nothing cached yet."""
    cached: Callable[..., Any] = functools.lru_cache(**parameters)(function)
    return cached


def _new_type(value: Any) -> Reduction:
    return typing.NewType, (value.__name__, object), dict(vars(value))


def _variadic(value: typing.TypeVarTuple | typing.ParamSpec) -> Reduction:
    return type(value), (value.__name__,)


def _context_variable(value: contextvars.ContextVar[Any]) -> Reduction:
    for module in list(sys.modules.values()):  # which it does not tell by itself
        if type(module) is types.ModuleType and module.__name__ != "__main__":
            name = next((name for name, held in list(vars(module).items()) if held is value), None)
            if name is not None:
                return getattr, (module, name)
    return context_variable_anew, (value.name, *default_of(value))


def default_of(variable: contextvars.ContextVar[Any]) -> tuple[Any, ...]:
    """Return the default of a context variable; nothing if it has none."""
    try:
        return (contextvars.Context().run(variable.get),)
    except LookupError:
        return ()


def context_variable_anew(name: str, *default: Any) -> contextvars.ContextVar[Any]:
    """Return a context variable that is set to nothing yet."""
    return contextvars.ContextVar(name, default=default[0]) if default else contextvars.ContextVar(name)


def _struct(value: struct.Struct) -> Reduction:
    return struct.Struct, (value.format,)


def _mapping(value: types.MappingProxyType[Any, Any]) -> Reduction:
    return types.MappingProxyType, (dict(value),)


def _ufunc(value: Any) -> Reduction | None:
    function = function_of_ufunc(value)
    return None if function is None else (ufunc_anew, (function, value.nin, value.nout, value.identity))


def ufunc_anew(function: Callable[..., Any], inputs: int, outputs: int, identity: Any) -> Any:
    """Return what ``numpy.frompyfunc`` makes of a function."""
    import numpy as np

    if identity is None:
        return np.frompyfunc(function, inputs, outputs)
    return np.frompyfunc(function, inputs, outputs, identity=identity)


def _left_to_others(_: Any) -> None:
    """Reduce nothing: cloudpickle knows it, unless it is the variable of an alias."""


_REDUCTIONS: dict[type, Callable[[Any], Reduction | None]] = {
    typing.TypeAliasType: reduce_alias,
    typing.NewType: _new_type,
    typing.TypeVar: _left_to_others,
    typing.TypeVarTuple: _variadic,
    typing.ParamSpec: _variadic,
    types.FunctionType: _function,
    types.MappingProxyType: _mapping,
    functools.singledispatchmethod: _method,
    _CACHED: _cached,
    contextvars.ContextVar: _context_variable,
    struct.Struct: _struct,
}


@cache
def _with_numpy() -> dict[type, Callable[[Any], Reduction | None]]:
    return {**_REDUCTIONS, sys.modules["numpy"].ufunc: _ufunc}


REBUILDING: frozenset[object] = frozenset(
    (
        *(alias_anew, tell_meaning, variable_of, dispatcher_anew, tell_implementations, method_anew),
        *(tell_attributes, cached_anew, context_variable_anew, ufunc_anew),
    )
)
"""What pickles call to rebuild; whoever has no dpnb needs these too."""
