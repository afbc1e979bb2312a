"""Functions as units: code, defaults, what closures hold, attributes, and all that these use."""

from __future__ import annotations

import inspect
from contextlib import suppress
from types import ModuleType
from typing import TYPE_CHECKING, Any

from dpnb.registry.fingerprint.digests import text_digest
from dpnb.registry.fingerprint.meanings import meant
from dpnb.registry.fingerprint.notebook_cells import cell_number
from dpnb.registry.fingerprint.own_code import code_facts
from dpnb.registry.fingerprint.owners import Owner
from dpnb.registry.fingerprint.reach import Reach
from dpnb.registry.fingerprint.told_classes import implementations, is_dispatcher
from dpnb.registry.fingerprint.units import Edge, Kind, Target, Unit, package_target
from dpnb.registry.fingerprint.value_texts import value_text
from dpnb.registry.fingerprint.values import ValueReader

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import FunctionType

    from dpnb.registry.fingerprint.code_readers import Aspect
    from dpnb.registry.fingerprint.owners import Ownership
    from dpnb.registry.fingerprint.uses import Use

type _Held = tuple[str, str, Any]  # what it is: "default", "closure", "attribute", "hint", …; its name; the value


def function_unit(target: Target, owners: Ownership, max_bytes: int, aspects: frozenset[Aspect] = frozenset()) -> Unit:
    """Read a function, without what it uses; its annotations, docstring and text too, where something reads them."""
    func: FunctionType = target.subject
    owner = owners.of_function(func)
    if owner is not Owner.USER:
        return _foreign_unit(target, owners, max_bytes, owner)
    facts = code_facts(func.__code__)
    reach = Reach(owners, func.__globals__)
    reach.follow(facts.uses)
    reader = ValueReader(owners, max_bytes)
    held = [*_held(func), *(_hints(func) if "hints" in aspects else ())]
    texts = []
    for what, name, value in held:
        chains = _taken_of(value, name, facts.uses) if what == "closure" else ()
        reach.follow_module(value, chains)
        texts.append(f"{what} {name} {'a module' if chains else reader.read(value, name)}")
    asked = [f"# doc = {func.__doc__!r}"] if "docs" in aspects else []
    asked += [f"# text {line}" for line in facts.text.splitlines() if "text" in aspects]
    content = [facts.digest, *texts, *reach.facts, *asked]
    return Unit(
        kind=_kind(func),
        module=func.__module__,
        name=_name(func),
        digest=text_digest("\n".join(content)) if len(content) > 1 else facts.digest,
        text="\n".join(
            [facts.text, *(f"# {what} {name} = {value_text(value)}" for what, name, value in held), *reach.told, *asked]
        ),
        edges=[*reach.edges, *reader.edges],
        untracked=[*reach.untracked, *reader.untracked],
        place=place_of(func),
        names=[*_origin(func), *reach.names],
        is_lost=facts.is_lost,
        aspects=reach.aspects,
    )


def _origin(func: FunctionType) -> list[tuple[str, str]]:
    """Return the module whose text makes the function, and the name of the definition there that it comes from."""
    return [(str(func.__globals__.get("__name__", "")), func.__code__.co_qualname.partition(".")[0])]


def _held(func: FunctionType) -> Iterator[_Held]:
    if is_dispatcher(func):  # the rest is what it keeps of its calls
        yield "implementations", func.__name__, implementations(func)
        return
    code = func.__code__
    defaults = func.__defaults__ or ()
    positional = code.co_varnames[: code.co_argcount]
    for name, value in zip(positional[len(positional) - len(defaults) :], defaults, strict=False):
        yield "default", name, value
    if func.__kwdefaults__:
        for name, value in sorted(func.__kwdefaults__.items()):
            yield "default", name, value
    for name, cell in zip(code.co_freevars, func.__closure__ or (), strict=False):
        yield "closure", name, _cell(cell)
    if func.__dict__:
        for name, value in sorted(func.__dict__.items()):
            if name[:2] != "__" or name == "__wrapped__":
                yield "attribute", name, value


def _hints(func: FunctionType) -> Iterator[_Held]:
    with suppress(Exception):  # they may name anything, from Python 3.14 on only when they are asked for
        for name, hint in inspect.get_annotations(func).items():
            yield "hint", name, meant(hint, func.__globals__, {})


def _taken_of(value: Any, variable: str, uses: Iterable[Use]) -> list[tuple[str, ...]]:
    """Return what is taken of a module that a variable around the function holds; nothing if that may be anything."""
    if type(value) is not ModuleType:
        return []
    chains = [use.chain for use in uses if use.origin == "closure" and use.name == variable]
    return chains if all(chains) else []


def _cell(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # still empty: the variable is set later
        return Ellipsis


def _foreign_unit(target: Target, owners: Ownership, max_bytes: int, owner: Owner) -> Unit:
    """Read a function that an installed package made, as a decorator does: by what of the user's own it holds."""
    func: FunctionType = target.subject
    reader = ValueReader(owners, max_bytes)
    texts = []
    for what, name, value in _held(func):
        before = len(reader.untracked)
        text = reader.read(value, name)
        lost = len(reader.untracked) > before
        del reader.untracked[before:]  # what a package keeps for itself is answered for by its version
        if not lost:
            texts.append(f"{what} {name} {text}")
    edges = list(reader.edges)
    module = func.__globals__.get("__name__", "")
    if owner is Owner.INSTALLED:
        edges.append(Edge("its package", package_target(module)))
    return Unit(
        kind=Kind.FUNCTION,
        module=func.__module__,
        name=_name(func),
        digest=text_digest("\n".join([func.__code__.co_qualname, *texts])),
        text="\n".join([f"{module}.{func.__code__.co_qualname}", *_told(func)]),
        edges=edges,
    )


def _told(func: FunctionType) -> list[str]:
    """Return for a reader which classes a dispatcher has implementations for."""
    return [f"# register({cls.__qualname__})" for cls in implementations(func)] if is_dispatcher(func) else []


def _kind(func: FunctionType) -> Kind:
    enclosing = func.__qualname__.rpartition(".")[0]
    return Kind.METHOD if enclosing and not enclosing.endswith("<locals>") else Kind.FUNCTION


def _name(func: FunctionType) -> str:
    """Return the name that a reader knows; none for a lambda, or for what another function has made."""
    qualname = func.__qualname__
    maker = func.__code__.co_qualname.partition(".<locals>")[0]
    if func.__code__.co_name != func.__name__ and "<locals>" not in qualname:
        return f"{maker} around {qualname}"
    is_nameless = func.__name__ == "<lambda>" or qualname.rpartition(".")[0].endswith("<locals>")
    return "" if is_nameless else qualname.rpartition("<locals>.")[2]


def place_of(func: FunctionType) -> str:
    """Say where a function is defined: the cell of a notebook, or the line of a file."""
    filename, line = func.__code__.co_filename, func.__code__.co_firstlineno
    cell = cell_number(filename) if func.__module__ == "__main__" else None
    if cell is not None:
        return f"cell [{cell}], line {line}"
    return "" if filename[:1] == "<" else f"{filename}:{line}"
