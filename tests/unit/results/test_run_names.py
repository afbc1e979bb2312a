from __future__ import annotations

from dpnb.results import RunLedger, RunRecord, RunStatus, TaskRunRecord, TaskState
from dpnb.results.run_names import durations_by_dag, last_tasks


def ledger_of(*runs: RunRecord) -> RunLedger:
    ledger = RunLedger("sqlite://")
    for run in runs:
        tasks = [
            TaskRunRecord(run_id=run.run_id, task=name, position=place, state=TaskState.SUCCEEDED)
            for place, name in enumerate(("a", "보고"))
        ]
        ledger.record([run, *tasks])
    return ledger


def run(number: int, status: RunStatus = RunStatus.SUCCEEDED, dag_id: str = "d") -> RunRecord:
    end = (number + 1) * 1_000_000
    return RunRecord(
        run_id=f"r{number}", dag_id=dag_id, status=status, started_us=number, finished_us=number + end, tasks=2
    )


def test_a_run_is_called_as_the_last_task_of_its_plan():
    ledger = ledger_of(run(0), run(1))
    assert last_tasks(ledger) == {"r0": "보고", "r1": "보고"}
    assert last_tasks(ledger, ["r1", "half \ud83d"]) == {"r1": "보고"}
    assert last_tasks(ledger, []) == {}


def test_durations_are_those_of_good_runs_of_the_same_dag_until_then_newest_first():
    ledger = ledger_of(run(0), run(1, RunStatus.FAILED), run(2), run(3, dag_id="other"), run(4))
    found = durations_by_dag(ledger, {"d": 1}, until_us=3, earlier=9)
    assert {dag: [(one.run_id, one.seconds) for one in took] for dag, took in found.items()} == {
        "d": [("r2", 3.0), ("r0", 1.0)]
    }


def test_of_what_was_before_the_oldest_that_is_asked_for_only_so_many_are_told():
    ledger = ledger_of(*(run(number, dag_id="de"[number % 2]) for number in range(10)))
    found = durations_by_dag(ledger, {"d": 6, "e": 7}, until_us=9, earlier=1)
    assert {dag: [one.run_id for one in took] for dag, took in found.items()} == {
        "d": ["r8", "r6", "r4"],
        "e": ["r9", "r7", "r5"],
    }
