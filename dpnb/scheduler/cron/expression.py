"""A cron expression as sets of numbers, and the local times that it names."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from dpnb.errors import CronExpressionError, closest
from dpnb.scheduler.cron.day_rule import DayRule, day_rule
from dpnb.scheduler.cron.fields import DAY, FIELDS, HOUR, MINUTE, WEEKDAY, read_field

NAMES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_LONGEST_YEARS = 41  # 29 February that is a given weekday returns after 40 years at most: 2072, 2112
_LAST_YEAR = 9998

type Time = tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class CronExpression:
    """What an expression says.

    Attributes
    ----------
    text:
        As it was given.
    seconds, minutes, hours, months:
        Sorted.
    day_rule:
        Which days of these months.
    is_wildcard:
        Whether minute or hour begin with a star: then it follows the elapsed time, whatever the clocks do.
    has_seconds:
        Whether it has a field for seconds, which comes first.
    """

    text: str
    seconds: tuple[int, ...]
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    months: tuple[int, ...]
    day_rule: DayRule
    is_wildcard: bool
    has_seconds: bool

    def next_wall_time(self, after: datetime) -> datetime | None:
        """Return the first local time later than `after` that it names, without a zone; None where `datetime` ends."""
        days = self.days_of(after.year, after.month)
        place = bisect_left(days, after.day)
        if place < len(days) and days[place] == after.day:
            later = self._time_after(after.hour, after.minute, after.second)
            if later is not None:
                return datetime(after.year, after.month, after.day, *later)  # noqa: DTZ001 - local times have no zone here
            place += 1
        year, month = after.year, after.month
        while place >= len(days):
            year, month = self._next_month(year, month)
            if year > min(after.year + _LONGEST_YEARS, _LAST_YEAR):
                return None
            days, place = self.days_of(year, month), 0
        return datetime(year, month, days[place], self.hours[0], self.minutes[0], self.seconds[0])  # noqa: DTZ001 - as above

    def names(self, wall: datetime) -> bool:
        """Tell whether it names this local time."""
        return (
            wall.second in self.seconds
            and wall.minute in self.minutes
            and wall.hour in self.hours
            and wall.day in self.days_of(wall.year, wall.month)
        )

    def _time_after(self, hour: int, minute: int, second: int) -> Time | None:
        if hour in self.hours:
            if minute in self.minutes and second < self.seconds[-1]:
                return hour, minute, self.seconds[bisect_right(self.seconds, second)]
            if minute < self.minutes[-1]:
                return hour, self.minutes[bisect_right(self.minutes, minute)], self.seconds[0]
        if hour < self.hours[-1]:
            return self.hours[bisect_right(self.hours, hour)], self.minutes[0], self.seconds[0]
        return None

    def _next_month(self, year: int, month: int) -> tuple[int, int]:
        place = bisect_right(self.months, month)
        return (year, self.months[place]) if place < len(self.months) else (year + 1, self.months[0])

    def days_of(self, year: int, month: int) -> tuple[int, ...]:
        """Return the days of a month that it names, sorted."""
        if month not in self.months:
            return ()
        return self.day_rule.days_of(year, month)


@lru_cache(maxsize=16_384)
def parse_cron(text: str) -> CronExpression:
    """Return what a cron expression says.

    Five fields (minute, hour, day of month, month, day of week), or six, where the first is for seconds; or a name such
    as ``@daily``.

    Raises
    ------
    CronExpressionError
        It is refused; the error names the field.

    Examples
    --------
    >>> parse_cron("*/20 9-10 * * MON-FRI").minutes
    (0, 20, 40)
    """
    texts = _split(text)
    has_seconds = len(texts) == len(FIELDS)
    if not has_seconds:
        texts = ["0", *texts]
    second, minute, hour, day, month, weekday = (
        read_field(field, part, text) for field, part in zip(FIELDS, texts, strict=True)
    )
    starred = {field.name for field, part in zip(FIELDS, texts, strict=True) if part[0] in "*?"}
    expression = CronExpression(
        text=text,
        seconds=tuple(sorted(second.numbers)),
        minutes=tuple(sorted(minute.numbers)),
        hours=tuple(sorted(hour.numbers)),
        months=tuple(sorted(month.numbers)),
        day_rule=day_rule(day, weekday, needs_both=not starred.isdisjoint((DAY.name, WEEKDAY.name))),
        is_wildcard=not starred.isdisjoint((MINUTE.name, HOUR.name)),
        has_seconds=has_seconds,
    )
    return _possible(expression)


def _split(text: str) -> list[str]:
    if not isinstance(text, str):
        raise CronExpressionError(text, rule=f"it is a {type(text).__name__}, not a str", hint=_HINT)
    words = text.lower().split()
    if len(words) == 1 and words[0].startswith("@"):
        words = _named(words[0], text).split()
    if len(words) not in (len(FIELDS) - 1, len(FIELDS)):
        count = "1 field" if len(words) == 1 else f"{len(words)} fields"
        rule = f"it has {count}, and not 5, or 6 with one for seconds at the beginning"
        raise CronExpressionError(text, rule=rule, hint=_HINT)
    return words


_HINT = "minute, hour, day of month, month, day of week: '0 9 * * MON-FRI' is 09:00 on weekdays; or a name: '@daily'."


def _named(name: str, text: str) -> str:
    if name in NAMES:
        return NAMES[name]
    if name == "@reboot":
        raise CronExpressionError(
            text,
            rule="it names no time: a scheduler may start often, or on several machines",
            hint="call what is to happen where your program starts, or use a manual trigger.",
        )
    near = closest(name, NAMES) or sorted(NAMES)
    raise CronExpressionError(text, rule="there is no such name", hint=f"try {', '.join(map(repr, near))}.")


def _possible(expression: CronExpression) -> CronExpression:
    if not expression.day_rule.is_possible(expression.months):
        raise CronExpressionError(
            expression.text,
            field=DAY.name,
            rule="no month that it names has such a day",
            hint="February has at most 29 days, April, June, September and November have 30; 'L' is the last day.",
        )
    return expression
