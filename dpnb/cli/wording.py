"""Figures as people say them."""

from __future__ import annotations

from datetime import UTC, datetime

_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")


def duration(seconds: float | None) -> str:
    """Return a duration in the two units that matter.

    Examples
    --------
    >>> [duration(seconds) for seconds in (None, 0.0004, 0.25, 3.21, 75, 3725)]
    ['', '<1 ms', '250 ms', '3.2 s', '1 min 15 s', '1 h 02 min']
    """
    if seconds is None:
        return ""
    if seconds < 0.001:  # noqa: PLR2004
        return "<1 ms"
    if seconds < 0.9995:  # noqa: PLR2004 - what is left rounds to a second
        return f"{seconds * 1000:.0f} ms"
    if seconds < 59.95:  # noqa: PLR2004
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:  # noqa: PLR2004
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def size(count: int | None) -> str:
    """Return a number of bytes in decimal units.

    Examples
    --------
    >>> [size(count) for count in (None, 0, 999, 1_000, 2_345_678)]
    ['', '0 B', '999 B', '1.0 kB', '2.3 MB']
    """
    if count is None:
        return ""
    power = min((len(str(count)) - 1) // 3, len(_UNITS) - 1)
    return f"{count / 1000**power:.{1 if power else 0}f} {_UNITS[power]}"


def number(count: int | None) -> str:
    """Return a count with its thousands apart; nothing where it is not known."""
    return "" if count is None else f"{count:,}"


def instant(microseconds: int | None) -> str:
    """Return an instant, given in microseconds since 1970 UTC, on the clock of whoever reads it."""
    if microseconds is None:
        return ""
    return datetime.fromtimestamp(microseconds / 1e6, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def plural(count: int, noun: str) -> str:
    """Return count and noun.

    Examples
    --------
    >>> plural(1, "task"), plural(12, "task")
    ('1 task', '12 tasks')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
