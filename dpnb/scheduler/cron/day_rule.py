"""Which days of a month an expression names.

Of the two fields for days, Debian cron takes either to be enough, unless one of them begins with a star: then a day
must fit both. What days these are depends on a month's shape alone, its first day's weekday and its length, of which
there are 28.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from dpnb.scheduler.cron.fields import LAST, Element

if TYPE_CHECKING:
    from collections.abc import Iterable

_LENGTHS = dict.fromkeys(range(1, 13), (31,)) | dict.fromkeys((4, 6, 9, 11), (30,)) | {2: (28, 29)}


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRule:
    """What both fields for days say together.

    Attributes
    ----------
    days, weekdays:
        What either field stands for; the weekdays from Sunday, which is 0.
    needs_both:
        Whether a day must fit both of them, rather than either.
    """

    days: Element
    weekdays: Element
    needs_both: bool
    _known: dict[tuple[int, int], tuple[int, ...]] = field(default_factory=dict, compare=False, repr=False)

    def days_of(self, year: int, month: int) -> tuple[int, ...]:
        """Return the days of a month that it names, sorted."""
        return self._days_of_shape(*_shape(year, month))

    def is_possible(self, months: Iterable[int]) -> bool:
        """Whether one of these months ever has such a day: in 400 years, each begins on every day of the week."""
        return any(
            self._days_of_shape(first, length) for month in months for length in _LENGTHS[month] for first in range(7)
        )

    def _days_of_shape(self, first_weekday: int, length: int) -> tuple[int, ...]:
        known = self._known.get((first_weekday, length))
        if known is None:  # two threads may find the same
            days = (day for day in range(1, length + 1) if self._fits(day, (first_weekday + day) % 7, length))
            known = self._known[first_weekday, length] = tuple(days)
        return known

    def _fits(self, day: int, weekday: int, length: int) -> bool:
        by_date = day in self.days.numbers or (day == length and LAST in self.days.numbers)
        if by_date is not self.needs_both:
            return by_date
        week = (day + 6) // 7
        return (
            weekday in self.weekdays.numbers
            or (weekday, week) in self.weekdays.nth
            or (day + 7 > length and (weekday, LAST) in self.weekdays.nth)
        )


_shape = lru_cache(maxsize=4096)(monthrange)


@lru_cache(maxsize=4096)
def day_rule(days: Element, weekdays: Element, *, needs_both: bool) -> DayRule:
    """Return the rule; expressions that say the same share what is known of it."""
    return DayRule(days=days, weekdays=weekdays, needs_both=needs_both)
