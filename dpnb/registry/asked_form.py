"""In which form a parameter takes a result, as its annotation asks."""

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

BY_ADDRESS = "address"
"""``Annotated[Any, BY_ADDRESS]`` asks for where a result lies, in place of the result, whatever that is."""


def asked_form(hint: Any) -> str:
    """Return ``"list"``, ``"iterator"``, ``"async iterator"`` or ``"address"``; empty where none of them is asked for.

    Nor is any where several are. All but the last are forms of what a generator has yielded.

    Examples
    --------
    >>> asked_form(list[int] | None)
    'list'
    """
    if type(hint) is type:  # a plain class, as most are
        return _FORMS.get(hint, "")
    if get_origin(hint) is Annotated and BY_ADDRESS in get_args(hint)[1:]:
        return BY_ADDRESS
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
