from __future__ import annotations

from dpnb.results import RunLedger, TaskRunRecord, TaskState
from dpnb.results.tables import TASK_RUNS


def test_the_columns_of_task_runs_are_in_the_order_of_the_records_fields():
    assert tuple(column.name for column in TASK_RUNS.columns) == TaskRunRecord.__slots__


def test_a_task_run_comes_back_as_it_was():
    known = TaskRunRecord(
        run_id="run_1",
        task="편명",
        position=3,
        state=TaskState.REUSED,
        finished_us=5,
        inputs="i",
        code="c",
        source="s",
        arguments="{}",
        reads="r",
        after="a",
        output="o",
        origin="run_0",
    )
    with RunLedger("sqlite://") as ledger:
        ledger.record([known, TaskRunRecord(run_id="run_1", task="b", position=4, state=TaskState.PENDING)])
        found, pending = ledger.task_runs("run_1")
    assert found == known
    assert found.state is TaskState.REUSED
    assert pending.state is TaskState.PENDING
