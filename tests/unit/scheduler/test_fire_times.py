from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from dpnb.errors import TriggerOptionError, UnknownZoneError
from dpnb.scheduler import next_fire
from dpnb.scheduler.zones import local_zone_name, zone_named

if TYPE_CHECKING:
    from collections.abc import Iterator

BERLIN = ZoneInfo("Europe/Berlin")


def fires(expression: str, start: str, zone: str = "Europe/Berlin") -> Iterator[datetime]:
    due = next_fire(expression, zone, datetime.fromisoformat(start).replace(tzinfo=ZoneInfo(zone)))
    while due is not None:
        yield due
        due = next_fire(expression, zone, due)


def local(expression: str, start: str, count: int) -> list[str]:
    """Return local times with their offsets."""
    return [f"{due.astimezone(BERLIN):%d %H:%M %z}" for due in islice(fires(expression, start), count)]


def test_what_the_clocks_skip_fires_once_right_after():
    assert local("30 2 * * *", "2026-03-28", 3) == ["28 02:30 +0100", "29 03:00 +0200", "30 02:30 +0200"]
    assert local("0,20,40 2,3 * * *", "2026-03-29", 3) == ["29 03:00 +0200", "29 03:20 +0200", "29 03:40 +0200"]


def test_what_comes_twice_fires_the_first_time():
    assert local("30 2 * * *", "2026-10-25", 2) == ["25 02:30 +0200", "26 02:30 +0100"]
    assert local("0-59 2 * * *", "2026-10-25T02:58", 2) == ["25 02:59 +0200", "26 02:00 +0100"]


def test_from_within_the_second_time_a_schedule_at_fixed_times_goes_on_after_it():
    within = datetime(2026, 10, 25, 2, 10, tzinfo=BERLIN, fold=1)
    assert next_fire("*/1 * * * *", "Europe/Berlin", within) == datetime(2026, 10, 25, 1, 11, tzinfo=UTC)
    assert next_fire("30 2 * * *", "Europe/Berlin", within) == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


def test_wildcard_schedules_follow_the_elapsed_time():
    assert local("30 */1 * * *", "2026-03-29T01:00", 2) == ["29 01:30 +0100", "29 03:30 +0200"]
    assert local("30 * * * *", "2026-10-25T02:00", 3) == ["25 02:30 +0200", "25 02:30 +0100", "25 03:30 +0100"]
    assert local("*/30 2 * * *", "2026-03-29", 1) == ["30 02:00 +0200"]


def test_a_wildcard_schedule_of_one_day_a_year_does_not_mind_the_changes_in_between():
    assert local("*/30 3 29 2 *", "2026-01-01", 2) == ["29 03:00 +0100", "29 03:30 +0100"]


def test_a_day_that_is_left_out_fires_once_when_it_is_over():
    samoa = list(islice(fires("0 9 * * *", "2011-12-29T12:00", "Pacific/Apia"), 2))
    assert samoa == [datetime(2011, 12, 30, 10, tzinfo=UTC), datetime(2011, 12, 30, 19, tzinfo=UTC)]


def test_a_leap_day_that_is_a_given_weekday_is_found_across_forty_years():
    assert next_fire("0 0 * 2 MON#5", "UTC", datetime(2073, 1, 1, tzinfo=UTC)) == datetime(2112, 2, 29, tzinfo=UTC)


def test_the_fire_is_later_even_by_less_than_a_second():
    exact = datetime(2026, 5, 1, 9, tzinfo=UTC)
    assert next_fire("0 9 * * *", "UTC", exact.replace(hour=8, minute=59, second=59, microsecond=999_999)) == exact
    assert next_fire("0 9 * * *", "UTC", exact) == exact.replace(day=2)
    assert next_fire("0 9 * * *", "UTC", exact.replace(microsecond=1)) == exact.replace(day=2)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Seoul", "America/New_York"])
def test_at_the_end_of_time_there_are_no_more_fires(zone):
    assert next_fire("0 0 1 1 *", zone, datetime(9999, 6, 1, tzinfo=UTC)) is None
    assert next_fire("* * * * *", zone, datetime(9999, 12, 31, 23, 59, tzinfo=UTC)) is None


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(TriggerOptionError, match="no time zone"):
        next_fire("@daily", "UTC", datetime.fromisoformat("2026-01-01"))


@pytest.mark.parametrize(
    ("zone", "near"),
    [
        ("Asia/Seul", "'Asia/Seoul'"),
        ("seoul", "'Asia/Seoul'"),
        ("asia/seoul", "'Asia/Seoul'"),
        ("New York", "'America/New_York'"),
        ("../etc/passwd", "zones are named"),
        ("서울", "zones are named"),
        ("", "zones are named"),
        (None, "zones are named"),
        ("Asia", "Hint"),
    ],
)
def test_an_unknown_zone_is_refused_with_the_nearest_names(zone, near):
    with pytest.raises(UnknownZoneError, match=near):
        next_fire("@daily", zone, datetime(2026, 1, 1, tzinfo=UTC))


def test_the_zone_of_this_machine_has_a_name(monkeypatch):
    assert zone_named(local_zone_name()).key == local_zone_name()
    monkeypatch.setenv("TZ", ":Asia/Seoul")
    assert local_zone_name() == "Asia/Seoul"
