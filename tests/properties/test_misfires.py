"""What becomes of instants that were due, for any trigger, any stretch without a scheduler, and any policy."""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from dpnb.scheduler import ScheduleOptions
from dpnb.scheduler.misfires import MOST_LISTED, judge
from dpnb.scheduler.timetable import Timetable

START = datetime(2026, 12, 1, tzinfo=UTC)

gaps = st.lists(st.integers(1, 40_000), min_size=1, max_size=400)
options = st.builds(
    ScheduleOptions,
    misfire=st.sampled_from(["coalesce", "skip", "all"]),
    grace=st.none() | st.floats(0, 90_000),
    most=st.integers(1, 150),
    jitter=st.sampled_from([0.0, 0.5, 30.0]),
)


def instants_of(steps: list[int]) -> list[datetime]:
    found, now = [], START
    for seconds in steps:
        now += timedelta(seconds=seconds)
        found.append(now)
    return found


def timetable_of(instants: list[datetime], asked: ScheduleOptions) -> Timetable:
    def next_fire(after: datetime) -> datetime | None:
        at = bisect_right(instants, after)
        return instants[at] if at < len(instants) else None

    return Timetable("이름", next_fire, asked)


@settings(max_examples=150)
@given(gaps, options, st.floats(0, 10_000_000), st.lists(st.floats(0, 20_000), max_size=5))
def test_every_instant_fires_or_is_missed_once_however_often_somebody_looks(steps, asked, until_s, looks):
    instants = instants_of(steps)
    timetable = timetable_of(instants, asked)
    now, after = START, START
    fired: list[datetime] = []
    missed: list[datetime] = []
    is_counted = True
    for wait_s in [*looks, until_s]:
        now += timedelta(seconds=wait_s)
        verdict = judge(timetable, asked, after=after, now=now)
        assert verdict.after >= after
        after = verdict.after
        fired += [due.at for due in verdict.fires]
        missed += [one.at for one in verdict.missed]
        is_counted = is_counted and all(one.instants is not None for one in verdict.missed)
        assert verdict.next is None or verdict.next.starts > now
        assert all(due.starts <= now for due in verdict.fires)
        assert len(verdict.fires) <= max(asked.most, MOST_LISTED * 2)
        assert len(verdict.missed) <= 2 * MOST_LISTED + asked.most + 1
    dealt_with = [at for at in instants if at <= after]
    assert len(set(fired + missed)) == len(fired + missed)
    assert set(fired + missed) <= set(dealt_with)
    if is_counted:
        assert sorted(fired + missed) == dealt_with


@given(gaps, options, st.floats(0, 10_000_000))
def test_a_policy_fires_what_it_says(steps, asked, until_s):
    instants, now = instants_of(steps), START + timedelta(seconds=until_s)
    timetable = timetable_of(instants, asked)
    due = list(timetable.due(START, now))
    in_time = [one for one in due if (now - one.starts).total_seconds() <= asked.grace_s]
    fires = list(judge(timetable, asked, after=START, now=now).fires)
    match asked.misfire:
        case "coalesce":
            assert fires == in_time[-1:]
        case "all":
            assert fires == in_time[-asked.most :]
        case _ if len(due) <= MOST_LISTED:
            assert fires == in_time
        case _:
            assert set(map(id, fires)) or not fires


@given(gaps, st.floats(0, 10_000_000), st.integers(1, 50))
def test_looking_back_finds_the_latest_instants(steps, until_s, most):
    now = START + timedelta(seconds=until_s)
    timetable = timetable_of(instants_of(steps), ScheduleOptions())
    assert timetable.latest(START, now, most) == list(timetable.due(START, now))[-most:]


def test_a_second_by_second_schedule_that_slept_for_a_year_costs_little():
    asked, calls = ScheduleOptions(), 0

    def next_fire(after: datetime) -> datetime:
        nonlocal calls
        calls += 1
        return after.replace(microsecond=0) + timedelta(seconds=1)

    timetable = Timetable("매초", next_fire, asked)
    verdict = judge(timetable, asked, after=START, now=START + timedelta(days=365))
    assert [due.at for due in verdict.fires] == [START + timedelta(days=365)]
    assert len(verdict.missed) <= 2 * MOST_LISTED + 1
    assert calls < 1_000
