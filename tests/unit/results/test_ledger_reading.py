"""What a ledger answers of one task does not take the run's other tasks."""

from __future__ import annotations

import pytest

from dpnb.results import RunLedger, TaskRunRecord, TaskState


@pytest.fixture
def ledger(place):
    with RunLedger(place) as ledger:
        ledger.record(
            TaskRunRecord(run_id=run_id, task=task, position=position, state=TaskState.SUCCEEDED)
            for run_id in ("run_1", "run_2")
            for position, task in enumerate(("추출", "변환", "적재"))
        )
        yield ledger


def test_a_run_tells_of_its_tasks_in_their_order(ledger):
    assert [row.task for row in ledger.task_runs("run_1")] == ["추출", "변환", "적재"]


def test_one_task_of_a_run_is_found_by_its_name(ledger):
    assert [(row.run_id, row.task, row.position) for row in ledger.task_runs("run_2", "변환")] == [("run_2", "변환", 1)]
    assert ledger.task_runs("run_2", "없음") == ledger.task_runs("run_3", "변환") == []


def test_to_find_one_task_no_other_row_is_read(ledger, monkeypatch):
    counts, kind = [], type(ledger.database)
    read = kind.rows

    def counted(database, *given):
        rows = read(database, *given)
        counts.append(len(rows))
        return rows

    monkeypatch.setattr(kind, "rows", counted)
    ledger.task_runs("run_1", "변환")
    assert counts == [1]
