"""What function units were read from, so that another session need not read them again while all of that is the same.

A trail holds every lookup and every attribute that went into a unit, each with the very object that it gave. Objects
are compared by identity, and only those are taken that cannot change in themselves: numbers, texts, and functions,
modules and classes as far as their names count here; what lies in these is theirs to tell. Whatever else a function
reads (lists, frames, objects, what it imports by itself) leaves it without a trail, to be read each time.
"""

from __future__ import annotations

import builtins
from operator import is_
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

from dpnb.registry.fingerprint.owners import Owner
from dpnb.registry.fingerprint.reach import DYNAMIC, OF_MODULES, READ_OF_CODE
from dpnb.registry.fingerprint.values import PLAIN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dpnb.registry.fingerprint.owners import Ownership
    from dpnb.registry.fingerprint.uses import Use

_NOTHING = object()
_EMPTY_CELL = object()
_BUILTINS = vars(builtins)


class Trail(NamedTuple):
    """Lookups as (namespace, name, what was there), and functions and classes with what they were."""

    lookups: tuple[tuple[Mapping[str, Any], str, Any], ...]
    shapes: tuple[tuple[Any, tuple[Any, ...]], ...]

    def holds(self) -> bool:
        """Tell whether all is still there, and the same."""
        for namespace, name, value in self.lookups:
            if namespace.get(name, _NOTHING) is not value:
                return False
        return all(_is_same(_shape(subject), shape) for subject, shape in self.shapes)


def trail_of(func: FunctionType, uses: Iterable[Use], owners: Ownership) -> Trail | None:
    """Return the trail of a function of the user's own; None where it reads what may change in itself."""
    tracker = _Tracker(owners, func.__globals__)
    held = [func, *(func.__defaults__ or ()), *map(_content, func.__closure__ or ())]
    if func.__kwdefaults__ or func.__dict__ or not all(tracker.holds_still(value) for value in held):
        return None
    if not all(tracker.follow(use) for use in uses):
        return None
    return Trail(tuple(tracker.lookups), tuple(tracker.shapes))


class _Tracker:
    """Goes where `Reach` goes, as far as that is simple, and notes each step."""

    def __init__(self, owners: Ownership, namespace: Mapping[str, Any]) -> None:
        self._owners = owners
        self._namespace = namespace
        self.lookups: list[tuple[Mapping[str, Any], str, Any]] = []
        self.shapes: list[tuple[Any, tuple[Any, ...]]] = []
        self._look_up(namespace, "__name__")

    def holds_still(self, value: Any) -> bool:
        """Note a value that is read as it is; tell whether it stays the same for as long as it is the same object."""
        if type(value) in PLAIN:
            return type(value) is not str or "@" not in value  # which may name what changes
        if type(value) is not FunctionType and type(value) is not type:
            return False
        self.shapes.append((value, _shape(value)))
        return self._owners.is_settled(value.__module__)

    def follow(self, use: Use) -> bool:
        """Note where a use leads; tell whether that is simple."""
        if use.origin in ("hints", "closure"):  # what closures hold is looked at by itself
            return True
        if use.origin == "import" or not READ_OF_CODE.isdisjoint(use.chain):
            return False
        value = self._look_up(self._namespace, use.name)
        if value is _NOTHING:
            self._look_up(_BUILTINS, use.name)
            return True
        return self._walk(value, use.chain)

    def _walk(self, value: Any, chain: tuple[str, ...]) -> bool:
        if type(value) is not ModuleType:
            return _is_of_module(value) or self.holds_still(value)
        held = vars(value)
        name = self._look_up(held, "__name__")
        if not self._owners.is_settled(name):
            return False
        if not chain:
            return True
        further = self._look_up(held, chain[0])
        if self._owners.of_module(name) is not Owner.USER:
            return id(further) not in DYNAMIC
        return further is not _NOTHING and chain[0] not in OF_MODULES and self._walk(further, chain[1:])

    def _look_up(self, namespace: Mapping[str, Any], name: str) -> Any:
        found = namespace.get(name, _NOTHING)
        self.lookups.append((namespace, name, found))
        return found


def _shape(subject: Any) -> tuple[Any, ...]:
    """Return what is read of a function or a class where another unit names it, and what a function holds."""
    if type(subject) is FunctionType:
        cells = subject.__closure__ or ()
        held = subject.__defaults__, subject.__kwdefaults__ or None, subject.__dict__ or None
        return (
            *(subject.__code__, subject.__name__, subject.__qualname__, subject.__module__, subject.__closure__),
            *(*held, *map(_content, cells)),
        )
    return subject.__name__, subject.__qualname__, subject.__module__


def _is_of_module(value: Any) -> bool:
    """Tell whether a value is a compiled function that no object is bound to; another unit tells what it is."""
    return type(value) is BuiltinFunctionType and type(value.__self__) is ModuleType


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return _EMPTY_CELL


def _is_same(shape: tuple[Any, ...], before: tuple[Any, ...]) -> bool:
    if len(shape) != len(before):
        return False
    return all(map(is_, shape, before)) or all(map(_is, shape, before))  # the first one without a call of ours


def _is(one: Any, other: Any) -> bool:
    return one is other or (type(one) is str and type(other) is str and one == other)
