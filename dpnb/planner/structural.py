"""Types that are compared by what they hold: protocols by their members, TypedDicts by their keys."""

from __future__ import annotations

import typing
from typing import Any

from dpnb.planner.fit import Fit

if typing.TYPE_CHECKING:
    from collections.abc import Callable

    type Compare = Callable[[Any, Any], Fit]


def is_protocol(kind: Any) -> bool:
    """Tell a `typing.Protocol` from other classes."""
    return isinstance(kind, type) and getattr(kind, "_is_protocol", False)


def compare_with_protocol(produced: Any, protocol: Any) -> Fit:
    """Compare a class with a protocol by the names of its members.

    An attribute that the class does not declare may be set by its ``__init__``, so only methods can be found missing.
    """
    if not isinstance(produced, type) or hasattr(produced, "__getattr__"):
        return Fit.UNKNOWN
    declared = {name for kind in produced.__mro__ for name in vars(kind).get("__annotations__", {})}
    missing = [name for name in protocol.__protocol_attrs__ if not hasattr(produced, name) and name not in declared]
    if any(callable(getattr(protocol, name, None)) for name in missing):
        return Fit.INCOMPATIBLE
    return Fit.UNKNOWN if missing else Fit.COMPATIBLE


def compare_with_typed_dict(produced: Any, expected: Any, compare: Compare) -> Fit:
    """Compare what a task returns with a TypedDict, key by key.

    A plain ``dict`` does not say which keys it has, so only the type of its values can be wrong.
    """
    fields = typing.get_type_hints(expected)
    if typing.is_typeddict(produced):
        return _compare_keys(produced, expected, compare)
    origin, given = typing.get_origin(produced) or produced, typing.get_args(produced)
    if not (isinstance(origin, type) and issubclass(dict, origin)):
        return Fit.INCOMPATIBLE
    if len(given) != len(("key", "value")):
        return Fit.COMPATIBLE
    return min([compare(given[0], str), *(compare(given[1], hint) for hint in fields.values())])


def values_of_typed_dict(kind: Any) -> Any:
    """Return the union of the types of a TypedDict's values."""
    return typing.Union[tuple(typing.get_type_hints(kind).values()) or (Any,)]  # noqa: UP007 - made of a tuple


def _compare_keys(produced: Any, expected: Any, compare: Compare) -> Fit:
    given, wanted = typing.get_type_hints(produced), typing.get_type_hints(expected)
    if not expected.__required_keys__ <= produced.__required_keys__:
        return Fit.INCOMPATIBLE
    shared = (compare(given[key], hint) for key, hint in wanted.items() if key in given)
    return min(shared, default=Fit.COMPATIBLE)
