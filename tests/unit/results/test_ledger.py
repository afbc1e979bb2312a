from __future__ import annotations

import multiprocessing
import pickle
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dpnb.errors import LedgerCorruptError, LedgerError, LedgerLockedError, LedgerVersionError
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
    dialects,
)
from dpnb.results.records import EventBatch
from dpnb.results.tables import SCHEMA_VERSION, TASK_RUNS
from dpnb.results.told import Told, batch_of

RUN = RunRecord(
    run_id="run_1",
    dag_id="dag",
    status=RunStatus.RUNNING,
    started_us=1_700_000_000_000_000,
    tasks=2,
    workers=2,
    params={"year": 2013, "도시": ["서울"], "nested": {"a": None}},
    metadata={"user": "alice"},
    plan='{"nodes": []}',
    host="here",
    pid=42,
    pid_started=1.5,
    user="alice",
)
TASK = TaskRunRecord(run_id="run_1", task="추출", position=0, state=TaskState.RUNNING, attempts=1, started_us=5)
ATTEMPT = AttemptRecord(run_id="run_1", task="추출", attempt=1, state=TaskState.RUNNING, started_us=5)
RESULT = ResultRecord(
    run_id="run_1",
    task="추출",
    result_id="result_001",
    path="run_1/추출/result_001.pkl",
    size_bytes=2**40,
    digest="d" * 32,
    facts=ResultFacts(
        type="pandas.DataFrame",
        rows=2,
        shape=(2, 1),
        columns=(ColumnFacts(name="편명", dtype="str", nulls=1),),
        preview=(("KE1",), ("nan",)),
    ),
    saved_us=7,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "ledger.db"


@pytest.fixture
def ledger(place):
    with RunLedger(place) as opened:
        yield opened


def test_what_is_recorded_is_read_back_by_any_process(ledger, place):
    ledger.record([RUN, TASK, ATTEMPT, RESULT])
    for each in (ledger, RunLedger(place)):
        assert each.run("run_1") == RUN
        assert each.task_runs("run_1") == [TASK]
        assert each.attempts("run_1") == [ATTEMPT]
        assert each.results("run_1") == [RESULT]


def test_a_record_replaces_the_one_of_the_same_key(ledger):
    ledger.record([RUN, TASK, ATTEMPT, RESULT])
    done = replace(TASK, state=TaskState.SUCCEEDED, duration_s=1.5, rows=3)
    ended = replace(RUN, status=RunStatus.SUCCEEDED, finished_us=9, params={})
    failed = replace(ATTEMPT, state=TaskState.FAILED, traceback="Traceback …", error_type="ValueError")
    again = RESULT._replace(digest="e" * 32, facts=ResultFacts(type="int", text="7"))
    ledger.record([done, ended, failed, again])
    assert ledger.task_runs("run_1") == [done]
    assert ledger.run("run_1") == ended
    assert ledger.attempts("run_1") == [failed]
    assert ledger.results("run_1") == [again]


def test_of_two_changes_of_one_key_in_a_batch_the_later_stays(ledger):
    ledger.record([TASK, replace(TASK, state=TaskState.FAILED), replace(TASK, state=TaskState.SUCCEEDED)])
    assert ledger.task_runs("run_1")[0].state is TaskState.SUCCEEDED


def test_a_batch_is_written_whole_or_not_at_all(ledger):
    broken: Any = replace(ATTEMPT, started_us=None)  # type: ignore[arg-type]  # the column is not nullable
    with pytest.raises(LedgerError, match="(?i)not.null"):
        ledger.record([RUN, TASK, broken])
    assert ledger.run("run_1") is None
    assert ledger.task_runs("run_1") == []


def test_an_empty_batch_is_nothing(ledger):
    ledger.record([])
    assert ledger.runs() == []


def test_runs_come_newest_first_without_their_plans(ledger):
    ledger.record([replace(RUN, run_id=f"run_{number}", started_us=number) for number in (2, 3, 1)])
    assert [run.run_id for run in ledger.runs()] == ["run_3", "run_2", "run_1"]
    assert {run.plan for run in ledger.runs()} == {""}
    assert ledger.run("run_2").plan == RUN.plan


def test_tasks_come_in_the_plans_order_and_results_in_the_streams(ledger):
    ledger.record([replace(TASK, task=name, position=position) for position, name in enumerate("cab")])
    ledger.record([RESULT._replace(task="a", result_id=f"chunk_{n}", chunk=n) for n in (10, 2, 1)])
    ledger.record([RESULT._replace(task="b")])
    assert [task.task for task in ledger.task_runs("run_1")] == ["c", "a", "b"]
    assert [result.chunk for result in ledger.results("run_1", "a")] == [1, 2, 10]
    assert [result.task for result in ledger.results("run_1")] == ["a", "a", "a", "b"]


def test_attempts_come_as_they_started_and_by_task(ledger):
    ledger.record(
        [
            replace(ATTEMPT, task=name, attempt=n, started_us=at)
            for name, n, at in (("b", 2, 9), ("a", 1, 3), ("b", 1, 1))
        ]
    )
    assert [(attempt.task, attempt.attempt) for attempt in ledger.attempts("run_1")] == [("b", 1), ("a", 1), ("b", 2)]
    assert [attempt.attempt for attempt in ledger.attempts("run_1", "b")] == [1, 2]


def test_deleting_a_run_forgets_all_of_it_and_nothing_else(ledger):
    other = replace(RUN, run_id="run_2")
    ledger.record([RUN, TASK, ATTEMPT, RESULT, other, replace(TASK, run_id="run_2")])
    assert ledger.delete_run("run_1")
    assert not ledger.delete_run("run_1")
    assert ledger.runs() == [replace(other, plan="")]
    assert ledger.task_runs("run_1") == ledger.attempts("run_1") == ledger.results("run_1") == []
    assert len(ledger.task_runs("run_2")) == 1


def test_totals_add_up_by_run_and_state(ledger):
    states = [TaskState.SUCCEEDED, TaskState.SUCCEEDED, TaskState.FAILED]
    ledger.record([replace(TASK, task=str(n), state=state, size_bytes=10) for n, state in enumerate(states)])
    ledger.record([replace(TASK, run_id="run_2")])
    totals = ledger.run_totals()
    assert totals["run_1"].tasks_by_state == {TaskState.SUCCEEDED: 2, TaskState.FAILED: 1}
    assert totals["run_1"].size_bytes == 30
    assert totals["run_2"].size_bytes == 0


def test_values_that_json_does_not_know_are_kept_as_their_repr(ledger):
    metadata: Any = {("a", 1): 2, None: 3}
    ledger.record([replace(RUN, params={"path": Path("/x"), "kinds": {1}, "입력": "값"}, metadata=metadata)])
    run = ledger.run("run_1")
    assert run.params == {"path": repr(Path("/x")), "kinds": "{1}", "입력": "값"}
    assert run.metadata == {"('a', 1)": 2, "None": 3}


def test_what_is_not_finite_or_cyclic_in_params_does_not_fail(ledger):
    cycle: dict[str, Any] = {}
    cycle["self"] = cycle
    ledger.record([replace(RUN, params={"inf": float("inf"), "cycle": cycle})])
    assert ledger.run("run_1").params["inf"] == float("inf")


def test_text_with_nul_and_lone_surrogates_does_not_fail(ledger):
    ledger.record([replace(ATTEMPT, error_message="nul \0 and \ud800", traceback="x" * 10**6)])
    assert ledger.attempts("run_1")[0].error_message in {"nul \0 and \\ud800", "nul \\x00 and \\ud800"}


def test_threads_write_and_read_at_once(ledger):
    def work(number: int) -> None:
        for position in range(50):
            ledger.record([replace(TASK, run_id=f"run_{number}", task=f"t{position}", position=position)])
            assert len(ledger.task_runs(f"run_{number}")) == position + 1

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, range(4)))  # raises what any of them has raised


def test_processes_open_one_new_ledger_at_once_and_lose_nothing(place):
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_record_many, args=(place, f"run_{number}")) for number in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 4
    with RunLedger(place) as ledger:
        assert [len(ledger.task_runs(f"run_{number}")) for number in range(4)] == [40] * 4


def _record_many(place: Path | str, run_id: str) -> None:
    with RunLedger(place) as ledger:
        for position in range(40):
            ledger.record([replace(TASK, run_id=run_id, task=f"t{position}", position=position)])


def test_a_ledger_travels_by_its_address(ledger):
    ledger.record([RUN])
    with pickle.loads(pickle.dumps(ledger)) as again:
        assert again.run("run_1") == RUN


def test_a_closed_ledger_opens_again_when_it_is_asked(ledger):
    ledger.record([RUN])
    ledger.close()
    assert ledger.run("run_1") == RUN


def test_a_newer_schema_is_refused_with_both_versions(path):
    RunLedger(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version=99")
    connection.close()
    with pytest.raises(LedgerVersionError, match=f"99.*{SCHEMA_VERSION}") as caught:
        RunLedger(path)
    assert (caught.value.found, caught.value.known) == (99, SCHEMA_VERSION)


def test_a_file_that_is_no_ledger_is_refused_and_left_as_it_is(path):
    path.parent.mkdir()
    path.write_bytes(b"something else entirely" * 100)
    with pytest.raises(LedgerCorruptError, match="not a database"):
        RunLedger(path)
    assert path.read_bytes().startswith(b"something else")


def test_a_damaged_ledger_is_said(path):
    with RunLedger(path) as ledger:
        ledger.record([replace(TASK, task=f"t{n}") for n in range(2_000)])
    data = bytearray(path.read_bytes())
    data[4_096 : len(data) // 2] = bytes(len(data) // 2 - 4_096)
    path.write_bytes(data)
    with pytest.raises(LedgerCorruptError), RunLedger(path) as again:
        again.task_runs("run_1")


def test_a_ledger_locked_by_another_process_is_waited_for_within_bounds(path, monkeypatch):
    monkeypatch.setattr(dialects, "BUSY_S", 0.2)
    with RunLedger(path) as ledger:
        holder = sqlite3.connect(path, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerLockedError, match=r"0\.2 s"):
            ledger.record([RUN])
        assert ledger.runs() == []  # readers do not wait
        holder.execute("ROLLBACK")
        ledger.record([RUN])
        assert ledger.run("run_1") == RUN
        holder.close()


@pytest.mark.parametrize(("durability", "synchronous"), [("process", 1), ("power", 2)])
def test_durability_decides_when_sqlite_syncs(path, durability, synchronous):
    with RunLedger(path, durability=durability) as ledger, ledger._database.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == synchronous
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_a_url_opens_a_database_too(tmp_path):
    with RunLedger(f"sqlite:///{tmp_path / 'by_url.db'}") as ledger:
        ledger.record([RUN])
    assert (tmp_path / "by_url.db").exists()


def test_paths_with_signs_that_urls_know_are_paths(tmp_path):
    with RunLedger(tmp_path / "a?b#c%20 한글" / "ledger.db") as ledger:
        ledger.record([RUN])
    assert (tmp_path / "a?b#c%20 한글" / "ledger.db").exists()


def test_of_many_records_none_is_lost_and_the_last_of_a_key_stands():
    older = [
        TaskRunRecord(run_id="run_1", task=f"작업 {number}", position=0, state=TaskState.PENDING)
        for number in range(130)
    ]
    newer = [replace(record, position=number) for number, record in enumerate(older)]
    with RunLedger("sqlite://") as ledger:
        ledger.record([*older, *newer])
        assert ledger.task_runs("run_1") == newer


def test_postgresql_upserts_take_tuples_too():
    engine: Any = SimpleNamespace(dialect=SimpleNamespace(name="postgresql"))
    sql = dialects.upsert_sql(TASK_RUNS, engine)
    assert sql.count("%s") == len(TASK_RUNS.columns)
    assert "ON CONFLICT (run_id, task) DO UPDATE SET position = excluded.position" in sql


def test_a_run_that_is_recorded_again_without_its_plan_keeps_it(ledger):
    run = RunRecord(run_id="r", dag_id="d", status=RunStatus.RUNNING, started_us=1, plan="{}")
    ledger.record([run])
    ledger.record([replace(run, plan="", status=RunStatus.SUCCEEDED)])
    kept = ledger.run("r")
    assert (kept.plan, kept.status) == ("{}", RunStatus.SUCCEEDED)
    ledger.record([replace(run, plan="{1}")])
    assert ledger.run("r").plan == "{1}"


def test_sources_are_kept_once_and_go_with_the_last_run_that_names_them(ledger):
    ended = [replace(RUN, run_id=run_id, status=RunStatus.SUCCEEDED) for run_id in ("run_1", "run_2")]
    for run in ended:
        ledger.release(ledger.begin(run, {"shared": "코드", run.run_id: "own"}))
        rows = [replace(TASK, run_id=run.run_id, task=source, source=source) for source in ("shared", run.run_id)]
        ledger.record(rows)
    ledger.delete_run("run_1")
    ledger.forget_unnamed_sources()
    assert [ledger.source(source_id) for source_id in ("shared", "run_1", "run_2")] == ["코드", None, "own"]
    ledger.delete_run("run_2")
    ledger.forget_unnamed_sources()
    assert ledger.source("shared") is None


def test_sources_that_a_run_has_yet_to_name_outlive_the_deletion_of_another(ledger):
    ledger.release(ledger.begin(replace(RUN, run_id="old", status=RunStatus.FAILED)))
    lease = ledger.begin(RUN, {"first": "1"})
    ledger.add_sources({"second": "2"}, lease)
    ledger.delete_run("old")
    ledger.forget_unnamed_sources()
    assert (ledger.source("first"), ledger.source("second")) == ("1", "2")


def test_what_the_user_says_of_a_run_stands_whatever_its_driver_records(ledger, place):
    ledger.record([RUN])
    with RunLedger(place) as other:
        other.annotate("run_1", note="좋다", pinned=True)
    ledger.record([replace(RUN, status=RunStatus.SUCCEEDED)])
    found = ledger.run("run_1")
    assert (found.status, found.note, found.pinned) == (RunStatus.SUCCEEDED, "좋다", True)


def test_listeners_hear_what_runs_say_once_it_is_committed_and_none_can_undo_it(ledger, caplog):
    heard: list[tuple[EventBatch, bool]] = []

    def hear(batch: EventBatch) -> None:
        heard.append((batch, batch in ledger.event_batches("런")))
        raise RuntimeError("deaf")

    ledger.listen("test", hear)
    lease = ledger.begin(RunRecord(run_id="런", dag_id="dag", status=RunStatus.RUNNING, started_us=1))
    said = batch_of("런", lease.token, [Told(2, TaskState.RUNNING, "작업", (1,))], before=ledger.events_said(lease))
    ledger.record([said], lease)
    assert [(batch.last, is_committed) for batch, is_committed in heard] == [(1, True), (2, True)]
    assert "deaf" in caplog.text
    ledger.ignore("test")
    ledger.record([replace(said, last=3)])
    assert len(heard) == 2
    ledger.delete_run("런")
    assert ledger.event_batches("런") == []
