from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from dpnb import Workspace, schedule, schedules
from dpnb.errors import (
    NotebookFormatError,
    PlanError,
    ScheduleExistsError,
    ScheduleOptionError,
    TriggerError,
    UnknownZoneError,
)
from dpnb.launch import get_schedule
from dpnb.planner import DAGBuilder, Planner
from dpnb.registry import TaskRegistry, task
from dpnb.scheduler import create_interval_trigger, create_manual_trigger


@pytest.fixture
def plan():
    own = TaskRegistry()

    @task(registry=own)
    def 항공편(year: int = 2013) -> int:
        return year

    return Planner(DAGBuilder(own)).create_execution_plan()


def test_the_short_way_says_when_in_many_ways(plan):
    ways: list[Any] = [
        {"cron": "0 9 * * *", "zone": "Asia/Seoul"},
        {"every": "15min"},
        {"every": timedelta(minutes=15)},
        {"at": "2999-01-01", "zone": "Asia/Seoul"},
        {"once": "2999-01-01T00:00+09:00"},
        {"on_event": "run.*.finished"},
        {"files": "data/*.csv"},
    ]
    for number, way in enumerate(ways):
        schedule(plan, name=f"일정 {number}", serve=False, **way)
    found = schedules()
    assert list(found["kind"]) == ["cron", "interval", "interval", "once", "once", "event", "file"]
    assert list(found["overlap"]) == ["skip"] * 5 + ["queue"] * 2
    assert found["next"].notna().tolist() == [True] * 5 + [False] * 2
    assert found["target"].unique().tolist() == ["pipeline of 1 task"]


def test_a_plan_is_called_like_its_last_task_and_replaces_its_schedule(plan):
    assert schedule(plan, every=60, serve=False).name == "항공편"
    schedule(plan, every="1h", retries=2, retry_delay="1min", serve=False)
    record = get_schedule("항공편").record
    assert (record.description, record.options.retry_delay) == ("every hour", 60.0)
    with pytest.raises(ScheduleExistsError):
        schedule(plan, every=60, replace=False, serve=False)


def test_the_preview_stands_in_the_zone_and_in_utc(plan):
    made = schedule(plan, cron="0 9 * * *", zone="Asia/Seoul", serve=False)
    shown = made.preview(3)
    assert shown["local"].dt.hour.tolist() == [9, 9, 9]
    assert shown["utc"].dt.hour.tolist() == [0, 0, 0]
    assert schedule(plan, on_event="data.*", name="들은 것", serve=False).preview().empty
    made.pause()
    assert "paused" in repr(made)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({}, "when="),
        ({"every": 1, "cron": "@daily"}, "when="),
        ({"evry": 1}, "did you mean every"),
        ({"every": "soon"}, "no span of time"),
        ({"every": 1, "misfire": "never"}, "misfire="),
        ({"at": "2020-01-01", "zone": "UTC"}, "never due any more"),
        ({"at": "2999-01-01", "start": "2998-01-01"}, "does not go with at="),
        ({"trigger": "0 9 * * *"}, "is no trigger"),
        ({"every": 1, "notebook_options": {"tags": ("etl",)}}, "of no account for a plan"),
        ({"every": 1, "name": 5}, "is no name"),
        ({"every": 1, "name": " "}, "is no name"),
        ({"every": 1, "name": "a\0b"}, "are no text"),
        ({"every": 1, "name": "a\ud800"}, "are no text"),
    ],
)
def test_what_makes_no_sense_is_refused(plan, given, named):
    with pytest.raises(ScheduleOptionError, match=named):
        schedule(plan, serve=False, **given)


def test_local_times_are_of_the_zone_whatever_the_way(plan, monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Seoul")
    manual = create_manual_trigger()
    for way in ({"every": 60}, {"cron": "* * * * *"}, {"trigger": create_interval_trigger(60)}):
        made = schedule(plan, start="2999-01-01", end="2999-01-01", zone="Europe/Berlin", serve=False, **way)
        first = made.preview(1).utc[0]
        assert first.isoformat() == "2998-12-31T23:00:00+00:00"
    assert schedule(plan, trigger=manual, end="2999-01-01", serve=False).record.options.end == datetime(
        2999, 1, 1, 14, 59, 59, 999_999, tzinfo=UTC
    )
    at = schedule(plan, at="2999-01-01 09:00", serve=False)  # on this machine's clocks
    assert at.record.description == "once, at 2999-01-01 09:00:00 (Asia/Seoul)"
    with pytest.raises(UnknownZoneError):
        schedule(plan, every=60, zone="Asia/Seul", serve=False)


def test_parameters_that_cannot_be_kept_are_refused(plan, tmp_path):
    notebook = tmp_path / "연구.ipynb"
    notebook.write_text("{}")
    with pytest.raises(ScheduleOptionError, match=r"params\['tag'\]=datetime.date\(2026, 12, 1\) cannot be kept"):
        schedule(notebook, every=60, params={"tag": date(2026, 12, 1)}, serve=False)
    with pytest.raises(ScheduleOptionError, match="give 'tags'"):
        schedule(notebook, every=60, notebook_options={"tag": ("etl",)}, serve=False)
    made = schedule(plan, every=60, serve=False)
    with pytest.raises(ScheduleOptionError, match="cannot be kept"):
        made.fire({"year": date(2026, 12, 1)})
    assert made.fires().empty
    assert made.fire({"year": 2026}).data == {"params": {"year": 2026}}


def test_a_frame_without_schedules_has_the_same_dtypes(plan):
    empty = schedules().dtypes
    schedule(plan, on_event="data.*", serve=False)
    assert schedules().dtypes.equals(empty)


def test_refusals_of_triggers_plans_and_notebooks_reach_the_user(plan, tmp_path):
    with pytest.raises(TriggerError, match="minute"):
        schedule(plan, cron="99 * * * *", serve=False)
    with pytest.raises(PlanError):
        schedule(plan, every=1, params={"jahr": 1}, serve=False)
    with pytest.raises(ScheduleOptionError, match="is no file"):
        schedule("없다.ipynb", every=1, serve=False)
    script = tmp_path / "표.py"
    script.write_text("print('한글')\n", encoding="utf-8")
    with pytest.raises(NotebookFormatError, match="it is no notebook"):
        schedule(script, every=1, serve=False)
    assert Workspace().ledger.database is not None
    assert schedules().empty
