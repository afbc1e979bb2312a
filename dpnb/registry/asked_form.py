"""In which form a parameter takes what a generator has yielded, as its annotation asks."""

from __future__ import annotations

from collections import abc
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, TypeAliasType, Union, get_args, get_origin

if TYPE_CHECKING:
    from collections.abc import Iterator

_FORMS: dict[Any, str] = {
    list: "list",
    abc.Iterator: "iterator",
    abc.Generator: "iterator",
    abc.AsyncIterator: "async iterator",
    abc.AsyncIterable: "async iterator",
    abc.AsyncGenerator: "async iterator",
}


def asked_form(hint: Any) -> str:
    """Return ``"list"``, ``"iterator"`` or ``"async iterator"``; empty where a hint asks for none, or for several.

    Examples
    --------
    >>> asked_form(list[int] | None)
    'list'
    """
    asked = {_FORMS[origin] for origin in _origins(hint) if origin in _FORMS}
    return asked.pop() if len(asked) == 1 else ""


def _origins(hint: Any) -> Iterator[Any]:
    """Yield the plain types that a hint names, those of a union's members and behind aliases and annotations too."""
    if isinstance(hint, TypeAliasType):
        yield from _origins(hint.__value__)
    elif get_origin(hint) is Annotated:
        yield from _origins(get_args(hint)[0])
    elif get_origin(hint) in (Union, UnionType):
        for member in get_args(hint):
            yield from _origins(member)
    else:
        yield get_origin(hint) or hint
