"""A cron expression in words."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from dpnb.scheduler.cron.expression import parse_cron
from dpnb.scheduler.cron.fields import DAY, LAST, MONTH, Element
from dpnb.scheduler.zones import zone_named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from dpnb.scheduler.cron.expression import CronExpression

_MOST_TIMES = 8
_HOURS, _MINUTES, _WEEKDAYS = 24, 60, 7
_WEEKDAY_NAMES = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_MONTH_NAMES = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_ORDINALS = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", LAST: "last"}
_STEPS = {1: "", 2: "second ", 3: "third "}
_SHORTEST_RANGE = 3


def describe(expression: str, zone: str) -> str:
    """Say in words when a cron expression fires.

    Raises
    ------
    CronExpressionError
        The expression is refused.
    UnknownZoneError
        There is no such zone.

    Examples
    --------
    >>> describe("0 9 * * MON-FRI", "Asia/Seoul")
    'at 09:00 on Monday to Friday (Asia/Seoul)'
    >>> describe("*/15 9-17 * * *", "UTC")
    'every 15 minutes from 09:00 to 17:59, every day (UTC)'
    """
    parsed = parse_cron(expression)
    parts = [_times(parsed), _days(parsed), _months(parsed)]
    told = " ".join(part for part in parts if part).replace(" , ", ", ")
    return f"{told} ({zone_named(zone).key})"


def _times(expression: CronExpression) -> str:
    hours, minutes, seconds = expression.hours, expression.minutes, expression.seconds
    if len(hours) * len(minutes) * len(seconds) <= _MOST_TIMES and not expression.is_wildcard:
        return f"at {_listed(_clock(h, m, s) for h in hours for m in minutes for s in seconds)}"
    of_hours = _minutes_of_hours(minutes, hours)
    if seconds == (0,):
        return of_hours
    told = _repeated("second", seconds)
    return told if told.startswith("every") and of_hours == "every minute" else f"{told} of {of_hours}"


def _minutes_of_hours(minutes: Sequence[int], hours: Sequence[int]) -> str:
    if minutes == (0,):
        return _each_hour(hours)
    told = _repeated("minute", minutes)
    if not told.startswith("every"):
        return f"{told} of {_each_hour(hours)}"
    if len(hours) == _HOURS:
        return told
    return f"{told} of {_each_hour(hours)}" if _step(hours, _HOURS) else f"{told} {_spans(hours)}"


def _each_hour(hours: Sequence[int]) -> str:
    step = _step(hours, _HOURS)
    if step:
        return f"every {_nth(step)}hour"
    runs = _runs(hours)
    if all(low == high for low, high in runs):
        return f"the hours {_listed(_clock(low, 0) for low, _ in runs)}"
    return f"every hour {_spans(hours, last_minute=0)}"


def _nth(step: int) -> str:
    return _STEPS.get(step, f"{step}th ")


def _spans(hours: Sequence[int], last_minute: int = 59) -> str:
    """Return hours as spans of time: ``from 09:00 to 17:59``."""
    spans = ((_clock(low, 0), _clock(high, last_minute)) for low, high in _runs(hours))
    return _listed(f"from {low} to {high}" if low != high else f"at {low}" for low, high in spans)


def _repeated(unit: str, numbers: Sequence[int]) -> str:
    if step := _step(numbers, _MINUTES):
        return f"every {step} {unit}s" if step > 1 else f"every {unit}"
    return f"at {unit}{'s' if len(numbers) > 1 else ''} {_listed(_told(numbers, str))}"


def _step(numbers: Sequence[int], whole: int) -> int:
    """Return what leads from each number to the next, round the clock; 0 where that differs."""
    steps = {later - number for number, later in pairwise([*numbers, numbers[0] + whole])}
    return steps.pop() if len(steps) == 1 and numbers[0] == 0 and len(numbers) > 1 else 0


def _clock(hour: int, minute: int, second: int = 0) -> str:
    return f"{hour:02}:{minute:02}" + (f":{second:02}" if second else "")


def _days(expression: CronExpression) -> str:
    rule = expression.day_rule
    dates, weekdays = _dates(rule.days), _weekdays(rule.weekdays)
    if dates and weekdays:
        return f"on {dates} {'if it is' if rule.needs_both else 'or on'} {weekdays}"
    if dates or weekdays:  # where the other one is all days, and either is enough, it is every day
        return f"on {dates or weekdays}" if rule.needs_both else ", every day"
    return "" if _step(expression.hours, _HOURS) else ", every day"  # which goes without saying round the clock


def _dates(days: Element) -> str:
    dates = sorted(days.numbers - {LAST})
    if len(dates) == DAY.high:
        return ""
    steps = {later - date for date, later in pairwise(dates)}
    if len(dates) > _MOST_TIMES and len(steps) == 1 and steps != {1}:
        named = f"every {_nth(steps.pop())}day from day {dates[0]}"
    else:
        named = f"day {_listed(_told(dates, str))}" if dates else ""
    last = "the last day" if LAST in days.numbers else ""
    return f"{' and '.join(part for part in (named, last) if part)} of the month"


def _weekdays(weekdays: Element) -> str:
    days = {day % _WEEKDAYS for day in weekdays.numbers}
    if len(days) == _WEEKDAYS:
        return ""
    from_monday = sorted((day - 1) % _WEEKDAYS for day in days)
    told = _told(from_monday, lambda day: _WEEKDAY_NAMES[(day + 1) % _WEEKDAYS])
    weeks = sorted(weekdays.nth, key=lambda one: (one[1] if one[1] != LAST else _WEEKDAYS, one[0]))
    return _listed([*told, *(f"the {_ORDINALS[week]} {_WEEKDAY_NAMES[day]} of the month" for day, week in weeks)])


def _months(expression: CronExpression) -> str:
    if len(expression.months) == MONTH.high:
        return ""
    return f"in {_listed(_told(expression.months, lambda month: _MONTH_NAMES[month - 1]))}"


def _runs(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Return first and last of each run of consecutive numbers."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs


def _told(numbers: Sequence[int], name: Callable[[int], str]) -> list[str]:
    """Return the names of numbers, three or more in a row as a range."""
    told: list[str] = []
    for low, high in _runs(numbers):
        if high - low < _SHORTEST_RANGE - 1:
            told += [name(low), *([name(high)] if high > low else [])]
        else:
            told.append(f"{name(low)} to {name(high)}")
    return told


def _listed(texts: Iterable[str]) -> str:
    *first, last = texts
    return f"{', '.join(first)} and {last}" if first else last
