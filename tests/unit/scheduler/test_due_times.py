from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dpnb.errors import TriggerOptionError
from dpnb.scheduler import create_cron_trigger, create_interval_trigger, create_once_trigger

NOW = datetime(2026, 5, 1, 9, tzinfo=UTC)


def all_fires(trigger, start: datetime = NOW, most: int = 1000) -> list[datetime]:
    fires: list[datetime] = []
    due = trigger.next_fire(start)
    while due is not None and len(fires) < most:
        fires.append(due)
        due = trigger.next_fire(due)
    return fires


def test_it_fires_from_its_start_to_its_end_both_included():
    trigger = create_interval_trigger(every=60, start=NOW + timedelta(minutes=2), end=NOW + timedelta(minutes=4))
    assert all_fires(trigger) == [NOW + timedelta(minutes=number) for number in (2, 3, 4)]


def test_days_as_bounds_are_days_of_its_zone_and_included():
    trigger = create_cron_trigger(cron_expression="0 9 * * *", zone="Asia/Seoul", start="2026-05-03", end="2026-05-04")
    assert all_fires(trigger) == [datetime(2026, 5, 3, tzinfo=UTC), datetime(2026, 5, 4, tzinfo=UTC)]


def test_an_interval_is_counted_from_its_anchor_and_begins_with_it():
    anchor = NOW + timedelta(seconds=5)
    trigger = create_interval_trigger(every=timedelta(seconds=10), anchor=anchor)
    assert trigger.next_fire(NOW - timedelta(days=1)) == anchor
    assert trigger.next_fire(anchor) == anchor + timedelta(seconds=10)
    assert trigger.next_fire(anchor + timedelta(seconds=14, microseconds=1)) == anchor + timedelta(seconds=20)
    assert trigger.next_fire(datetime.max.replace(tzinfo=UTC)) is None


@pytest.mark.parametrize(
    ("every", "words"),
    [
        (1, "every second"),
        (0.25, "every 0.25 seconds"),
        (300, "every 5 minutes"),
        (timedelta(hours=36), "every 36 hours"),
        (timedelta(days=7), "every 7 days"),
    ],
)
def test_an_interval_is_said_in_its_largest_whole_unit(every, words):
    assert create_interval_trigger(every=every).describe() == words


def test_once_is_once():
    trigger = create_once_trigger(at="2026-05-01T18:00:00", zone="Asia/Seoul")
    assert all_fires(trigger, NOW - timedelta(days=1)) == [NOW]


def test_jitter_differs_by_schedule_and_by_fire_and_is_the_same_in_every_process():
    trigger = create_cron_trigger(cron_expression="0 * * * *", zone="UTC", jitter=600)
    first, other = (all_fires(trigger.named(name), most=50) for name in ("매출", "재고"))
    planned = [NOW + timedelta(hours=number) for number in range(50)]
    delays = [fire - plan for fire, plan in zip(first, planned, strict=True)]
    assert all(timedelta() <= delay < timedelta(seconds=600) for delay in delays)
    assert len(set(delays)) == 50
    assert not set(first) & set(other)
    assert all_fires(trigger.named("매출"), most=50) == first
    assert first[0].isoformat() == "2026-05-01T09:07:14.512277+00:00"  # drawn elsewhere once and for all


def test_jitter_longer_than_the_time_between_fires_keeps_their_order():
    trigger = create_interval_trigger(every=1, jitter=3600)
    fires = all_fires(trigger, most=200)
    assert [fire.replace(microsecond=0) for fire in fires] == [NOW + timedelta(seconds=n) for n in range(200)]


def test_a_fire_put_off_beyond_now_is_not_lost():
    trigger = create_once_trigger(at=NOW, jitter=timedelta(days=1)).named("a")
    due = trigger.next_fire(NOW - timedelta(days=9))
    assert due is not None
    assert NOW < due < NOW + timedelta(days=1)
    assert trigger.next_fire(NOW) == due
    assert trigger.next_fire(due) is None


@pytest.mark.parametrize(
    "options",
    [
        {"every": 0},
        {"every": -1},
        {"every": float("nan")},
        {"every": float("inf")},
        {"every": True},
        {"every": "5"},
        {"every": 1, "jitter": -1},
        {"every": 1, "start": "soon"},
        {"every": 1, "start": 5},
        {"every": 1, "anchor": NOW.replace(tzinfo=None)},
    ],
)
def test_options_that_make_no_sense_are_refused(options):
    with pytest.raises(TriggerOptionError, match="Hint: "):
        create_interval_trigger(**options)
