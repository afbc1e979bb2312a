from __future__ import annotations

import datetime as dt
import time

import pandas as pd
import pytest

from dpnb.errors import RunCriterionError
from dpnb.results.points_in_time import since_us, span_us

HOUR_US = 3_600_000_000
NOW_US = 1_790_000_000_000_000


@pytest.fixture
def seoul(monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Seoul")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("span", "hours"),
    [
        ("12h", 12),
        ("7d", 168),
        ("2w", 336),
        ("30min", 0.5),
        ("90 s", 0.025),
        ("1d 6h", 30),
        ("1 day, 6 hours", 30),
        ("1.5H", 1.5),
        ("0d", 0),
        (dt.timedelta(days=30), 720),
        (pd.Timedelta("1D"), 24),
    ],
)
def test_span_is_what_people_mean_by_it(span, hours):
    assert span_us(span, option="older_than") == hours * HOUR_US


@pytest.mark.parametrize("span", ["", "30", "30m", "3 months", "d", "1d-2h", "-1d", "∞", 30, None, "9" * 400 + "d"])
def test_what_is_no_span_is_refused_by_its_option(span):
    with pytest.raises(RunCriterionError, match="older_than=.* is no span of time.\nHint: write '30d'"):
        span_us(span, option="older_than")


def test_span_into_the_future_is_refused():
    with pytest.raises(ValueError, match="lies in the future"):
        span_us(dt.timedelta(days=-1), option="older_than")


@pytest.mark.parametrize(
    ("since", "utc"),
    [
        ("2026-11-01", "2026-10-31 15:00"),
        (" 2026-11-01 12:30 ", "2026-11-01 03:30"),
        ("2026-11-01T12:30+00:00", "2026-11-01 12:30"),
        ("2026-11-01T12:30Z", "2026-11-01 12:30"),
        (dt.date(2026, 11, 1), "2026-10-31 15:00"),
        (dt.datetime(2026, 11, 1, 9), "2026-11-01 00:00"),  # noqa: DTZ001  # the naive one is meant
        (dt.datetime(2026, 11, 1, tzinfo=dt.UTC), "2026-11-01 00:00"),
        (pd.Timestamp("2026-11-01", tz="UTC"), "2026-11-01 00:00"),
    ],
)
def test_time_without_zone_is_on_this_machines_clock(seoul, since, utc):
    assert since_us(since, NOW_US) == pd.Timestamp(utc, tz="UTC").value // 1000


def test_span_counts_back_from_now():
    assert since_us("12h", NOW_US) == since_us(dt.timedelta(hours=12), NOW_US) == NOW_US - 12 * HOUR_US


@pytest.mark.parametrize("since", ["", "yesterdya", "2026-13-01", 7, 7.5, pd.NaT, dt.time(12)])
def test_what_is_no_point_in_time_is_refused(since):
    with pytest.raises(RunCriterionError, match="since=.* is no point in time.\nHint: write '2026-11-01'"):
        since_us(since, NOW_US)
