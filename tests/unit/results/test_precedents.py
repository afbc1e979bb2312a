from __future__ import annotations

from itertools import islice

import pytest

from dpnb.results import RunLedger, RunRecord, RunStatus, TaskRunRecord, TaskState
from dpnb.results.precedents import Precedents


class CountingLedger(RunLedger):
    def __init__(self, source: str) -> None:
        super().__init__(source)
        self.reads = 0

    def stored_task_runs(self, run_id, tasks):
        self.reads += 1
        return super().stored_task_runs(run_id, tasks)


def row(run: int, task: str, **facts) -> TaskRunRecord:
    known = {"state": TaskState.SUCCEEDED, "output": f"{task} of {run}", **facts}
    return TaskRunRecord(run_id=f"run_{run}", task=task, position=0, **known)


@pytest.fixture
def ledger(place):
    with CountingLedger(place) as opened:
        for run in range(5):
            opened.record(
                [RunRecord(run_id=f"run_{run}", dag_id="d", status=RunStatus.FAILED, started_us=run, tasks=2)]
            )
            opened.record([row(run, "편명"), row(run, "other")])
        opened.record([row(4, "other", state=TaskState.FAILED), row(3, "other", output=None)])
        opened.record([row(1, "other", state=TaskState.REUSED)])
        yield opened


def test_results_come_newest_first_without_those_that_failed_or_of_which_too_little_is_known(ledger):
    found = Precedents(ledger, ["편명", "other"])
    assert [one.run_id for one in found.of("편명")] == ["run_4", "run_3", "run_2", "run_1", "run_0"]
    assert [one.output for one in found.of("other")] == ["other of 2", "other of 1", "other of 0"]
    assert list(found.of("편명")) == list(found.of("편명"))


def test_only_as_many_runs_are_read_as_somebody_asks_for(ledger):
    found = Precedents(ledger, ["편명", "other"])
    assert next(found.of("편명")).run_id == "run_4"
    assert ledger.reads == 1
    assert len(list(islice(found.of("other"), 2))) == 2
    assert ledger.reads == 4
    assert len(list(islice(found.of("편명"), 4))) == 4
    assert ledger.reads == 4


def test_a_run_whose_rows_are_known_is_not_read_again(ledger):
    known = ledger.stored_task_runs("run_4", ["편명", "other"])
    ledger.reads = 0
    found = Precedents(ledger, ["편명", "other"], known=known)
    assert next(found.of("편명")) == known[0]
    assert ledger.reads == 0
    assert [one.run_id for one in found.of("편명")] == ["run_4", "run_3", "run_2", "run_1", "run_0"]


def test_what_is_known_of_a_run_that_is_not_the_newest_waits_for_its_turn(ledger):
    known = ledger.stored_task_runs("run_3", ["편명", "other"])
    found = Precedents(ledger, ["편명", "other"], known=known)
    assert [one.run_id for one in found.of("편명")] == ["run_4", "run_3", "run_2", "run_1", "run_0"]


def test_tasks_that_were_not_asked_for_are_not_found_whatever_their_number(ledger):
    assert list(Precedents(ledger, ["편명"]).of("other")) == []
    many = [f"task {number}" for number in range(100)]
    found = Precedents(ledger, many)
    assert [list(found.of(name)) for name in (*many[:2], "편명")] == [[], [], []]


def test_a_ledger_without_runs_knows_nothing():
    with RunLedger("sqlite://") as ledger:
        assert list(Precedents(ledger, ["a"]).of("a")) == []


def test_others_runs_in_the_workspace_do_not_push_a_task_s_results_out_of_sight(ledger):
    for run in range(100, 320):
        record = RunRecord(run_id=f"run_{run}", dag_id="e", status=RunStatus.FAILED, started_us=run, tasks=1)
        ledger.record([record, row(run, "stranger")])
    assert next(Precedents(ledger, ["편명"]).of("편명")).run_id == "run_4"
