"""Whether a run parameter's value is of the type that its task asks for."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Mapping
from itertools import islice
from types import UnionType
from typing import Any, Union, get_args, get_origin

from dpnb.planner.fit import Fit
from dpnb.planner.hint_forms import plain

MOST_ITEMS = 10_000  # of a container are looked at


def fits_hint(value: Any, hint: Any) -> Fit:
    """Check a value against a hint; an int is a float too, and a NumPy scalar is the number that it holds.

    All items of containers are looked at, up to 10,000 of each: beartype alone looks at one of them, another each time.
    """
    try:
        fitting = _fits(value, hint) or _fits(_unboxed(value), hint)
    except Exception:  # noqa: BLE001 - beartype raises many kinds of error on odd hints
        return Fit.UNKNOWN
    return Fit.COMPATIBLE if fitting else Fit.INCOMPATIBLE


def _fits(value: Any, hint: Any) -> bool:
    from beartype import BeartypeConf
    from beartype.door import is_bearable

    hint = plain(hint)
    if not is_bearable(value, hint, conf=BeartypeConf(is_pep484_tower=True)):
        return False
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return any(_fits(value, part) for part in parts)
    if not isinstance(origin, type) or not issubclass(origin, Collection) or not isinstance(value, Collection):
        return True
    items = islice(value.items() if isinstance(value, Mapping) else value, MOST_ITEMS)
    if isinstance(value, Mapping):
        return len(parts) != 2 or all(_fits(key, parts[0]) and _fits(one, parts[1]) for key, one in items)  # noqa: PLR2004
    if origin is tuple and (len(parts) != 2 or parts[1] is not Ellipsis):  # noqa: PLR2004
        return all(map(_fits, items, parts))
    return not parts or all(_fits(item, parts[0]) for item in items)


def _unboxed(value: Any) -> Any:
    if type(value).__module__ == "numpy":
        with contextlib.suppress(Exception):
            return value.item()
    return value
