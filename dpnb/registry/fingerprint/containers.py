"""How containers are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dpnb.registry.fingerprint.set_order import in_shared_order
from dpnb.registry.fingerprint.values import MOST_ITEMS, PLAIN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dpnb.registry.fingerprint.values import ValueReader

_FLAT = 8  # items from which on it is worth looking whether all are plain


def read_sequence(reader: ValueReader, value: list[Any] | tuple[Any, ...]) -> str:
    """Read a list or a tuple."""
    flat = _flat(reader, value) if len(value) >= _FLAT and PLAIN.issuperset(map(type, value)) else None
    return f"{type(value).__name__}{flat if flat is not None else f'({reader.items(value)})'}"


def read_mapping(reader: ValueReader, value: Mapping[Any, Any]) -> str:
    """Read a mapping in its order."""
    kind = type(value).__name__
    if len(value) >= _FLAT and PLAIN.issuperset(map(type, value)) and PLAIN.issuperset(map(type, value.values())):
        flat = _flat(reader, dict(value))
        if flat is not None:
            return f"{kind}{flat}"
    pairs = [f"{reader.read(key)}: {reader.read(item, _step(key))}" for key, item in value.items()]
    return f"{kind}({', '.join(pairs)})"


def read_set(reader: ValueReader, value: set[Any] | frozenset[Any]) -> str:
    """Read a set, whose order does not count."""
    if len(value) > MOST_ITEMS and not PLAIN.issuperset(map(type, value)):
        return reader.lost(value, f"a set of {len(value):,} objects")
    texts = [reader.read(item, "{…}") for item in in_shared_order(reader, value)]
    return f"{type(value).__name__}({', '.join(texts)})"


def _flat(reader: ValueReader, value: Any) -> str | None:
    """Write many plain values at once; None where a number is too long for decimal digits."""
    try:
        text = ascii(value)
    except ValueError:
        return None
    return text if len(text) <= reader.max_bytes else reader.lost(value, f"{len(text):,} characters of values")


def _step(key: Any) -> str:
    return f"[{key!r:.60}]" if type(key) in PLAIN else "[…]"
