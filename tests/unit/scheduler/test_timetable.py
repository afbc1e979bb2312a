from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dpnb.scheduler import ScheduleOptions
from dpnb.scheduler.overlaps import Admission, admit
from dpnb.scheduler.timetable import Timetable

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def hourly(after: datetime) -> datetime:
    return after.replace(minute=0, second=0, microsecond=0) + HOUR


def test_nothing_is_due_before_the_start_or_after_the_end():
    asked = ScheduleOptions(start=NOON, end=NOON + HOUR)
    timetable = Timetable("매시", hourly, asked)
    assert [due.at for due in timetable.due(NOON - 5 * HOUR, NOON + 5 * HOUR)] == [NOON, NOON + HOUR]
    assert timetable.next(NOON + HOUR) is None


def test_jitter_puts_off_by_less_than_was_asked_for_and_the_same_for_everybody():
    asked = ScheduleOptions(jitter=60)
    found = [Timetable("매시", hourly, asked).next(NOON + number * HOUR) for number in range(50)]
    delays = [(due.starts - due.at).total_seconds() for due in found if due is not None]
    assert 0 <= min(delays) < 15
    assert 45 < max(delays) < 60
    assert [Timetable("매시", hourly, asked).next(NOON + number * HOUR) for number in range(50)] == found
    assert Timetable("다른", hourly, asked).next(NOON) != found[0]


@pytest.mark.parametrize(
    ("overlap", "going", "waiting", "made_up", "expected"),
    [
        ("skip", 0, 0, False, Admission.START),
        ("skip", 1, 0, False, Admission.DROP),
        ("skip", 1, 0, True, Admission.WAIT),
        ("queue", 1, 1, False, Admission.WAIT),
        ("queue", 1, 2, False, Admission.DROP),
        ("cancel_running", 1, 0, False, Admission.REPLACE),
        ("cancel_running", 1, 0, True, Admission.WAIT),
        ("allow", 9, 9, True, Admission.START),
    ],
)
def test_what_goes_on_decides_on_what_comes(overlap, going, waiting, made_up, expected):
    asked = ScheduleOptions(overlap=overlap, most=2)
    assert admit(asked, going=going, waiting=waiting, is_made_up=made_up) is expected
