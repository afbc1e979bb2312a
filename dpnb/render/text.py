"""How wide text is, without asking a font, and how to shorten it."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ELLIPSIS = "…"
_BREAKS = "_-./: "

# Advance widths in em, near the upper end of common sans-serif fonts, so that text never runs over its card.
_NARROW = dict.fromkeys("ijl|!'`", 0.29) | dict.fromkeys(".,:; I()[]{}/\\·", 0.36) | dict.fromkeys('frt-"*', 0.41)
_WIDE = dict.fromkeys("mwMW@%", 0.93) | dict.fromkeys("ABCDGHKNOQRUVXY&+<=>~", 0.71)
_EM = _NARROW | _WIDE | dict.fromkeys("0123456789_acdeghknopqu", 0.60) | {ELLIPSIS: 0.95}


def cells(text: str) -> int:
    """Return the columns that `text` takes in a terminal: East Asian wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(map(_cells_of, text))


def _cells_of(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Cf", "Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def points(text: str, size: float) -> float:
    """Return the width of `text` in a sans-serif font of that size, in the unit of `size`."""
    return size * sum(map(_em_of, text))


def _em_of(char: str) -> float:
    known = _EM.get(char)
    return known if known is not None else (0.0, 0.58, 1.0)[_cells_of(char)]


def pad(text: str, width: int, align: str = "l") -> str:
    """Fill `text` with spaces to `width` columns of a terminal."""
    space = max(width - cells(text), 0)
    left = {"l": 0, "c": space // 2, "r": space}[align]
    return " " * left + text + " " * (space - left)


def shorten_to_points(text: str, width: float, size: float) -> str:
    """Take characters out of the middle until `text` is at most `width` wide."""
    return _shorten(text, width, partial(points, size=size))


def cut_to_points(text: str, width: float, size: float) -> str:
    """Leave out words at the end until `text` fits: half a number would be a wrong one."""
    if points(text, size) <= width:
        return text
    words = text.split(" ")
    fitting = [" ".join(words[:count]) + ELLIPSIS for count in range(1, len(words))]
    found = [shorter for shorter in fitting if points(shorter, size) <= width]
    return found[-1] if found else shorten_to_points(text, width, size)


def wrap_to_points(text: str, width: float, size: float) -> tuple[str, ...]:
    """Break `text` into at most two lines, if it can be after a separator; the second is shortened to fit."""
    if points(text, size) <= width:
        return (text,)
    fitting = bisect_right(range(1, len(text)), width, key=lambda length: points(text[:length], size))
    after = max(text.rfind(mark, 0, fitting) + 1 for mark in _BREAKS)
    at = after if after > fitting // 3 else fitting
    return (text[:at].rstrip(), shorten_to_points(text[at:].lstrip(), width, size)) if at else (text,)


def shorten_to_cells(text: str, width: int) -> str:
    """Take characters out of the middle until `text` takes at most `width` columns."""
    return _shorten(text, width, cells)


def _shorten(text: str, width: float, measure: Callable[[str], float]) -> str:
    """Keep both ends: names of tasks differ at the end as often as at the beginning."""
    if len(text) > 4 * width + 8:  # no character worth showing is narrower than a quarter of a unit
        text = text[: int(2 * width + 4)] + text[-int(2 * width + 4) :]
    elif measure(text) <= width:
        return text
    low, high = 0, len(text) - 1
    while low < high:  # the most characters that fit
        kept = (low + high + 1) // 2
        low, high = (kept, high) if measure(_without_middle(text, kept)) <= width else (low, kept - 1)
    return _without_middle(text, low)


def _without_middle(text: str, kept: int) -> str:
    tail = kept * 2 // 5
    return text[: kept - tail].rstrip() + ELLIPSIS + (text[-tail:].lstrip() if tail else "")


def one_line(text: str) -> str:
    """Return `text` with line breaks, control characters and runs of space as single spaces."""
    printable = "".join(char if unicodedata.category(char)[0] != "C" or char == "\u200d" else " " for char in text)
    return " ".join(printable.split())
