"""Run parameters as JSON, and back as what they were.

What JSON knows is written as it is; dates, tuples and a few more are written as ``{"$dpnb": kind, "value": …}``;
anything else by its ``repr``, which can be shown but not read back: it becomes an `Unreadable`.
"""

from __future__ import annotations

import datetime as dt
import math
import pathlib
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Callable

_MARK = "$dpnb"
_LONGEST_REPR = 200  # characters


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Stands for a value that was stored as text only."""

    text: str

    def __repr__(self) -> str:
        return self.text


def to_jsonable(value: Any) -> Any:
    """Return `value` as what `json.dumps` writes."""
    kind = type(value)
    if value is None or kind in (bool, int, str) or (kind is float and math.isfinite(value)):
        return value
    if kind is list:
        return [to_jsonable(item) for item in value]
    if kind is dict and _MARK not in value and all(type(key) is str for key in value):
        return {key: to_jsonable(item) for key, item in value.items()}
    for name, (written, write, _) in _KINDS.items():
        if kind is written:
            return {_MARK: name, "value": write(value)}
    return {_MARK: "repr", "value": _short_repr(value)}


def from_jsonable(value: Any) -> Any:
    """Return what `to_jsonable` was given."""
    if isinstance(value, list):
        return [from_jsonable(item) for item in value]
    if not isinstance(value, dict):
        return value
    if _MARK not in value:
        return {key: from_jsonable(item) for key, item in value.items()}
    name, written = value[_MARK], value["value"]
    if name not in _KINDS:
        return Unreadable(str(written))
    return _KINDS[name][2](written)


def is_readable(value: Any) -> bool:
    """Tell whether a value came back whole."""
    if isinstance(value, dict):
        return all(is_readable(part) for item in value.items() for part in item)
    if isinstance(value, list | tuple | set | frozenset):
        return all(map(is_readable, value))
    return not isinstance(value, Unreadable)


def _short_repr(value: Any) -> str:
    try:
        text = repr(value)
    except Exception as error:  # noqa: BLE001 - the user's own __repr__ may do anything
        text = f"<{type(value).__name__}: {type(error).__name__}>"
    return text if len(text) <= _LONGEST_REPR else f"{text[: _LONGEST_REPR - 1]}…"


def _items(values: Any) -> list[Any]:
    return [to_jsonable(item) for item in values]


def _sorted_items(values: Any) -> list[Any]:
    return sorted(_items(values), key=repr)


def _pairs(value: Any) -> list[Any]:
    return [[to_jsonable(key), to_jsonable(item)] for key, item in value.items()]


def _read_pairs(pairs: Any) -> dict[Any, Any]:
    return {from_jsonable(key): from_jsonable(item) for key, item in pairs}


def _reader(kind: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda items: kind(from_jsonable(item) for item in items)


def _zoned(instant: dt.datetime) -> tuple[str, str | None]:
    """Return an instant as ISO text and the name of its time zone, for which the offset would be no substitute."""
    zone = getattr(instant.tzinfo, "key", None)
    return (instant.replace(tzinfo=None).isoformat(), zone) if isinstance(zone, str) else (instant.isoformat(), None)


def _read_datetime(written: Any) -> dt.datetime:
    from zoneinfo import ZoneInfo

    text, zone, fold = written
    instant = dt.datetime.fromisoformat(text).replace(fold=fold)
    return instant if zone is None else instant.replace(tzinfo=ZoneInfo(zone))


def _read_time(written: Any) -> dt.time:
    text, fold = written
    return dt.time.fromisoformat(text).replace(fold=fold)


_KINDS: dict[str, tuple[type, Callable[[Any], Any], Callable[[Any], Any]]] = {
    "float": (float, repr, float),
    "complex": (complex, str, complex),
    "bytes": (bytes, bytes.hex, bytes.fromhex),
    "tuple": (tuple, _items, _reader(tuple)),
    "set": (set, _sorted_items, _reader(set)),
    "frozenset": (frozenset, _sorted_items, _reader(frozenset)),
    "dict": (dict, _pairs, _read_pairs),
    "date": (dt.date, dt.date.isoformat, dt.date.fromisoformat),
    "datetime": (dt.datetime, lambda instant: [*_zoned(instant), instant.fold], _read_datetime),
    "time": (dt.time, lambda time: [time.isoformat(), time.fold], _read_time),
    "timedelta": (dt.timedelta, lambda d: [d.days, d.seconds, d.microseconds], lambda parts: dt.timedelta(*parts)),
    "decimal": (Decimal, str, Decimal),
    "uuid": (UUID, str, UUID),
    "path": (type(pathlib.Path()), str, pathlib.Path),
}
