from __future__ import annotations

import pytest

from dpnb.errors import UnknownScheduleError
from dpnb.launch import schedule


@pytest.fixture
def nightly(runs, plan, workspace):
    return schedule(plan(), cron="0 3 * * *", zone="Asia/Seoul", name="밤 <b>", workspace=workspace, serve=False)


def test_a_schedule_tells_when_it_is_due_next_and_how_it_went_last(pages, nightly):
    told = pages.ask("schedules", {})
    (shown,) = told["schedules"]
    assert (shown["name"], shown["kind"], shown["paused"], shown["latest"]) == ("밤 <b>", "cron", False, None)
    first, second, third = shown["next_us"]
    assert second - first == third - second == 86_400_000_000
    assert first == nightly.record.next_us
    assert not told["is_served"]
    assert told["fires"] == []


def test_it_rests_goes_on_and_fires(pages, nightly):
    name = {"name": "밤 <b>"}
    pages.ask("schedule.pause", name)
    (shown,) = pages.ask("schedules", {})["schedules"]
    assert (shown["paused"], shown["next_us"]) == (True, [])
    pages.ask("schedule.resume", name)
    pages.ask("schedule.fire", name)
    told = pages.ask("schedules", {})
    (fire,) = told["fires"]
    assert (fire["schedule"], fire["state"], fire["cause"], fire["run_id"]) == ("밤 <b>", "pending", "manual", "")
    assert told["schedules"][0]["latest"] == fire
    assert told["schedules"][0]["next_us"]


@pytest.mark.parametrize("action", ["pause", "resume", "fire"])
def test_a_schedule_that_is_gone_is_named(pages, runs, action):
    with pytest.raises(UnknownScheduleError, match="'gone'"):
        pages.ask(f"schedule.{action}", {"name": "gone"})


def test_a_workspace_without_runs_has_none(pages):
    assert pages.ask("schedules", {}) == {"schedules": [], "fires": [], "is_served": False}
