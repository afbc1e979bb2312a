"""What runs the ledger finds, against rows of this version and of earlier ones."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import pytest

from dpnb.results import RunLedger, RunRecord, RunStatus, TaskRunRecord, TaskState, run_search
from dpnb.results.run_filter import RunFilter

RUN = RunRecord(run_id="r", dag_id="d", status=RunStatus.SUCCEEDED, started_us=0, tags=())


@pytest.fixture
def ledger(place):
    with RunLedger(place) as opened:
        yield opened


def found(ledger: RunLedger, interrupted=(), **criteria) -> list[str]:
    return [run.run_id for run in ledger.runs(RunFilter.of(**criteria), interrupted)]


def test_tag_is_one_that_a_task_of_the_plan_had(ledger):
    plan = json.dumps({"tasks": [{"name": "a", "tags": ["etl"]}, {"name": "ml"}]})
    ledger.record(
        [
            replace(RUN, run_id="new", started_us=3, tags=("daily", "etl")),
            replace(RUN, run_id="old", started_us=2, tags=None, plan=plan),
            replace(RUN, run_id="older", started_us=1, tags=None, plan="lost"),
            replace(RUN, run_id="other", started_us=0, tags=("ETL", "xetl", 'e"tl'), plan=plan),
        ]
    )
    assert found(ledger, tag="etl") == ["new", "old"]
    assert found(ledger, tag=["daily", "ETL"]) == ["new", "other"]
    assert found(ledger, tag='e"tl') == ["other"]
    assert found(ledger, tag="et_") == found(ledger, tag="ml") == found(ledger, tag=[]) == []
    assert {run.plan for run in ledger.runs(RunFilter.of(tag="etl"))} == {""}


@pytest.mark.parametrize("tag", ["%", "_", "\\", ", ", "한글 태그", "\ud800", "a" * 100_000, "\0"])
def test_tag_may_be_any_text(ledger, tag):
    ledger.record([replace(RUN, tags=(tag, "z")), replace(RUN, run_id="without", tags=("y", "z"))])
    assert found(ledger, tag=tag) == ["r"]


def test_task_is_a_name_or_a_glob(ledger):
    names = {"one": ["load_flights", "report"], "two": ["load_planes"], "three": ["Load_x", "데이터[1]"]}
    for place, (run_id, tasks) in enumerate(names.items()):
        ledger.record([replace(RUN, run_id=run_id, started_us=-place)])
        ledger.record([TaskRunRecord(run_id=run_id, task=task, position=0, state=TaskState.PENDING) for task in tasks])
    assert found(ledger, task="report") == ["one"]
    assert found(ledger, task="load_*") == ["one", "two"]
    assert found(ledger, task="*s") == ["one", "two"]
    assert found(ledger, task="[!l]*") == ["one", "three"]
    assert found(ledger, task=["report", "load_p?anes"]) == ["one", "two"]
    assert found(ledger, task="데이터[1]") == ["three"]
    assert found(ledger, task="load%") == found(ledger, task="nope*") == found(ledger, task=[]) == []


def test_tasks_are_found_in_as_many_questions_as_it_takes(ledger, monkeypatch):
    monkeypatch.setattr(run_search, "NAMES_AT_ONCE", 3)
    for number in range(10):
        ledger.record([replace(RUN, run_id=str(number), started_us=number)])
        ledger.record([TaskRunRecord(run_id=str(number), task=f"t{number}", position=0, state=TaskState.PENDING)])
    assert len(found(ledger, task="t*")) == 10


@pytest.mark.parametrize(
    "value",
    [0, -0.0, 1, 2013, -5, 10**15, 10**40, 1.5, 1e16, True, False, None, "서울", 'a"b%_', "", [1, 2], {"a": {"b": 1}},
     dt.date(2013, 1, 1), (1, 2), "\ud800", "x" * 60_000],
)  # fmt: skip
def test_params_are_equal_as_they_are_stored(ledger, value):
    ledger.record([replace(RUN, params={"other": 9, "입력": value}), replace(RUN, run_id="none", params={"other": 9})])
    assert found(ledger, params={"입력": value}) == ["r"]
    assert found(ledger, params={"입력": value, "other": 9}) == ["r"]
    assert found(ledger, params={"입력": "another"}) == found(ledger, params={"입력": value, "other": 8}) == []


def test_whole_numbers_are_found_however_they_were_written(ledger):
    ledger.record([replace(RUN, run_id="float", params={"n": 3.0}), replace(RUN, run_id="int", params={"n": 3})])
    ledger.record([replace(RUN, run_id="long", params={"n": 31}), replace(RUN, run_id="true", params={"n": True})])
    assert sorted(found(ledger, params={"n": 3})) == sorted(found(ledger, params={"n": 3.0})) == ["float", "int"]
    assert found(ledger, params={"n": 1}) == []


def test_status_is_what_a_run_is_whatever_the_ledger_could_be_told(ledger):
    ledger.record([replace(RUN, run_id=run_id, status=RunStatus.RUNNING) for run_id in ("dead", "live")])
    assert found(ledger, status="running", interrupted=["dead"]) == ["live"]
    assert found(ledger, status="interrupted", interrupted=["dead"]) == ["dead"]
    assert found(ledger, status="interrupted") == []


def test_newest_come_first_up_to_the_limit_of_those_that_fit(ledger):
    ledger.record([replace(RUN, run_id=str(n), started_us=n, params={"odd": bool(n % 2)}) for n in range(10)])
    assert found(ledger, params={"odd": True}, limit=2) == ["9", "7"]
    assert found(ledger, limit=100) == [str(n) for n in range(9, -1, -1)]
    assert [run.run_id for run in ledger.runs(RunFilter(since_us=8))] == ["9", "8"]


def test_pinned_and_not_pinned_add_up(ledger):
    ledger.record([RUN, replace(RUN, run_id="kept", pinned=True)])
    assert (found(ledger, pinned=True), found(ledger, pinned=False)) == (["kept"], ["r"])
