from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from dpnb.cli.tables import attempts_table, preview_table, results_table, runs_table, tasks_table
from dpnb.render.quantities import size
from dpnb.results import (
    AttemptRecord,
    ColumnFacts,
    ResultFacts,
    ResultRecord,
    RunRecord,
    RunStatus,
    TaskRunRecord,
    TaskState,
)

LONG = "과제" * 150


def lines(table, width=100) -> list[str]:
    written = io.StringIO()
    Console(file=written, width=width).print(table)
    return [line.strip() for line in written.getvalue().splitlines() if line.strip()]


def task_run(name: str, **facts) -> TaskRunRecord:
    return TaskRunRecord(
        run_id="run",
        task=name,
        position=0,
        state=TaskState.SUCCEEDED,
        attempts=1,
        duration_s=83.0,
        rows=336_776,
        **facts,
    )


@pytest.mark.parametrize("reason", ["", "the task before it failed " * 20])
def test_long_name_gives_way_to_what_became_of_the_task(reason):
    shown = "\n".join(lines(tasks_table([task_run(LONG, reason=reason)])))
    assert "과제과제" in shown
    assert "…" in shown
    for whole in ("✓ succeeded", "1 min 23 s", "336,776", "attempts", "duration"):
        assert whole in shown


def test_short_name_stays_whole():
    assert any(line.startswith("clean_flights ") for line in lines(tasks_table([task_run("clean_flights")])))


def test_long_reason_gives_way_before_a_run_id_does():
    run = RunRecord(
        run_id="run_20261123_225047_2a3808",
        dag_id="",
        status=RunStatus.FAILED,
        started_us=0,
        tasks=1,
        reason="why " * 90,
    )
    (_, _, row, *_) = lines(runs_table([run]))
    assert row.startswith("run_20261123_225047_2a3808   ✕ failed   1970")


def test_name_with_a_line_break_keeps_to_its_row():
    _, _, row = lines(tasks_table([task_run("first\nsecond\x1b[31m")]))
    assert row.startswith(r"first\nsecond\x1b[31m")
    assert "✓ succeeded" in row


def test_long_run_id_keeps_the_beginning_that_names_it():
    run = RunRecord(
        run_id="밤" * 200, dag_id="", status=RunStatus.FAILED, started_us=0, finished_us=1_000_000, tasks=12
    )
    (*_, row) = lines(runs_table([run]))
    assert row.startswith("밤밤")
    assert "✕ failed" in row
    assert row.endswith("12")


def test_long_type_and_name_leave_shape_and_size():
    facts = ResultFacts(type="package." * 40 + "Frame", shape=(7, 2))
    result = ResultRecord(
        run_id="run", task=LONG, result_id="result_001", attempt=1, path="", digest="", size_bytes=2048, facts=facts
    )
    shown = "\n".join(lines(results_table([result])))
    assert "7 × 2" in shown
    assert size(2048) in shown
    assert "result_001" in shown


def test_attempts_fit():
    attempt = AttemptRecord(
        run_id="run", task="a", attempt=1, state=TaskState.FAILED, started_us=0, error_type="E" * 200
    )
    assert "✕ failed" in "\n".join(lines(attempts_table([attempt])))


def test_preview_names_its_rows_where_they_have_names():
    columns = (ColumnFacts(name="late", dtype="float64"),)
    facts = ResultFacts(type="pandas.DataFrame", columns=columns, preview=(("0.5",), ("0.25",)))
    assert lines(preview_table(facts))[-2:] == ["0.5", "0.25"]
    named = replace(facts, index=(ColumnFacts(name="항공사", dtype="str"),), labels=("대한", "[i]"))
    head, dtypes, _, first, second = lines(preview_table(named))
    assert head.split() == ["항공사", "late"]
    assert dtypes.split() == ["str", "float64"]
    assert first.split() == ["대한", "0.5"]
    assert second.split() == ["[i]", "0.25"]
