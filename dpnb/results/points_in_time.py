"""Points in time and spans as people give them: ``"7d"``, ``"2026-11-01"``, a date, a timedelta.

What has no time zone is on the clock of whoever says it. ``m`` alone is refused: it would be minutes to some and months
to others, and what is older than that is deleted.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from dpnb.errors import RunCriterionError

if TYPE_CHECKING:
    from collections.abc import Mapping

type Span = dt.timedelta | str
type Since = dt.date | dt.timedelta | str  # a datetime is a date

_PART = re.compile(r"\s*(\d{1,12}(?:\.\d{1,9})?)\s*([a-z]+)\s*,?", re.IGNORECASE | re.ASCII)
_SECONDS: Mapping[str, float] = {
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1),
    **dict.fromkeys(("min", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hour", "hours"), 3_600),
    **dict.fromkeys(("d", "day", "days"), 86_400),
    **dict.fromkeys(("w", "week", "weeks"), 604_800),
}
_SPAN_HINT = "write '30d', '12h', '1d 6h' (s, min, h, d, w)."
_SINCE_HINT = "write '2026-11-01', '2026-11-01 12:30' or, for the last seven days, '7d'."


def span_us(span: Span, *, option: str) -> int:
    """Return a span in microseconds.

    Raises
    ------
    RunCriterionError
        It is none, or it is negative.

    Examples
    --------
    >>> span_us("1d 12h", option="older_than") // 1_000_000
    129600
    """
    found = span // dt.timedelta(microseconds=1) if isinstance(span, dt.timedelta) else _read_span(span)
    if found is None:
        raise RunCriterionError(option, span, "is no span of time", hint=_SPAN_HINT)
    if found < 0:
        raise RunCriterionError(option, span, "lies in the future", hint="give a span that is not negative.")
    return found


def since_us(since: Since, now_us: int) -> int:
    """Return the instant that is meant, in microseconds since 1970 UTC; a span counts back from `now_us`.

    Raises
    ------
    RunCriterionError
        It is no point in time.
    """
    if isinstance(since, dt.timedelta) or (isinstance(since, str) and _read_span(since) is not None):
        return now_us - span_us(since, option="since")
    instant = _read_instant(since)
    if instant is None:
        raise RunCriterionError("since", since, "is no point in time", hint=_SINCE_HINT)
    return instant


def _read_span(text: object) -> int | None:
    """Return microseconds; None where it is no text of numbers with units."""
    if not isinstance(text, str) or not text.strip():
        return None
    parts = [found.groups() for found in _PART.finditer(text)]
    if _PART.sub("", text).strip() or any(unit.lower() not in _SECONDS for _, unit in parts):
        return None
    return round(sum(float(count) * _SECONDS[unit.lower()] for count, unit in parts) * 1e6)


def _read_instant(since: object) -> int | None:
    try:
        given = dt.datetime.fromisoformat(since.strip()) if isinstance(since, str) else since
        if isinstance(given, dt.date) and not isinstance(given, dt.datetime):
            given = dt.datetime.combine(given, dt.time())
        return round(given.timestamp() * 1e6) if isinstance(given, dt.datetime) else None
    except (ValueError, OverflowError, OSError):  # no date at all, pandas' NaT, or one that no clock shows
        return None
