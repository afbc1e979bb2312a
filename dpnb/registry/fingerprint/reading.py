"""Reads targets as units, each kind in its own way."""

from __future__ import annotations

import re
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING

from dpnb.registry.fingerprint.classes import class_unit
from dpnb.registry.fingerprint.digests import text_digest
from dpnb.registry.fingerprint.functions import function_unit
from dpnb.registry.fingerprint.owners import package_version
from dpnb.registry.fingerprint.units import Edge, Kind, Target, Unit
from dpnb.registry.fingerprint.value_texts import value_text
from dpnb.registry.fingerprint.values import ValueReader

if TYPE_CHECKING:
    from dpnb.registry.fingerprint.owners import Ownership

_NAME = re.compile(r"[.\[]")  # ends a name in ``CONFIG['path']``


def read_unit(target: Target, owners: Ownership, max_bytes: int) -> Unit:
    """Read what a target leads to; arrays, frames and texts of more than `max_bytes` are untracked."""
    match target.kind:
        case Kind.FUNCTION | Kind.METHOD:
            return function_unit(target, owners, max_bytes)
        case Kind.CLASS:
            return class_unit(target, owners, max_bytes)
        case Kind.MODULE:
            return _module_unit(target)
        case Kind.PACKAGE:
            text = package_version(target.name)
            return Unit(kind=Kind.PACKAGE, name=target.name, digest=text_digest(text), text=f"package {text}")
        case Kind.VALUE:
            return _value_unit(target, ValueReader(owners, max_bytes))


def _value_unit(target: Target, reader: ValueReader) -> Unit:
    return Unit(
        kind=Kind.VALUE,
        module=target.module,
        name=target.name,
        digest=text_digest(reader.read(target.subject)),
        text=value_text(target.subject),
        edges=reader.edges,
        untracked=reader.untracked,
        names=[(target.module, _NAME.split(target.name, maxsplit=1)[0])] if target.module else [],
    )


def _module_unit(target: Target) -> Unit:
    """Read a module that is handed on as a whole: all that is defined in it."""
    module: ModuleType = target.subject
    edges = [
        Edge(name, _defined(name, value, module))
        for name, value in sorted(vars(module).items())
        if name[:1] != "_"
        and not isinstance(value, ModuleType)
        and getattr(value, "__module__", module.__name__) == module.__name__
    ]
    names = " ".join(edge.use for edge in edges)
    return Unit(
        kind=Kind.MODULE,
        module=module.__name__,
        name=module.__name__,
        digest=text_digest(names),
        text=names,
        edges=edges,
        names=[(module.__name__, "")],
    )


def _defined(name: str, value: object, module: ModuleType) -> Target:
    if isinstance(value, FunctionType):
        return Target(Kind.FUNCTION, value, module.__name__)
    if isinstance(value, type):
        return Target(Kind.CLASS, value, module.__name__)
    return Target(Kind.VALUE, value, module.__name__, name)
