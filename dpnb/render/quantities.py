"""Durations, sizes and counts as people say them; nothing where they are not known."""

from __future__ import annotations

_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")


def duration(seconds: float | None) -> str:
    """Return a duration in the two units that matter.

    Examples
    --------
    >>> [duration(seconds) for seconds in (None, 0.0004, 0.25, 3.21, 75, 3725, 90_000)]
    ['', '0.4 ms', '250 ms', '3.2 s', '1 min 15 s', '1 h 02 min', '1 d 01 h']
    """
    if seconds is None:
        return ""
    if seconds < 0.9995:  # noqa: PLR2004 - what is left rounds to a second
        return f"{seconds * 1000:.{1 if seconds < 0.00995 else 0}f} ms"  # noqa: PLR2004 - below 10 ms a decimal tells
    if seconds < 59.95:  # noqa: PLR2004 - what is left rounds to a minute
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours:02d} h"
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"


def size(count: float | None) -> str:
    """Return a number of bytes in decimal units.

    Examples
    --------
    >>> [size(count) for count in (None, 0, 999, 1_000, 2_345_678)]
    ['', '0 B', '999 B', '1.0 kB', '2.3 MB']
    """
    if count is None:
        return ""
    power = min((len(str(int(count))) - 1) // 3, len(_UNITS) - 1)
    return f"{count / 1000**power:.{1 if power else 0}f} {_UNITS[power]}"


def number(count: int | None) -> str:
    """Return a count with its thousands apart.

    Examples
    --------
    >>> number(336_776)
    '336,776'
    """
    return "" if count is None else f"{count:,}"
