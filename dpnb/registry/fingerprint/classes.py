"""Classes as units: bases, annotations, values and methods, as they are now, whoever has set them.

What a framework has generated does not count, only what it was generated from: fields of dataclasses, of attrs and of
pydantic, members of enums, fields of named tuples.
"""

from __future__ import annotations

import enum
import inspect
import re
import sys
import types
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from dpnb.registry.fingerprint.digests import text_digest
from dpnb.registry.fingerprint.frameworks import generated_from, has_generated, is_of_framework
from dpnb.registry.fingerprint.meanings import meant
from dpnb.registry.fingerprint.owners import Owner
from dpnb.registry.fingerprint.told_classes import registered
from dpnb.registry.fingerprint.units import Kind, Target, Unit
from dpnb.registry.fingerprint.value_texts import value_text
from dpnb.registry.fingerprint.values import ValueReader
from dpnb.registry.type_names import type_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dpnb.registry.fingerprint.code_readers import Aspect
    from dpnb.registry.fingerprint.frameworks import Line
    from dpnb.registry.fingerprint.owners import Ownership

_OF_PYTHON = frozenset(  # what classes have without being asked, or what follows from the rest
    (
        *("__module__", "__qualname__", "__doc__", "__dict__", "__weakref__", "__annotations__", "__firstlineno__"),
        *("__static_attributes__", "__abstractmethods__", "__slotnames__", "__type_params__", "__parameters__"),
        *("__annotate__", "__annotate_func__", "__annotations_cache__", "__signature__"),
    )
)
_DUNDER = re.compile(r"__\w+__")
_SUNDER = re.compile(r"_[^\W_]\w*_")
_NAMES = re.compile(r"[^\W\d]\w*")
_SLOTS = (types.MemberDescriptorType, types.GetSetDescriptorType)


def class_unit(target: Target, owners: Ownership, max_bytes: int, aspects: frozenset[Aspect] = frozenset()) -> Unit:
    """Read a class of the user's own, without its methods' code and its bases', which are edges."""
    cls: type = target.subject
    reader = ValueReader(owners, max_bytes)
    head = f"class {cls.__qualname__}({', '.join(reader.read(base, '(base)') for base in cls.__bases__)})"
    if type(cls) is not type:
        head += f" {reader.read(type(cls), '(metaclass)')}"
    lines = [
        *_annotations(reader, cls),
        *_made_from(reader, cls),
        *_registered(reader, cls),
        *_members(reader, cls, owners),
        *_asked(cls, aspects),
    ]
    shown = f"class {cls.__name__}({', '.join(base.__name__ for base in cls.__bases__)}):"
    return Unit(
        kind=Kind.CLASS,
        module=cls.__module__,
        name=cls.__qualname__.rpartition("<locals>.")[2],
        digest=text_digest("\n".join([head, *(counted for counted, _ in lines)])),
        text="\n".join([shown, *(f"    {shown}" for _, shown in lines if shown)]),
        edges=reader.edges,
        untracked=reader.untracked,
        names=[(cls.__module__, cls.__qualname__.partition(".")[0])],
    )


def _asked(cls: type, aspects: frozenset[Aspect]) -> Iterator[Line]:
    """Yield what does not count otherwise, where something reads it."""
    if "docs" in aspects:
        yield f"doc {cls.__doc__!a}", f"# doc = {cls.__doc__!r}"
    if "text" in aspects:
        with suppress(OSError, TypeError):  # which are told of where it is asked for
            yield f"text {inspect.getsource(cls)!a}", ""


def _annotations(reader: ValueReader, cls: type) -> Iterator[Line]:
    namespace = getattr(sys.modules.get(cls.__module__), "__dict__", {})
    for name, annotation in inspect.get_annotations(cls).items():
        hint = meant(annotation, namespace, {**cls.__dict__})
        counted = reader.read(hint, f".{name}")
        if isinstance(hint, str):  # it names something that is not there
            named = [namespace.get(word) for word in _NAMES.findall(hint)]
            counted += "".join(reader.read(found, f".{name}") for found in named if isinstance(found, type))
        yield f"{name}: {counted}", f"{name}: {type_text(hint)}"


def _made_from(reader: ValueReader, cls: type) -> Iterator[Line]:
    held = cls.__dict__
    yield from generated_from(reader, cls)
    if issubclass(cls, enum.Enum):
        for name, member in cls.__members__.items():
            yield f"member {name} {reader.read(member.value, f'.{name}')}", f"{name} = {value_text(member.value)}"
    if issubclass(cls, tuple) and "_fields" in held:
        yield f"fields {reader.read(held['_fields'])} {reader.read(held.get('_field_defaults'))}", ""


def _registered(reader: ValueReader, cls: type) -> Iterator[Line]:
    for one in registered(cls):
        yield f"registered {reader.read(one, f'.register({one.__qualname__})')}", f"# register({one.__qualname__})"


def _members(reader: ValueReader, cls: type, owners: Ownership) -> Iterator[Line]:
    for name, value in sorted(cls.__dict__.items()):
        if not _counts(cls, name, value, owners):
            continue
        before = len(reader.untracked)
        counted = f"{name} = {reader.read(value, f'.{name}')}"
        if _DUNDER.fullmatch(name) and len(reader.untracked) > before:
            del reader.untracked[before:]  # of a framework, for itself
            continue
        is_plain = not callable(value) and not hasattr(type(value), "__get__")
        yield counted, f"{name} = {value_text(value)}" if is_plain else ""


def _counts(cls: type, name: str, value: Any, owners: Ownership) -> bool:
    """Tell what a user has put into a class from what Python or a framework has."""
    if isinstance(value, types.FunctionType):
        return _is_written(cls, value, owners) or not _DUNDER.fullmatch(name)
    held = _held_function(value)
    if held is not None and (owners.of_function(held) is Owner.USER or _DUNDER.fullmatch(name)):
        return owners.of_function(held) is Owner.USER
    if isinstance(value, _SLOTS) or name in _OF_PYTHON or is_of_framework(name) or name == "_abc_impl":
        return False
    if _DUNDER.fullmatch(name) and owners.of_module(type(value).__module__) is Owner.INSTALLED:
        return False
    if issubclass(cls, enum.Enum) and (_SUNDER.fullmatch(name) or _DUNDER.fullmatch(name) or name in cls.__members__):
        return False
    return not (issubclass(cls, tuple) and "_fields" in cls.__dict__ and _is_of_named_tuple(name, value))


def _held_function(value: Any) -> types.FunctionType | None:
    """Return the function in a class method, a static method or a property."""
    held = value.fget if isinstance(value, property) else getattr(value, "__func__", None)
    is_holder = isinstance(value, classmethod | staticmethod | property)
    return held if is_holder and isinstance(held, types.FunctionType) else None


def _is_of_named_tuple(name: str, value: Any) -> bool:
    return name.startswith("_") or type(value).__name__ == "_tuplegetter"


def _is_written(cls: type, func: types.FunctionType, owners: Ownership) -> bool:
    if owners.of_function(func) is not Owner.USER:
        return False
    is_generated = func.__code__.co_filename[:1] == "<" and func.__code__.co_filename[:9] != "<ipython-"
    return not (is_generated and has_generated(cls))
