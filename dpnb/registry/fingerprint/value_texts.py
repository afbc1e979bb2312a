"""Values as short text for people: what a change of a constant is shown by."""

from __future__ import annotations

import reprlib
from typing import Any

from dpnb.registry.type_names import without_addresses

_LONGEST = 2_000  # characters


def _writer(indent: int | None) -> reprlib.Repr:
    return reprlib.Repr(
        maxlevel=8,
        maxtuple=200,
        maxlist=200,
        maxarray=200,
        maxdict=200,
        maxset=200,
        maxfrozenset=200,
        maxdeque=200,
        maxstring=1_000,
        maxlong=1_000,
        maxother=1_000,
        indent=indent,
    )


_FLAT, _TALL = _writer(None), _writer(4)
_LINE = 100  # characters


def value_text(value: Any) -> str:
    """Return a value's ``repr``, bounded, over several lines where one is too short; without memory addresses."""
    if type(value) in (float, bool, type(None)):
        return repr(value)
    if type(value) is int:
        return repr(value) if value.bit_length() < _LONGEST else hex(value)[:_LONGEST]
    try:
        text = _FLAT.repr(value)
        if len(text) > _LINE and isinstance(value, list | tuple | dict | set | frozenset):
            text = _TALL.repr(value)
        return without_addresses(text)[:_LONGEST]
    except Exception as error:  # noqa: BLE001 - the user's own __repr__ may do anything
        return f"<{type(value).__qualname__} whose repr raises {type(error).__name__}>"
