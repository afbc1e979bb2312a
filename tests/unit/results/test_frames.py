from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest

from dpnb.results import (
    AttemptRecord,
    ColumnFacts,
    ResultFacts,
    ResultRecord,
    RunLedger,
    RunRecord,
    RunStatus,
    TaskRunRecord,
    TaskState,
    attempts_frame,
    failures_frame,
    results_frame,
    runs_frame,
    tasks_frame,
)

NOON_US = 1_700_000_000_123_456
NOON = pd.Timestamp(NOON_US, unit="us", tz="UTC")
RUN = RunRecord(
    run_id="run_1", dag_id="d", status=RunStatus.SUCCEEDED, started_us=NOON_US, finished_us=NOON_US + 10**6, tasks=2
)
TASK = TaskRunRecord(run_id="run_1", task="추출", position=0, state=TaskState.SUCCEEDED)
FACTS = ResultFacts(
    type="pandas.DataFrame",
    rows=3,
    shape=(3, 2),
    columns=(ColumnFacts(name="편명", dtype="str"), ColumnFacts(name="delay", dtype="float64")),
    preview=(("KE1", "1.5"), ("KE2", "2.5")),
)
RESULT = ResultRecord(
    run_id="run_1",
    task="추출",
    result_id="result_001",
    path="run_1/추출/result_001.pkl",
    size_bytes=9,
    digest="d",
    facts=FACTS,
)
ATTEMPT = AttemptRecord(run_id="run_1", task="추출", attempt=1, state=TaskState.FAILED, started_us=NOON_US)

FRAMES: dict[str, Callable[[RunLedger], pd.DataFrame]] = {
    "runs": runs_frame,
    "tasks": lambda ledger: tasks_frame(ledger, "run_1"),
    "attempts": lambda ledger: attempts_frame(ledger, "run_1"),
    "results": lambda ledger: results_frame(ledger, "run_1"),
    "failures": lambda ledger: failures_frame(ledger, "run_1"),
}


@pytest.fixture
def ledger(place):
    with RunLedger(place) as opened:
        yield opened


@pytest.mark.parametrize("name", FRAMES)
def test_an_empty_frame_has_the_dtypes_of_a_full_one(ledger, name):
    empty = FRAMES[name](ledger)
    ledger.record([RUN, TASK, ATTEMPT, RESULT])
    full = FRAMES[name](ledger)
    assert len(empty) == 0
    assert len(full) == 1
    assert dict(empty.dtypes) == dict(full.dtypes)
    assert isinstance(full.index, pd.RangeIndex)


def test_instants_are_utc_and_durations_are_timedeltas(ledger):
    ledger.record([RUN, replace(TASK, started_us=NOON_US, duration_s=1.25, cpu_s=0.5)])
    run, task = runs_frame(ledger).iloc[0], tasks_frame(ledger, "run_1").iloc[0]
    assert run["started"] == NOON
    assert run["duration"] == pd.Timedelta("1s")
    assert task["started"] == NOON
    assert task["duration"] == pd.Timedelta("1.25s")
    assert task["cpu"] == pd.Timedelta("0.5s")


def test_what_has_not_happened_is_missing(ledger):
    ledger.record([replace(RUN, finished_us=None, status=RunStatus.RUNNING), replace(TASK, state=TaskState.PENDING)])
    assert runs_frame(ledger)["duration"].isna().all()
    task = tasks_frame(ledger, "run_1").iloc[0]
    assert task[["started", "duration", "cpu", "peak_memory", "rows", "bytes", "chunks"]].isna().all()


def test_states_are_categories_of_all_that_there_are(ledger):
    ledger.record([TASK])
    states = tasks_frame(ledger, "run_1")["state"]
    assert list(states.cat.categories) == [state.value for state in TaskState]
    assert states.iloc[0] == "succeeded"


def test_runs_count_their_tasks_by_outcome(ledger):
    states = [TaskState.SUCCEEDED, TaskState.REUSED, TaskState.FAILED, TaskState.TIMED_OUT, TaskState.SKIPPED]
    ledger.record([replace(RUN, tasks=5), replace(RUN, run_id="run_0", started_us=0)])
    ledger.record([replace(TASK, task=str(n), state=state, size_bytes=100) for n, state in enumerate(states)])
    frame = runs_frame(ledger)
    assert frame["run_id"].tolist() == ["run_1", "run_0"]
    counts = frame[["tasks", "succeeded", "failed", "bytes"]].to_numpy().tolist()
    assert counts == [[5, 2, 2, 500], [2, 0, 0, 0]]


def test_params_and_metadata_stay_dictionaries(ledger):
    ledger.record([replace(RUN, params={"연도": 2013}, metadata={"user": "alice"})])
    assert runs_frame(ledger)["params"].iloc[0] == {"연도": 2013}


def test_results_tell_shape_and_first_row(ledger):
    ledger.record([TASK, RESULT])
    row = results_frame(ledger, "run_1").iloc[0]
    assert row["task"] == "추출"
    assert row["shape"] == (3, 2)
    assert (row["rows"], row["columns"], row["bytes"]) == (3, 2, 9)
    assert row["preview"] == "편명: KE1, delay: 1.5"
    assert row["path"] == "run_1/추출/result_001.pkl"
    assert results_frame(ledger, "run_1", base_path="/store")["path"].iloc[0] == "/store/run_1/추출/result_001.pkl"


def test_results_come_in_the_plans_order(ledger):
    ledger.record([replace(TASK, task=name, position=n) for n, name in enumerate("cab")])
    ledger.record([RESULT._replace(task=name) for name in "abc"])
    assert list(results_frame(ledger, "run_1")["task"]) == ["c", "a", "b"]
    assert list(results_frame(ledger, "run_1", "a")["task"]) == ["a"]


def test_failures_are_the_attempts_that_failed(ledger):
    ledger.record(
        [
            replace(ATTEMPT, attempt=1, error_type="ValueError", error_message="나쁜 값", traceback="Traceback …"),
            replace(ATTEMPT, attempt=2, state=TaskState.TIMED_OUT, started_us=NOON_US + 1, exit_status="signal 9"),
            replace(ATTEMPT, attempt=3, state=TaskState.SUCCEEDED, started_us=NOON_US + 2),
        ]
    )
    failures = failures_frame(ledger, "run_1")
    assert failures["attempt"].tolist() == [1, 2]
    assert failures["error"].tolist() == ["나쁜 값", ""]
    assert failures["exit_status"].tolist() == ["", "signal 9"]


def test_attempts_may_be_one_tasks(ledger):
    ledger.record([ATTEMPT, replace(ATTEMPT, task="other", worker_pid=7)])
    assert attempts_frame(ledger, "run_1", "other")["worker_pid"].tolist() == [7]
