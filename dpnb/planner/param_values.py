"""Whether a run parameter's value is of the type that its task asks for."""

from __future__ import annotations

import contextlib
from typing import Any

from dpnb.planner.fit import Fit
from dpnb.planner.hint_forms import plain


def fits_hint(value: Any, hint: Any) -> Fit:
    """Check a value against a hint; an int is a float too, and a NumPy scalar is the number that it holds."""
    from beartype import BeartypeConf
    from beartype.door import is_bearable

    try:
        stripped, conf = plain(hint), BeartypeConf(is_pep484_tower=True)
        fitting = is_bearable(value, stripped, conf=conf) or is_bearable(_unboxed(value), stripped, conf=conf)
    except Exception:  # noqa: BLE001 - beartype raises many kinds of error on odd hints
        return Fit.UNKNOWN
    return Fit.COMPATIBLE if fitting else Fit.INCOMPATIBLE


def _unboxed(value: Any) -> Any:
    if type(value).__module__ == "numpy":
        with contextlib.suppress(Exception):
            return value.item()
    return value
