"""The fields of a cron expression, read with croniter element by element, so that what is wrong can be named."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from dpnb.errors import CronExpressionError


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Field:
    """One field's name, its numbers, where croniter has it, and what may stand in it."""

    name: str
    low: int
    high: int
    place: int
    allowed: str
    names: tuple[str, ...] = ()
    first_name: int = 0

    def number(self, text: str) -> int | None:
        """Return what a number or name stands for; None where it is neither."""
        if text in self.names:
            return self.names.index(text) + self.first_name
        return int(text) if text.isascii() and text.isdecimal() else None


_NUMBERS = "numbers {low}–{high}, ranges '{low}-{some}', lists '{low},{some}', steps '*/{step}'"


def _allowed(low: int, some: int, high: int, step: int, more: str = "") -> str:
    return _NUMBERS.format(low=low, some=some, high=high, step=step) + more


SECOND = Field(name="second", low=0, high=59, place=5, allowed=_allowed(0, 30, 59, 15))
MINUTE = Field(name="minute", low=0, high=59, place=0, allowed=_allowed(0, 30, 59, 15))
HOUR = Field(name="hour", low=0, high=23, place=1, allowed=_allowed(0, 8, 23, 6))
DAY = Field(
    name="day of month", low=1, high=31, place=2, allowed=_allowed(1, 15, 31, 2, ", and 'L' for the month's last day")
)
MONTH = Field(
    name="month",
    low=1,
    high=12,
    place=3,
    allowed=_allowed(1, 6, 12, 3, ", and names JAN–DEC"),
    names=("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
    first_name=1,
)
WEEKDAY = Field(
    name="day of week",
    low=0,
    high=7,
    place=4,
    allowed=_allowed(
        0, 5, 7, 2, " (0 and 7 are Sunday), names SUN–SAT, 'MON#2' for the second, 'L5' for the last Friday"
    ),
    names=("sun", "mon", "tue", "wed", "thu", "fri", "sat"),
)
FIELDS = (SECOND, MINUTE, HOUR, DAY, MONTH, WEEKDAY)

LAST = -1
"""In place of a number: the last one."""

_DRAWN = re.compile(r"[hr](?![a-z])")  # H, R, H(0-29), H/3: no month and no day begins with these letters
_EQUAL_ENDS = re.compile(r"(\w+)-(\w+)(/[1-9]\d*)?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """What one element of a field's list stands for; `nth` are weekdays with the week of the month that is meant."""

    numbers: frozenset[int]
    nth: frozenset[tuple[int, int]] = frozenset()


def read_field(field: Field, text: str, expression: str) -> Element:
    """Return all that a field stands for.

    Raises
    ------
    CronExpressionError
        One of its elements is refused.
    """
    parts = [_read_element(field, part, expression) for part in text.split(",")]
    if len(parts) == 1:
        return parts[0]
    return Element(
        numbers=frozenset().union(*(part.numbers for part in parts)),
        nth=frozenset().union(*(part.nth for part in parts)),
    )


def _read_element(field: Field, text: str, expression: str) -> Element:
    element = _read(field, text)
    if element is not None:
        return element
    if _DRAWN.match(text):
        raise CronExpressionError(
            expression,
            field=field.name,
            rule=f"{text!r} asks for a drawn value, and another process would draw another",
            hint="write the value that you want; the trigger's jitter spreads the load of many schedules.",
        )
    raise CronExpressionError(
        expression,
        field=field.name,
        rule=f"{text!r} is not allowed there",
        hint=f"allowed are {field.allowed}.",
    )


@lru_cache(maxsize=4096)
def _read(field: Field, text: str) -> Element | None:
    """Return what croniter makes of one element; None where it, or we, refuse.

    We refuse what croniter would hear otherwise: it draws for an `R`, and of a `W` it keeps only the number.
    """
    from croniter import CroniterError, croniter

    if not text or _DRAWN.match(text) or (field is DAY and "w" in text):
        return None
    places = ["*"] * len(FIELDS)
    places[field.place] = _one_of_equal_ends(field, text)
    try:
        expanded, nth = croniter.expand(" ".join(places))
    except CroniterError:
        return None
    if nth:
        weeks = {(day % 7, LAST if week == "l" else week) for day, every in nth.items() for week in every}
        return Element(numbers=frozenset(), nth=frozenset(weeks))
    return Element(numbers=frozenset(_numbers(field, expanded[field.place])))


def _one_of_equal_ends(field: Field, text: str) -> str:
    """Return ``5-5`` as ``5``, as every cron takes it; croniter takes it for the whole cycle."""
    found = _EQUAL_ENDS.fullmatch(text)
    if found is None:
        return text
    low, high = field.number(found[1]), field.number(found[2])
    return found[1] if low is not None and low == high else text


def _numbers(field: Field, expanded: list[Any]) -> set[int]:
    if "*" in expanded:
        return set(range(field.low, field.high + 1)) - {7 if field is WEEKDAY else -1}
    return {LAST if number == "l" else number for number in expanded}
