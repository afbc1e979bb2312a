from __future__ import annotations

from dpnb.results import RunLedger, RunRecord, RunStatus, TaskRunRecord, TaskState
from dpnb.results.records import AttemptRecord
from dpnb.results.run_words import runs_saying


def ledger_of(*tasks: TaskRunRecord | AttemptRecord) -> RunLedger:
    ledger = RunLedger("sqlite://")
    runs = [
        RunRecord(run_id=run_id, dag_id="d", status=RunStatus.FAILED, started_us=0, tasks=1)
        for run_id in {task.run_id for task in tasks}
    ]
    ledger.record([*runs, *tasks])
    return ledger


def ran(run_id: str, task: str) -> TaskRunRecord:
    return TaskRunRecord(run_id=run_id, task=task, position=0, state=TaskState.FAILED)


def raised(run_id: str, message: str) -> AttemptRecord:
    return AttemptRecord(
        run_id=run_id,
        task="수집",
        attempt=1,
        state=TaskState.FAILED,
        started_us=0,
        error_type="KeyError",
        error_message=message,
    )


def test_a_word_is_found_in_names_of_tasks_and_in_what_they_raised_in_any_case():
    ledger = ledger_of(ran("a", "Überblick"), ran("b", "수집"), raised("b", "no column 'ÜBER'"), ran("c", "수집"))
    assert runs_saying(ledger, ["über", "keyerror", "수집", "nobody", "%"], str.casefold) == {
        "über": {"a", "b"},
        "keyerror": {"b"},
        "수집": {"b", "c"},
        "nobody": set(),
        "%": set(),
    }


def test_without_words_nothing_is_asked():
    assert runs_saying(ledger_of(ran("a", "수집")), (), str.casefold) == {}
