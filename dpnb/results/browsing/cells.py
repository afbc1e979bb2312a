"""A cell's value as text: short in a page, whole when somebody asks for it."""

from __future__ import annotations

from typing import Any

from dpnb.results.short_text import short_text

CELL_CHARACTERS = 200
WHOLE_CHARACTERS = 100_000
_DIGITS = 10
_OWN_DIGITS = {"float32": 7, "float16": 4, "longdouble": _DIGITS}  # the first two hold no more


def cell_text(value: Any) -> str | None:
    """Return `value` as a page shows it; None where it is missing.

    Examples
    --------
    >>> cell_text(0.1 + 0.2), cell_text("한글"), cell_text(float("nan"))
    ('0.3', '한글', None)
    """
    if is_missing(value):
        return None
    if isinstance(value, str):
        return _cut(value, CELL_CHARACTERS)
    if isinstance(value, float):
        return _number(float(value), _DIGITS)
    if (digits := _OWN_DIGITS.get(type(value).__name__)) is not None:
        return _number(float(value), digits)
    return _cut(short_text(_plain(value)), CELL_CHARACTERS)


def whole_text(value: Any) -> tuple[str, bool]:
    """Return all of a value's text, and whether it was too long for that."""
    try:
        text = "" if is_missing(value) else str(_plain(value))
    except Exception:  # noqa: BLE001  # a value's own code may raise anything
        text = f"<{type(value).__qualname__}>"
    return _printable(text[:WHOLE_CHARACTERS]), len(text) > WHOLE_CHARACTERS


def is_missing(value: Any) -> bool:
    """Tell whether a cell holds nothing: None, NaN, NaT or pandas' NA."""
    if value is None:
        return True
    if isinstance(value, (str, int)):
        return False
    try:
        return not (value == value)  # noqa: PLR0124, SIM201  # what is not itself is missing
    except (TypeError, ValueError):  # NA has no truth, and an array has many
        return type(value).__name__ == "NAType"


def _number(value: float, digits: int) -> str:
    short = f"{value:.{digits}g}"
    return short if value == float(short) or abs(value) < 1e15 else repr(value)  # noqa: PLR2004  # beyond, digits are lost


def _plain(value: Any) -> Any:
    """Return NumPy's scalars as Python's, whose text is what one expects."""
    is_scalar = type(value).__module__ == "numpy" and hasattr(value, "item") and not getattr(value, "ndim", 1)
    return value.item() if is_scalar and value.dtype.kind in "biufc" else value


def _cut(text: str, most: int) -> str:
    return _printable(text if len(text) <= most else f"{text[: most - 1]}…")


def _printable(text: str) -> str:
    """Return text that UTF-8 can carry: a lone surrogate would end the answer."""
    return text.encode("utf-8", "backslashreplace").decode()
