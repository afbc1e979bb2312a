from __future__ import annotations

import pytest

from dpnb.results import RunLedger
from dpnb.results.durations import DurationSamples
from dpnb.results.records import RunRecord, RunStatus, TaskRunRecord, TaskState


@pytest.fixture
def ledger(place):
    with RunLedger(place) as opened:
        yield opened


def add_run(ledger: RunLedger, number: int, durations: dict[str, float], *, dag_id: str = "dag", **options) -> None:
    run_id = f"run {number}"
    state = options.pop("state", TaskState.SUCCEEDED)
    run = {"started_us": number, "finished_us": number + 1, "tasks": len(durations), **options}
    ledger.record([RunRecord(run_id=run_id, dag_id=dag_id, status=RunStatus.SUCCEEDED, **run)])
    ledger.record(
        TaskRunRecord(run_id=run_id, task=task, position=i, state=state, duration_s=seconds)
        for i, (task, seconds) in enumerate(durations.items())
    )


def test_nothing_is_known_of_a_new_ledger(ledger):
    assert ledger.durations_s(["a"]) == {}


def test_median_of_the_last_five_counts(ledger):
    for number, seconds in enumerate([100.0, 100.0, 1.0, 9.0, 2.0, 8.0, 3.0]):
        add_run(ledger, number, {"항공편": seconds, "b": 5.0})
    assert ledger.durations_s(["항공편"]) == {"항공편": 3.0}
    assert ledger.durations_s(["항공편", "c"]) == {"항공편": 3.0}


def test_only_what_succeeded_counts(ledger):
    add_run(ledger, 1, {"a": 1.0})
    add_run(ledger, 2, {"a": 7.0}, state=TaskState.FAILED)
    add_run(ledger, 3, {"a": 7.0}, state=TaskState.REUSED)
    assert ledger.durations_s({"a"}) == {"a": 1.0}


def test_runs_that_are_going_do_not_tell_yet(ledger):
    add_run(ledger, 1, {"a": 1.0})
    add_run(ledger, 2, {"a": 7.0}, finished_us=None)
    assert ledger.durations_s(["a"]) == {"a": 1.0}


def test_runs_of_the_same_dag_are_asked_first(ledger):
    for number in range(5):
        add_run(ledger, number, {"a": 1.0}, dag_id="mine")
    for number in range(10, 60):
        add_run(ledger, number, {"a": 9.0}, dag_id="other")
    assert ledger.durations_s(["a"], "mine") == {"a": 1.0}
    assert ledger.durations_s(["a"], "new") == {"a": 9.0}


def test_many_tasks_are_read_from_fewer_runs(ledger):
    for number in range(3):
        add_run(ledger, number, {f"t{i}": float(number) for i in range(3000)})
    known = ledger.durations_s([f"t{i}" for i in range(2900)])
    assert set(known.values()) == {2.0}
    assert len(known) == 2900


def wanted(tasks: int, *runs: int) -> list[bool]:
    """Say of runs with so many tasks whether they are read for a plan of so many."""
    samples, told = DurationSamples([f"t{i}" for i in range(tasks)]), []
    for count in runs:
        told.append(samples.wants(count))
        if told[-1]:
            samples.add([(f"t{i}", 1.0) for i in range(tasks)])
    return told


def test_one_run_is_read_however_large_it_is_and_few_tasks_from_five():
    assert wanted(10_000, 10_000, 10_000) == [True, False]
    assert wanted(1000, 1000, 1000, 9000, 1000) == [True, True, False, False]
    assert wanted(1, 10_000, 10_000, 10_000, 10_000, 10_000, 10_000) == [True] * 5 + [False]
