"""How values of each type are read; all others as `objects` says."""

from __future__ import annotations

import collections
import contextvars
import datetime as dt
import decimal
import enum
import fractions
import functools
import logging
import os
import pathlib
import re
import struct
import threading
import types
import typing
import uuid
import zoneinfo
from typing import TYPE_CHECKING, Any

from dpnb.registry.fingerprint.arrays import array_handler_of
from dpnb.registry.fingerprint.callable_values import CALLABLES, read_class, read_module
from dpnb.registry.fingerprint.containers import read_mapping, read_sequence, read_set
from dpnb.registry.fingerprint.objects import read_attributes, read_object

if TYPE_CHECKING:
    from collections.abc import Callable

    from dpnb.registry.fingerprint.values import ValueReader

type Handler = Callable[[ValueReader, Any], str]


@functools.lru_cache(maxsize=4096)
def handler_of(cls: type) -> Handler:
    """Return what reads the values of a type."""
    exact = _EXACT.get(cls)
    if exact is not None:
        return exact
    if cls.__module__ == "typing":
        return _typing_form
    array_handler = array_handler_of(cls)  # first: some of numpy's numbers are Python's too
    if array_handler is not None:
        return array_handler
    return next((handler for family, handler in _FAMILIES if issubclass(cls, family)), read_object)


def _written(_: ValueReader, value: Any) -> str:
    return f"{type(value).__qualname__} {value!a}"


def _moment(reader: ValueReader, value: dt.datetime | dt.time) -> str:
    return f"{type(value).__qualname__} {value.replace(tzinfo=None)!a} {reader.read(value.tzinfo)}"


def _path(_: ValueReader, value: pathlib.PurePath) -> str:
    return f"{type(value).__name__} {str(value)!a}"


def _pattern(reader: ValueReader, value: re.Pattern[Any]) -> str:
    return f"pattern {reader.read(value.pattern)} {value.flags}"


def _by_name(_: ValueReader, value: Any) -> str:
    return f"{type(value).__name__} {getattr(value, 'name', '') or getattr(value, '__name__', '')}"


def _by_type(_: ValueReader, value: Any) -> str:
    return type(value).__name__


def _typing_form(reader: ValueReader, value: Any) -> str:
    origin = typing.get_origin(value)
    if origin is None:
        bound = reader.items((value.__bound__, *value.__constraints__)) if isinstance(value, typing.TypeVar) else ""
        supertype = reader.read(value.__supertype__) if hasattr(value, "__supertype__") else ""
        return f"{type(value).__name__} {getattr(value, '__forward_arg__', '') or ascii(value)} {bound}{supertype}"
    held = (*typing.get_args(value), *getattr(value, "__metadata__", ()))
    return f"alias {'' if origin is value else reader.read(origin)}[{reader.items(held)}]"


def _type_alias(reader: ValueReader, value: typing.TypeAliasType) -> str:
    variables = reader.items(value.__type_params__)
    try:
        meaning = value.__value__
    except NameError as error:  # of something that is defined later, or never
        return f"type {value.__name__} {variables} {error!a}"
    return f"type {value.__name__} {variables} {reader.read(meaning)}"


def _context_variable(reader: ValueReader, value: contextvars.ContextVar[Any]) -> str:
    if value in contextvars.copy_context():
        return reader.lost(value, "a context variable that has been set, of which workers have the default only")
    try:
        default = reader.read(contextvars.Context().run(value.get))
    except LookupError:
        default = "without"
    return f"context variable {value.name} {default}"


def _struct(_: ValueReader, value: struct.Struct) -> str:
    return f"struct {value.format}"


def _enum_member(reader: ValueReader, value: enum.Enum) -> str:
    return f"{reader.type_text(type(value))} member {value.name}"


def _namespace(reader: ValueReader, value: types.SimpleNamespace) -> str:
    return f"{reader.type_text(type(value))} {reader.attributes(vars(value).items())}"


def _named_tuple(reader: ValueReader, value: tuple[Any, ...]) -> str:
    if hasattr(value, "_fields"):
        return f"{reader.type_text(type(value))}({reader.items(value)})"
    return read_object(reader, value)


def _scalar_subclass(reader: ValueReader, value: Any) -> str:
    plain = next(kind for kind in (int, float, complex, str, bytes) if isinstance(value, kind))
    held = str.__str__(value) if plain is str else value
    return f"{ascii(held) if plain is str else plain.__repr__(held)} {read_attributes(reader, value)}"


_LOCKS = (type(threading.Lock()), type(threading.RLock()), threading.Event, threading.Condition, threading.Semaphore)
_WRITTEN = (
    type(Ellipsis),
    type(NotImplemented),
    bytearray,
    range,
    dt.date,
    dt.timedelta,
    dt.timezone,
    zoneinfo.ZoneInfo,
    decimal.Decimal,
    fractions.Fraction,
    uuid.UUID,
)
_EXACT: dict[type, Handler] = {
    **CALLABLES,
    **dict.fromkeys(_WRITTEN, _written),
    **dict.fromkeys(_LOCKS, _by_type),
    dt.datetime: _moment,
    dt.time: _moment,
    list: read_sequence,
    tuple: read_sequence,
    dict: read_mapping,
    collections.OrderedDict: read_mapping,
    types.MappingProxyType: read_mapping,
    set: read_set,
    frozenset: read_set,
    re.Pattern: _pattern,
    contextvars.ContextVar: _context_variable,
    struct.Struct: _struct,
    typing.TypeAliasType: _type_alias,
    types.GenericAlias: _typing_form,
    types.UnionType: _typing_form,
    types.SimpleNamespace: _namespace,
    type(os.environ): _by_type,  # the outside world
}
_FAMILIES: tuple[tuple[type | tuple[type, ...], Handler], ...] = (
    (enum.Enum, _enum_member),
    (type, read_class),
    (types.ModuleType, read_module),
    (pathlib.PurePath, _path),
    (logging.Logger, _by_name),
    (logging.LoggerAdapter, _by_type),
    (tuple, _named_tuple),
    ((int, float, complex, str, bytes), _scalar_subclass),
)
