"""Figures as people say them."""

from __future__ import annotations

from datetime import UTC, datetime


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
