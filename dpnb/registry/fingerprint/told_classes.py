"""Classes that something was told of: implementations of `functools.singledispatch`, subclasses by `ABC.register`.

Both keep what they were told. After a cell has been run again they know its class twice, as it was and as it is; the
one that nobody can name any more does not count beside the one that has its name.
"""

from __future__ import annotations

import abc
import functools
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

_DISPATCHER = functools.singledispatch(len).__code__  # type: ignore[attr-defined]  # one for all of them


def is_dispatcher(func: Any) -> bool:
    """Tell whether a function is one that ``functools.singledispatch`` has made."""
    return func.__code__ is _DISPATCHER


def implementations(dispatcher: Any) -> dict[type, Any]:
    """Return what a dispatcher calls for which class, in an order of its own."""
    registry = dispatcher.registry
    return {cls: registry[cls] for cls in _as_named_now(registry)}


def registered(cls: type) -> list[type]:
    """Return the classes that an abstract class was told to count as its subclasses, in an order of their own."""
    if not isinstance(cls, abc.ABCMeta):
        return []
    references = abc._get_dump(cls)[0]  # type: ignore[attr-defined]  # noqa: SLF001 - no other way
    return _as_named_now(one for reference in references if (one := reference()) is not None)


def _as_named_now(classes: Iterable[type]) -> list[type]:
    named: dict[tuple[str, str], list[type]] = {}
    for one in classes:
        named.setdefault((one.__module__, one.__qualname__), []).append(one)
    found: list[type] = []
    for (module, name), twins in sorted(named.items(), key=lambda pair: pair[0]):
        now = getattr(sys.modules.get(module), name, None)
        found += [now] if now in twins else twins
    return found
