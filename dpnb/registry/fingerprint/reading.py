"""Reads targets as units, each kind in its own way."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dpnb.registry.fingerprint.classes import class_unit
from dpnb.registry.fingerprint.digests import text_digest
from dpnb.registry.fingerprint.functions import function_unit
from dpnb.registry.fingerprint.module_files import module_files
from dpnb.registry.fingerprint.module_names import literals
from dpnb.registry.fingerprint.owners import package_version
from dpnb.registry.fingerprint.reach import Reach
from dpnb.registry.fingerprint.units import NO_MODULES, Kind, Target, Unit
from dpnb.registry.fingerprint.value_texts import value_text
from dpnb.registry.fingerprint.values import PLAIN, ValueReader, plain_text

if TYPE_CHECKING:
    from types import ModuleType

    from dpnb.registry.fingerprint.code_readers import Aspect
    from dpnb.registry.fingerprint.owners import Ownership

_NAME = re.compile(r"[.\[]")  # ends a name in ``CONFIG['path']``


def read_unit(target: Target, owners: Ownership, max_bytes: int, aspects: frozenset[Aspect] = frozenset()) -> Unit:
    """Read what a target leads to; arrays, frames and texts of more than `max_bytes` are untracked.

    Annotations, docstrings and the text of functions and classes count only if they are among the `aspects`.
    """
    match target.kind:
        case Kind.FUNCTION | Kind.METHOD:
            return function_unit(target, owners, max_bytes, aspects)
        case Kind.CLASS:
            return class_unit(target, owners, max_bytes, aspects)
        case Kind.MODULE:
            return _module_unit(target, owners, aspects)
        case Kind.PACKAGE:
            return package_unit(target.name)
        case Kind.VALUE:
            return _value_unit(target, ValueReader(owners, max_bytes))


def package_unit(name: str) -> Unit:
    """Return what an installed package counts as: its version, as it is now."""
    text = package_version(name)
    return Unit(kind=Kind.PACKAGE, name=name, digest=text_digest(text), text=f"package {text}")


def _value_unit(target: Target, reader: ValueReader) -> Unit:
    content, text = reader.read(target.subject), value_text(target.subject)
    in_file = _in_file(target, reader.owners)
    if in_file is not None:
        content, text = f"{content} in its file {in_file}", f"{text}  # set in this process; workers import {in_file}"
    return Unit(
        kind=Kind.VALUE,
        module=target.module,
        name=target.name,
        digest=text_digest(content),
        text=text,
        edges=reader.edges,
        untracked=reader.untracked,
        names=[(target.module, _NAME.split(target.name, maxsplit=1)[0])] if target.module else [],
    )


def _in_file(target: Target, owners: Ownership) -> str | None:
    """Return what a module's file says of a constant that this process has set to something else."""
    if type(target.subject) not in PLAIN or target.module in NO_MODULES:
        return None
    text = module_files.imported_text(str(target.module), owners)
    held = {} if text is None else literals(text)
    if target.name not in held or plain_text(held[target.name]) == plain_text(target.subject):
        return None
    return value_text(held[target.name])


def _module_unit(target: Target, owners: Ownership, aspects: frozenset[Aspect]) -> Unit:
    """Read a module that is handed on as a whole: all that can be reached through it."""
    module: ModuleType = target.subject
    reach = Reach(owners, vars(module))
    reach.take_all()
    names = " ".join(edge.use for edge in reach.edges)
    asked = [f"doc {module.__doc__!a}"] if "docs" in aspects else []
    asked += [f"text {module_files.imported_text(module.__name__, owners)!a}"] if "text" in aspects else []
    return Unit(
        kind=Kind.MODULE,
        module=module.__name__,
        name=module.__name__,
        digest=text_digest("\n".join([names, *reach.facts, *asked])),
        text=names,
        edges=reach.edges,
        untracked=reach.untracked,
        names=[(module.__name__, "")],
    )
