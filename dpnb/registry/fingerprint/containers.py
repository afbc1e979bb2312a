"""How containers are read."""

from __future__ import annotations

from types import CellType, FunctionType
from typing import TYPE_CHECKING, Any

from dpnb.registry.fingerprint.own_code import code_facts
from dpnb.registry.fingerprint.values import PLAIN, plain_text

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
    # Functions and classes are numbered as they are met, so they are met in an order that every process shares.
    ordered = sorted(value, key=_order)
    return f"{type(value).__name__}({', '.join(sorted(reader.read(item, '{…}') for item in ordered))})"


def _flat(reader: ValueReader, value: Any) -> str | None:
    """Write many plain values at once; None where a number is too long for decimal digits."""
    try:
        text = ascii(value)
    except ValueError:
        return None
    return text if len(text) <= reader.max_bytes else reader.lost(value, f"{len(text):,} characters of values")


def _step(key: Any) -> str:
    return f"[{key!r:.60}]" if type(key) in PLAIN else "[…]"


def _order(item: Any) -> str:
    if type(item) in PLAIN:
        return plain_text(item)
    if isinstance(item, tuple | frozenset):
        return f"{type(item).__name__}({sorted(map(_order, item))})"
    named = item if hasattr(item, "__qualname__") else type(item)
    return f"{named.__module__}.{named.__qualname__} {getattr(item, '_name_', '')} {_made(item)}"


def _made(item: Any) -> str:
    """Tell functions of one name apart, which one function has made."""
    if not isinstance(item, FunctionType):
        return ""
    held = [plain_text(cell.cell_contents) for cell in item.__closure__ or () if _is_plain(cell)]
    return f"{code_facts(item.__code__).digest} {held}"


def _is_plain(cell: CellType) -> bool:
    try:
        return type(cell.cell_contents) in PLAIN
    except ValueError:  # still empty
        return False
