"""What JSON can carry, and where it is not that."""

from __future__ import annotations

import math
from typing import Any

from dpnb.errors import EventDataError

_MOST_DEPTH = 200


def plain(value: Any, where: str, depth: int = 0) -> Any:
    """Return `value` as JSON can carry it: tuples as lists, NumPy's numbers as Python's.

    Raises
    ------
    EventDataError
        Something in it has no form in JSON; `where` and the path to it are named.
    """
    if depth > _MOST_DEPTH:
        raise EventDataError(where, found=f"it is nested deeper than {_MOST_DEPTH} levels", hint=_HINT)
    match value:
        case None | bool():
            found: Any = value
        case str():
            found = str.__str__(value)  # of an enumeration, its value
        case int():
            found = int(value)
        case float():
            found = _finite(float(value), where)
        case dict():
            found = {_key(key, where): plain(item, f"{where}[{key!r}]", depth + 1) for key, item in value.items()}
        case list() | tuple():
            found = [plain(item, f"{where}[{number}]", depth + 1) for number, item in enumerate(value)]
        case _:
            found = plain(_number(value, where), where, depth + 1)
    return found


_HINT = "send ids and facts (str, numbers, lists, dicts), and let the consumer load what they name."


def _key(key: object, where: str) -> str:
    if not isinstance(key, str):
        raise EventDataError(where, found=f"its key {key!r} is a {type(key).__name__}, not a str", hint=_HINT)
    return key


def _finite(value: float, where: str) -> float:
    if not math.isfinite(value):
        raise EventDataError(where, found=f"{value!r} has no form in JSON", hint="send None in its place.")
    return value


def _number(value: Any, where: str) -> bool | float | str:
    """Return one of NumPy's scalars as Python's, where there is such."""
    kind = type(value)
    if kind.__module__ == "numpy" and getattr(value, "ndim", 1) == 0:
        number = value.item()
        if isinstance(number, (bool, int, float, str)):
            return number
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    raise EventDataError(where, found=f"it is a {name}, which JSON cannot carry", hint=_HINT)
