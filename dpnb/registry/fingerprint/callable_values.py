"""How functions, methods, classes, modules and what wraps them are read."""

from __future__ import annotations

import functools
import types
from typing import TYPE_CHECKING, Any

from dpnb.registry.fingerprint.owners import Owner
from dpnb.registry.fingerprint.units import Kind, Target

if TYPE_CHECKING:
    from collections.abc import Callable

    from dpnb.registry.fingerprint.values import ValueReader


def read_function(reader: ValueReader, value: types.FunctionType) -> str:
    """Read a function: an edge, unless it is a plain one of the standard library."""
    if not value.__closure__ and reader.owners.of_function(value) is Owner.STANDARD:
        return f"function {value.__qualname__}"
    return f"function {value.__name__} {reader.refer(Target(Kind.FUNCTION, value, value.__module__))}"


def read_class(reader: ValueReader, value: type) -> str:
    """Read a class as `ValueReader.type_text` says."""
    return f"class {reader.type_text(value)}"


def read_module(reader: ValueReader, value: types.ModuleType) -> str:
    """Read a module that is handed on as a whole."""
    owner = reader.owners.of_module(value.__name__)
    if owner is Owner.USER:
        return f"module {reader.refer(Target(Kind.MODULE, value, value.__name__))}"
    if owner is Owner.INSTALLED:
        reader.need_package(value.__name__)
    return f"module {value.__name__}"


def _builtin(reader: ValueReader, value: Any) -> str:
    held = getattr(value, "__self__", None)
    if held is not None and not isinstance(held, types.ModuleType):
        return f"{value.__name__} of {reader.read(held)}"
    module = value.__module__ or "builtins"
    return (
        f"builtin {value.__qualname__}"
        if reader.owners.of_module(module) is Owner.STANDARD
        else read_compiled(reader, value)
    )


def read_compiled(reader: ValueReader, value: Any) -> str:
    """Read a compiled function: by its package's version, or as untracked if it is the user's own."""
    module, name = value.__module__ or "", value.__qualname__
    owner = reader.owners.of_module(module)
    if owner is Owner.USER:
        return f"{reader.lost(value, f'the compiled function {module}.{name}')} {name}"
    if owner is Owner.INSTALLED:
        reader.need_package(module)
    return f"compiled {name}"


def _descriptor(_: ValueReader, value: Any) -> str:
    return f"builtin {value.__objclass__.__qualname__}.{value.__name__}"


def _method(reader: ValueReader, value: types.MethodType) -> str:
    return f"method {reader.read(value.__func__)} of {reader.read(value.__self__, '.__self__')}"


def _partial(reader: ValueReader, value: functools.partial[Any]) -> str:
    given = f"{reader.items(value.args)}; {reader.attributes(value.keywords.items())}"
    return f"{type(value).__name__} {reader.read(value.func)}({given})"


def _cached(reader: ValueReader, value: Any) -> str:
    return f"cached {reader.read(value.__wrapped__)} {sorted(value.cache_parameters().items())}"


def _wrapping(reader: ValueReader, value: Any) -> str:
    return f"{type(value).__name__} {reader.read(value.__func__)}"


def _property(reader: ValueReader, value: property) -> str:
    return f"property {reader.items((value.fget, value.fset, value.fdel))}"


def _cached_property(reader: ValueReader, value: functools.cached_property[Any]) -> str:
    return f"cached_property {reader.read(value.func)}"


CALLABLES: dict[type, Callable[[ValueReader, Any], str]] = {
    types.FunctionType: read_function,
    types.BuiltinFunctionType: _builtin,
    types.MethodWrapperType: _builtin,
    types.MethodDescriptorType: _descriptor,
    types.WrapperDescriptorType: _descriptor,
    types.ClassMethodDescriptorType: _descriptor,
    types.GetSetDescriptorType: _descriptor,
    types.MemberDescriptorType: _descriptor,
    types.MethodType: _method,
    functools.partial: _partial,
    functools.partialmethod: _partial,
    type(functools.lru_cache(len)): _cached,
    staticmethod: _wrapping,
    classmethod: _wrapping,
    property: _property,
    functools.cached_property: _cached_property,
}
