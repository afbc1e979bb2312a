"""Durations, sizes and counts as a person reads them."""

from __future__ import annotations

_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86400
_SIZES = ("B", "KB", "MB", "GB", "TB")


def format_duration(seconds: float) -> str:
    """Return a duration in two units at most.

    Examples
    --------
    >>> [format_duration(s) for s in (0.0004, 0.25, 7.5, 75, 3700, 90000)]
    ['0.4 ms', '250 ms', '7.5 s', '1 min 15 s', '1 h 1 min', '1 d 1 h']
    """
    if seconds < 0.01:  # noqa: PLR2004 - below 10 ms a decimal is worth showing
        return f"{seconds * 1e3:.1f} ms"
    if seconds < 1:
        return f"{seconds * 1e3:.0f} ms"
    if seconds < _MINUTE_S:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < _HOUR_S:
        return f"{whole // _MINUTE_S} min {whole % _MINUTE_S} s"
    if whole < _DAY_S:
        return f"{whole // _HOUR_S} h {whole % _HOUR_S // _MINUTE_S} min"
    return f"{whole // _DAY_S} d {whole % _DAY_S // _HOUR_S} h"


def format_bytes(size: float) -> str:
    """Return a size in decimal units.

    Examples
    --------
    >>> [format_bytes(s) for s in (0, 999, 1500, 57_000_000)]
    ['0 B', '999 B', '1.5 KB', '57 MB']
    """
    for unit in _SIZES:
        if size < 1000 or unit == _SIZES[-1]:  # noqa: PLR2004 - decimal units
            break
        size /= 1000
    return f"{size:.1f} {unit}" if unit != "B" and size < 10 else f"{size:.0f} {unit}"  # noqa: PLR2004


def format_count(count: int) -> str:
    """Return a number with its thousands apart.

    Examples
    --------
    >>> format_count(336776)
    '336,776'
    """
    return f"{count:,}"
