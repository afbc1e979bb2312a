from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from dpnb.errors import ScheduleOptionError
from dpnb.scheduler import ScheduleOptions


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("misfire", "sometimes"),
        ("overlap", None),
        ("most", 0),
        ("most", True),
        ("retries", -1),
        ("retries", 1.5),
        ("pause_after", 0),
        ("jitter", -1),
        ("jitter", float("inf")),
        ("grace", "1d"),
        ("retry_delay", None),
        ("start", datetime(2026, 12, 1)),  # noqa: DTZ001 - that is the point
        ("end", "2026-12-01"),
    ],
)
def test_nonsense_is_refused_by_name(option, value):
    with pytest.raises(ScheduleOptionError, match=f"{option}=") as caught:
        ScheduleOptions(**{option: value})
    assert caught.value.hint


def test_an_end_before_the_start_is_refused():
    with pytest.raises(ScheduleOptionError, match="lies before start"):
        ScheduleOptions(start=datetime(2027, 1, 1, tzinfo=UTC), end=datetime(2026, 1, 1, tzinfo=UTC))


def test_json_keeps_what_was_asked_for():
    asked = ScheduleOptions(
        misfire="all", grace=5.0, start=datetime(2026, 12, 1, 9, tzinfo=ZoneInfo("Asia/Seoul")), retries=3
    )
    assert ScheduleOptions.from_json(asked.to_json()) == asked
    assert ScheduleOptions().to_json() == "{}"


def test_each_retry_waits_twice_as_long():
    asked = ScheduleOptions(retry_delay=5)
    assert [asked.retry_delay_s(attempt) for attempt in (1, 2, 3)] == [5, 10, 20]
