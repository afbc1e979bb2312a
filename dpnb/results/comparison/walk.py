"""Containers and objects walked side by side: on which path they differ.

What pickle would write tells what an object consists of, so that an object of any class is compared part by part.
"""

from __future__ import annotations

import copyreg
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from difflib import unified_diff
from numbers import Number
from types import FunctionType
from typing import TYPE_CHECKING, Any, NamedTuple

from dpnb.results.comparison.equality import is_equal, is_missing, is_number, is_same
from dpnb.results.short_text import short_repr
from dpnb.results.type_names import type_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dpnb.results.comparison.options import MatchOptions

_LEAVES = (str, bytes, bytearray, Number, type(None))
_TABULAR = frozenset({"pandas", "numpy", "polars", "pyarrow"})
_PROTOCOL = 2  # the first that tells an object's state apart from its class
_OF_FUNCTIONS = ("__qualname__", "__code__", "__defaults__", "__kwdefaults__", "__dict__")
_LONGEST_DIFFED = 200_000  # characters; difflib takes the square of the lines at worst
MOST_DIFFERENCES = 10_000


class Absent:
    """Stands for what one of two containers does not have."""

    def __repr__(self) -> str:
        return "–"


ABSENT = Absent()


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One path on which two values differ; `change` is ``added``, ``removed``, ``changed`` or ``type``."""

    path: str
    change: str
    a: Any
    b: Any
    detail: str = ""


class _Pair(NamedTuple):
    path: str
    a: Any
    b: Any


def found_differences(a: Any, b: Any, options: MatchOptions, most: int = MOST_DIFFERENCES) -> list[Difference]:
    """Return the first differences between two values, in the order of `a`, then what only `b` has."""
    found: list[Difference] = []
    seen: set[tuple[int, int]] = set()
    alive: list[Any] = []  # an id means something only as long as its object is there
    waiting = [_Pair("", a, b)]
    while waiting and len(found) < most:
        pair = waiting.pop()
        if pair.a is pair.b:
            continue
        parts = _parts(pair, options)
        if parts is None:
            found.extend(_leaf(pair, options))
        elif (names := (id(pair.a), id(pair.b))) not in seen:
            seen.add(names)
            alive.append(pair)
            waiting.extend(reversed(parts))
    return found


def _parts(pair: _Pair, options: MatchOptions) -> list[_Pair] | None:
    """Return what two values of one type consist of, side by side; None for what is compared as a whole."""
    path, a, b = pair
    if type(a) is not type(b) or isinstance(a, _LEAVES) or is_tabular(a):
        return None
    try:
        if isinstance(a, Mapping):
            return _entries(path, a, b)
        if isinstance(a, list | tuple):
            return list(_fields(pair)) if hasattr(a, "_fields") else list(_items(path, a, b, options))
        return list(_members(path, a, b)) if isinstance(a, AbstractSet) else _state(pair)
    except Exception:  # noqa: BLE001 - a container of the user's may do anything
        return None


def _entries(path: str, a: Mapping[Any, Any], b: Mapping[Any, Any]) -> list[_Pair]:
    keys = [*a, *(key for key in b if key not in a)]
    return [_Pair(f"{path}[{short_repr(key)}]", a.get(key, ABSENT), b.get(key, ABSENT)) for key in keys]


def _fields(pair: _Pair) -> Iterator[_Pair]:
    for name, a, b in zip(pair.a._fields, pair.a, pair.b, strict=True):
        yield _Pair(f"{pair.path}.{name}", a, b)


def _members(path: str, a: AbstractSet[Any], b: AbstractSet[Any]) -> Iterator[_Pair]:
    for one in a - b:
        yield _Pair(f"{path}{{{short_repr(one)}}}", one, ABSENT)
    for one in b - a:
        yield _Pair(f"{path}{{{short_repr(one)}}}", ABSENT, one)


def _items(path: str, a: Sequence[Any], b: Sequence[Any], options: MatchOptions) -> Iterator[_Pair]:
    """Pair items by position; where the lengths differ, from both ends towards what was put in or left out."""
    tail = _equal_tail(a, b, options) if len(a) != len(b) else 0
    middle = max(len(a), len(b)) - tail
    for at in range(middle):
        here = a[at] if at < len(a) - tail else ABSENT
        there = b[at] if at < len(b) - tail else ABSENT
        yield _Pair(f"{path}[{at}]", here, there)


def _equal_tail(a: Sequence[Any], b: Sequence[Any], options: MatchOptions) -> int:
    """Return how many items at the end are the same, beyond those that are the same at the beginning."""
    shorter = min(len(a), len(b))
    head = 0
    while head < shorter and is_same(a[head], b[head], options):
        head += 1
    tail = 0
    while tail < shorter - head and is_same(a[-1 - tail], b[-1 - tail], options):
        tail += 1
    return tail


def _state(pair: _Pair) -> list[_Pair] | None:
    """Return what two objects consist of by their own account; nothing where they say that they are equal."""
    if is_equal(pair.a, pair.b):
        return []
    of_a, of_b = _consists_of(pair.a), _consists_of(pair.b)
    if of_a is None or of_b is None:
        return None
    names = [*of_a, *(name for name in of_b if name not in of_a)]
    return [_Pair(pair.path + name, of_a.get(name, ABSENT), of_b.get(name, ABSENT)) for name in names]


def _consists_of(value: Any) -> dict[str, Any] | None:
    """Return what pickle would write of an object, by the end of its path; None where it would write a name only."""
    if isinstance(value, FunctionType):
        return {f".{name}": getattr(value, name) for name in _OF_FUNCTIONS}
    own = copyreg.dispatch_table.get(type(value))
    reduced: Any = value.__reduce_ex__(_PROTOCOL) if own is None else own(value)
    if isinstance(value, type) or not isinstance(reduced, tuple):
        return None
    make, arguments, state, items, entries = (*reduced, None, None, None)[:5]
    parts = {".__reduce__": make} | {f".args[{at}]": one for at, one in enumerate(arguments)}
    for named in state if isinstance(state, tuple) else (state,):  # of slots, a second dictionary
        attributes = named if isinstance(named, dict) else {} if named is None else {"__getstate__()": named}
        parts |= {f".{name}": one for name, one in attributes.items()}
    parts |= {f"[{at}]": one for at, one in enumerate(items or ())}
    return parts | {f"[{short_repr(key)}]": one for key, one in entries or ()}


def _leaf(pair: _Pair, options: MatchOptions) -> Iterator[Difference]:
    """Yield how two values differ that are compared as wholes."""
    path, a, b = pair
    if a is ABSENT or b is ABSENT:
        yield Difference(path=path, change="added" if a is ABSENT else "removed", a=a, b=b)
    elif type(a) is type(b) and is_tabular(a):
        from dpnb.results.comparison.dispatch import compare_values

        inner = compare_values(a, b, rtol=options.rtol, atol=options.atol)
        if not inner.is_equal:
            yield Difference(path=path, change="changed", a=a, b=b, detail=inner.summary)
    elif is_missing(a) and is_missing(b):
        return
    elif not (is_equal(a, b) or (is_number(a) and is_number(b) and is_same(a, b, options))):
        detail = _types(a, b) if type(a) is not type(b) else _lines(a, b)
        yield Difference(path=path, change="changed", a=a, b=b, detail=detail)
    elif type(a) is not type(b):
        yield Difference(path=path, change="type", a=a, b=b, detail=_types(a, b))


def is_tabular(value: Any) -> bool:
    """Tell whether a value is a frame, a series or an array, rather than a single one of their values."""
    return type(value).__module__.partition(".")[0] in _TABULAR and bool(getattr(value, "shape", ()))


def _types(a: Any, b: Any) -> str:
    return f"{type_name(type(a))} → {type_name(type(b))}"


def _lines(a: Any, b: Any) -> str:
    """Return a unified diff of two texts of several lines."""
    if not isinstance(a, str) or "\n" not in a + b or len(a) + len(b) > _LONGEST_DIFFED:
        return ""
    return "\n".join(unified_diff(a.splitlines(), b.splitlines(), "a", "b", lineterm="", n=2))
