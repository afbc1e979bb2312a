"""When cron expressions fire: against cronsim and croniter, and by the rule itself, at every change of every zone."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import resources
from itertools import islice, pairwise
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo, available_timezones

import pytest
from croniter import croniter
from cronsim import CronSim
from hypothesis import given, settings
from hypothesis import strategies as st

from dpnb.scheduler.cron import next_fire, parse_cron
from dpnb.scheduler.zones import clock_changes, zone_named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_HOUR, _MINUTE = timedelta(hours=1), timedelta(minutes=1)
_AWHILE = timedelta(hours=3)

# Every zone changes its clocks by whole hours, at whole hours: elsewhere cronsim loses fires of wildcard schedules.
ZONES = [
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/New_York",
    "America/Santiago",
    "America/Sao_Paulo",
    "Antarctica/Troll",
    "Asia/Gaza",
    "Asia/Seoul",
    "Europe/Berlin",
    "Europe/Dublin",
    "UTC",
]
STARTS = st.integers(0, 25 * 365 * 24 * 3600).map(
    lambda seconds: datetime(2012, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)


def field(low: int, high: int, *, widest: int | None = None) -> st.SearchStrategy[str]:
    """Return what both libraries and Debian cron read alike: numbers, ranges, steps of either, and lists of them."""
    number = st.integers(low, high)
    ends = st.tuples(number, number).map(sorted).filter(lambda pair: pair[0] < pair[1])
    step = st.integers(2, max(2, (widest or high) // 2))
    part = st.one_of(
        number.map(str), ends.map(lambda pair: "{}-{}".format(*pair)), st.tuples(ends, step).map(_stepped_range)
    )
    return st.one_of(
        st.just("*"), step.map(lambda n: f"*/{n}"), part, st.lists(part, min_size=2, max_size=3).map(",".join)
    )


def _stepped_range(of: tuple[list[int], int]) -> str:
    (low, high), step = of
    return f"{low}-{high}/{step}"


FIELDS = (field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 6))
EXPRESSIONS = st.tuples(*FIELDS).map(" ".join)


def fires(expression: str, zone: str, start: datetime) -> Iterator[datetime]:
    due = next_fire(expression, zone, start)
    while due is not None:
        yield due
        due = next_fire(expression, zone, due)


def cronsim_fires(expression: str, zone: str, start: datetime) -> Iterator[datetime]:
    """Yield what cronsim says; begun within a repeated hour, it may return instants that are past."""
    for fire in CronSim(expression, start.astimezone(zone_named(zone))):
        if (instant := fire.astimezone(UTC)) > start:
            yield instant


def is_possible(expression: str) -> bool:
    try:
        parse_cron(expression)
    except ValueError:
        return False
    return True


@settings(max_examples=60)
@given(EXPRESSIONS.filter(is_possible), st.sampled_from(ZONES), STARTS)
def test_it_fires_when_cronsim_does(expression, zone, start):
    ours = list(islice(fires(expression, zone, start), 6))
    assert ours == list(islice(cronsim_fires(expression, zone, start), 6))
    assert all(early < late for early, late in pairwise([start, *ours]))


@settings(max_examples=40)
@given(field(0, 59), EXPRESSIONS.filter(is_possible), STARTS)
def test_with_seconds_and_without_changes_of_clocks_it_fires_when_croniter_does(seconds, expression, start):
    reference = croniter(f"{seconds} {expression}", start, datetime, second_at_beginning=True, implement_cron_bug=True)
    ours = islice(fires(f"{seconds} {expression}", "UTC", start), 3)
    assert list(ours) == [reference.get_next() for _ in range(3)]


@settings(max_examples=50)
@given(EXPRESSIONS.filter(is_possible), st.sampled_from(sorted(available_timezones() - {"localtime"})), STARTS)
def test_from_fire_to_fire_the_instants_grow_in_any_zone_and_depend_on_nothing_else(expression, zone, start):
    one_by_one = list(islice(fires(expression, zone, start), 5))
    assert all(early < late for early, late in pairwise([start, *one_by_one]))
    for early, late in pairwise(one_by_one):
        assert next_fire(expression, zone, early + (late - early) / 2) == late


class Change(NamedTuple):
    zone: str
    at: datetime
    before: timedelta
    after: timedelta


@cache
def changes_of_all_zones() -> list[Change]:
    """Return one change of each shape since 1970: by how much, and at which local time, the clocks are set."""
    shapes: dict[object, Change] = {}
    for zone in sorted(available_timezones() - {"localtime", "Factory"}):
        for change in _changes_in_file(zone):
            shapes.setdefault((change.before, change.after, (change.at + change.before).time()), change)
    return list(shapes.values())


def _changes_in_file(zone: str) -> list[Change]:
    """Read the changes as RFC 9636 lays them out, in its second, 64-bit block."""
    data = resources.files("tzdata.zoneinfo").joinpath(zone).read_bytes()
    utc_count, std_count, leaps, times, types, letters = struct.unpack(">6l", data[20:44])
    start = 44 + times * 5 + types * 6 + letters + leaps * 8 + std_count + utc_count
    times, types = struct.unpack(">2l", data[start + 32 : start + 40])
    body = data[start + 44 :]
    instants = struct.unpack(f">{times}q", body[: times * 8])
    indices = body[times * 8 : times * 9]
    offsets = [struct.unpack(">l", body[times * 9 + n * 6 :][:4])[0] for n in range(types)]
    old = offsets[0]
    changes = []
    for instant, index in zip(instants, indices, strict=True):
        before, old = old, offsets[index]
        if before != old and instant >= 0:
            at = datetime.fromtimestamp(instant, UTC)
            changes.append(Change(zone, at, timedelta(seconds=before), timedelta(seconds=old)))
    return changes


def test_there_are_changes_of_many_shapes():
    changes = changes_of_all_zones()
    assert len(changes) > 200
    assert any(change.after - change.before >= 24 * _HOUR for change in changes)


def test_the_changes_of_the_clocks_are_found_to_the_second():
    for zone, at, before, after in changes_of_all_zones():
        with resources.files("tzdata.zoneinfo").joinpath(zone).open("rb") as file:  # the system's may be older
            place = ZoneInfo.from_file(file, zone)
        found = [(one.at, one.before, one.after) for one in clock_changes(place, at.year)]
        assert (at, before, after) in found, (zone, found)


@pytest.mark.parametrize("expression", ["30 2 * * *", "15,45 0-3 * * *", "0 0 * * *", "59 23 * * *", "5 0 1 * 5"])
def test_at_every_change_a_schedule_at_fixed_times_fires_when_cronsim_does(expression):
    for zone, at, before, after in changes_of_all_zones():
        if before % _MINUTE or after % _MINUTE:
            continue  # cronsim goes on from a gap by whole minutes
        start = at - max(abs(after - before), _AWHILE) - 24 * _HOUR
        ours = list(islice(fires(expression, zone, start), 6))
        assert ours == list(islice(cronsim_fires(expression, zone, start), 6)), (zone, at)


@pytest.mark.parametrize(
    ("expression", "is_named"),
    [
        ("*/20 * * * *", lambda wall: wall.minute % 20 == 0),
        ("0 * * * *", lambda wall: wall.minute == 0),
        ("30 */2 * * *", lambda wall: wall.minute == 30 and wall.hour % 2 == 0),
        ("*/15 1-2 * * *", lambda wall: wall.minute % 15 == 0 and wall.hour in (1, 2)),
    ],
)
def test_at_every_change_a_wildcard_schedule_fires_at_each_instant_whose_local_time_it_names(
    expression: str, is_named: Callable[[datetime], bool]
):
    for zone, at, before, after in changes_of_all_zones():
        if before % _MINUTE or after % _MINUTE:
            continue  # the instants to try would be seconds
        start, end = at - _AWHILE, at + _AWHILE
        place = zone_named(zone)
        every = (start + minute * _MINUTE for minute in range(1, (end - start) // _MINUTE))
        named = [instant for instant in every if is_named(instant.astimezone(place))]
        ours = [fire for fire in islice(fires(expression, zone, start), len(named) + 1) if fire < end]
        assert ours == named, (zone, at)
