"""Whether two objects are the same, whatever their own code does: nothing here raises."""

from __future__ import annotations

import math
from numbers import Number
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dpnb.results.comparison.options import MatchOptions

_MISSING_TYPES = frozenset({"NAType", "NaTType"})
_TIMES_OF_NUMPY = frozenset({"datetime64", "timedelta64"})


def is_missing(value: Any) -> bool:
    """Tell whether a cell is empty: None, NaN, NaT, ``pd.NA``."""
    if value is None or type(value).__name__ in _MISSING_TYPES:
        return True
    if not isinstance(value, Number) and type(value).__name__ not in _TIMES_OF_NUMPY:
        return False
    try:
        return bool(value != value)  # noqa: PLR0124 - what NaN alone says of itself
    except Exception:  # noqa: BLE001 - a signalling Decimal, a number of the user's
        return False


def is_number(value: Any) -> bool:
    """Tell whether a value can be subtracted as a number."""
    return isinstance(value, Number) and not isinstance(value, bool)


def is_equal(a: Any, b: Any) -> bool:
    """Tell whether ``a == b`` says a plain yes."""
    try:
        said = a == b
        return said is True or (type(said).__name__ == "bool" and bool(said))
    except Exception:  # noqa: BLE001 - the user's own __eq__ may do anything
        return False


def is_same(a: Any, b: Any, options: MatchOptions) -> bool:
    """Tell whether two cells count as equal, what they contain included."""
    if a is b or is_equal(a, b):
        return True
    if is_missing(a) or is_missing(b):
        return is_missing(a) and is_missing(b)
    if is_number(a) and is_number(b):
        return _are_close(a, b, options)
    if isinstance(a, str | bytes) or isinstance(b, str | bytes):
        return False
    from dpnb.results.comparison.walk import found_differences

    return not found_differences(a, b, options, most=1)


def _are_close(a: Any, b: Any, options: MatchOptions) -> bool:
    try:
        return options.are_close(a, b)
    except Exception:  # noqa: BLE001 - a Decimal beside a float, a number of the user's
        return False


def gap_between(a: Any, b: Any) -> float:
    """Return b − a of two numbers, NaN of anything else."""
    if not (is_number(a) and is_number(b)) or is_missing(a) or is_missing(b):
        return math.nan
    try:
        return float(abs(b - a) if isinstance(a, complex) or isinstance(b, complex) else b - a)
    except Exception:  # noqa: BLE001 - as above, or too large for a float
        return math.nan
