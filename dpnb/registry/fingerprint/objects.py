"""How objects of all other classes are read: their class, and what pickle would keep of them.

Objects that pickle refuses (connections, files, generators) are untracked, and so are those of the standard library
and of IPython that hold a piece of the running process.
"""

from __future__ import annotations

import copyreg
import functools
import inspect
from types import FunctionType
from typing import TYPE_CHECKING, Any

from dpnb.registry.fingerprint.callable_values import read_compiled
from dpnb.registry.fingerprint.owners import Owner
from dpnb.registry.fingerprint.values import described

if TYPE_CHECKING:
    from dpnb.registry.fingerprint.values import ValueReader

_RUNNING = frozenset(  # modules whose objects are pieces of the running process
    (
        *("IPython", "ipykernel", "ipywidgets", "_thread", "threading", "weakref", "queue", "selectors", "tempfile"),
        *("asyncio", "concurrent", "multiprocessing", "subprocess", "socket", "socketserver", "ssl"),
        *("http", "urllib", "ftplib", "imaplib", "poplib", "smtplib"),
    )
)
_CHANGING_IN_USE = "sqlalchemy.sql."  # tables and statements, which keep what was compiled of them, and who listens
_UNCHANGED_IN_USE = "sqlalchemy.sql.sqltypes"
_PROTOCOL = 4
_KEPT_FOR_SPEED = frozenset(
    ("_hash", "_repr", "_cache")
)  # which packages keep in their objects; it follows from the rest
_CALLED = (FunctionType, classmethod, staticmethod)
_OF_WRAPPERS = frozenset((*functools.WRAPPER_ASSIGNMENTS, "__annotations__", "__annotate__"))


def read_object(reader: ValueReader, value: Any) -> str:
    """Read an object by its class and its state."""
    cls = type(value)
    owner = reader.owners.of_module(cls.__module__)
    if owner is not Owner.USER and cls.__module__.partition(".")[0] in _RUNNING:
        return reader.lost(value)
    if cls.__module__.startswith(_CHANGING_IN_USE) and not cls.__module__.startswith(_UNCHANGED_IN_USE):
        return reader.lost(value, f"{described(value)}, which changes as it is used")
    if cls.__name__ in ("cython_function_or_method", "builtin_function_or_method"):
        return read_compiled(reader, value)
    if owner is not Owner.USER:
        wrapped = _attribute(value, "py_func") or _attribute(value, "__wrapped__")
        if isinstance(wrapped, FunctionType):  # numba, joblib, other decorators' objects
            return f"{reader.type_text(cls)} around {reader.read(wrapped)}"
        size = _attribute(value, "nbytes")
        if isinstance(size, int) and size > reader.max_bytes:
            return reader.lost(value, f"{size:,} bytes of {cls.__qualname__}")
    return _reduced(reader, value, is_foreign=owner is not Owner.USER)


def _attribute(value: Any, name: str) -> Any:
    try:
        return getattr(value, name, None)
    except Exception:  # noqa: BLE001 - a proxy's attributes may do anything
        return None


def read_attributes(reader: ValueReader, value: Any) -> str:
    """Read what an object of a subclass of a plain type holds besides."""
    held = getattr(value, "__dict__", None)
    return f"{reader.type_text(type(value))} {reader.attributes(held.items()) if held else ''}"


def _reduced(reader: ValueReader, value: Any, *, is_foreign: bool) -> str:
    try:
        reducer = copyreg.dispatch_table.get(type(value))  # as pickle looks first
        reduced = reducer(value) if reducer is not None else value.__reduce_ex__(_PROTOCOL)
    except Exception:  # noqa: BLE001 - whatever it is, it says that this object does not keep
        if is_foreign or not _answers_to_any_name(type(value)):
            return reader.lost(value)
        reduced = _by_hand(value)
    before = len(reader.untracked)
    text = f"{reader.type_text(type(value))} {_written(reader, value, reduced)}"
    if is_foreign and len(reader.untracked) > before:  # its parts mean nothing to the user
        del reader.untracked[before:]
        return reader.lost(value)
    return text


def _answers_to_any_name(cls: Any) -> bool:
    """Tell whether a class's ``__getattr__`` is in the way of pickle, which asks for names that may not be there."""
    reducers = cls.__reduce_ex__, cls.__reduce__
    return hasattr(cls, "__getattr__") and reducers == (object.__reduce_ex__, object.__reduce__)


def _by_hand(value: Any) -> tuple[Any, ...]:
    """Return what `object.__reduce_ex__` would, without asking the object itself."""
    items = list.__iter__(value) if isinstance(value, list) else None
    pairs = dict.items(value) if isinstance(value, dict) else None
    return copyreg.__newobj__, (type(value),), object.__getstate__(value), items, pairs  # type: ignore[attr-defined]


def _written(reader: ValueReader, value: Any, reduced: str | tuple[Any, ...]) -> str:
    if isinstance(reduced, str):  # a name to find it by; of a function that became a ufunc, "name (vectorized)"
        return reduced if reduced.replace(".", "_").isidentifier() else reader.lost(value)
    factory, arguments, state, items, pairs = (*reduced, None, None, None)[:5]
    arguments = tuple(argument for argument in arguments if argument is not type(value))
    parts = [getattr(factory, "__qualname__", ""), reader.items(arguments), _state(reader, value, state)]
    parts.append("" if items is None else reader.items(items))
    parts.append("" if pairs is None else reader.read(dict(pairs)))
    return " | ".join(parts)


def _state(reader: ValueReader, value: Any, state: Any) -> str:
    if isinstance(state, tuple) and len(state) == 2 and isinstance(state[1], dict):  # noqa: PLR2004 - attributes, slots
        state = {**(state[0] or {}), **state[1]}
    if not isinstance(state, dict) or not all(type(name) is str for name in state):
        return reader.read(state)
    kept = [
        (name, held)
        for name, held in state.items()
        if name not in _OF_WRAPPERS
        and not _is_cached(reader, type(value), name, held)
        and not _is_kept_for_speed(reader, type(value), name)
    ]
    return reader.attributes(kept)


def _is_cached(reader: ValueReader, cls: type, name: str, held: Any) -> bool:
    """Tell what follows from the rest: of a `functools.cached_property`, or in what `functools` keeps weakly.

    Packages have cached properties of their own, which are known by giving way to what lies in the object.
    """
    if cls.__module__ == "functools" and type(held).__module__ == "weakref":  # `singledispatchmethod` from 3.13 on
        return True
    computes = type(inspect.getattr_static(cls, name, None))
    if computes is functools.cached_property:
        return True
    gives_way = hasattr(computes, "__get__") and not hasattr(computes, "__set__") and computes not in _CALLED
    return gives_way and reader.owners.of_module(computes.__module__) is Owner.INSTALLED


def _is_kept_for_speed(reader: ValueReader, cls: type, name: str) -> bool:
    return name in _KEPT_FOR_SPEED and reader.owners.of_module(cls.__module__) is not Owner.USER
