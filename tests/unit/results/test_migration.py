"""Ledgers of earlier versions are brought forward in place, with a copy of the file as it was."""

from __future__ import annotations

import multiprocessing
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from dpnb.results import RunLedger, RunStatus, TaskState
from dpnb.results.tables import METADATA, SCHEMA_VERSION

VERSION_1 = """
CREATE TABLE runs (run_id VARCHAR NOT NULL, dag_id TEXT NOT NULL, status TEXT NOT NULL, started_us BIGINT NOT NULL,
    finished_us BIGINT, tasks INTEGER NOT NULL, workers INTEGER NOT NULL, params TEXT NOT NULL, metadata TEXT NOT NULL,
    plan TEXT NOT NULL, host TEXT NOT NULL, pid INTEGER NOT NULL, pid_started FLOAT NOT NULL, user TEXT NOT NULL,
    reason TEXT NOT NULL, PRIMARY KEY (run_id));
CREATE INDEX runs_by_start ON runs (started_us);
CREATE TABLE task_runs (run_id VARCHAR NOT NULL, task VARCHAR NOT NULL, position INTEGER NOT NULL, state TEXT NOT NULL,
    attempts INTEGER NOT NULL, started_us BIGINT, finished_us BIGINT, duration_s FLOAT, cpu_s FLOAT,
    peak_memory_bytes BIGINT, rows BIGINT, size_bytes BIGINT, chunks INTEGER, reason TEXT NOT NULL,
    PRIMARY KEY (run_id, task)) WITHOUT ROWID;
CREATE TABLE attempts (run_id VARCHAR NOT NULL, task VARCHAR NOT NULL, attempt INTEGER NOT NULL, state TEXT NOT NULL,
    started_us BIGINT NOT NULL, finished_us BIGINT, duration_s FLOAT, cpu_s FLOAT, peak_memory_bytes BIGINT,
    worker_pid INTEGER, exit_status TEXT NOT NULL, error_type TEXT NOT NULL, error_message TEXT NOT NULL,
    traceback TEXT NOT NULL, traceback_full TEXT NOT NULL, PRIMARY KEY (run_id, task, attempt)) WITHOUT ROWID;
CREATE TABLE results (run_id VARCHAR NOT NULL, task VARCHAR NOT NULL, result_id VARCHAR NOT NULL, path TEXT NOT NULL,
    size_bytes BIGINT NOT NULL, digest TEXT NOT NULL, facts TEXT NOT NULL, attempt INTEGER NOT NULL, chunk INTEGER,
    saved_us BIGINT NOT NULL, PRIMARY KEY (run_id, task, result_id)) WITHOUT ROWID;
INSERT INTO runs VALUES ('런 1', 'dag', 'failed', 5, 9, 1, 2, '{"year": 2013}', '{}', '{}', 'here', 1, 1.5,
    'me', 'why');
INSERT INTO task_runs VALUES ('런 1', '추출', 0, 'succeeded', 1, 5, 9, 0.5, 0.4, 7, 3, 11, NULL, '');
INSERT INTO attempts VALUES ('런 1', '추출', 1, 'succeeded', 5, 9, 0.5, 0.4, 7, 42, '', '', '', '', '');
INSERT INTO results VALUES ('런 1', '추출', 'result_001', 'p', 11, 'd', '{"type": "int"}', 1, NULL, 8);
PRAGMA user_version = 1;
PRAGMA journal_mode = WAL;
"""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(VERSION_1)
    return path


def tables(path: Path) -> dict[str, set[str]]:
    with closing(sqlite3.connect(path)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: {row[1] for row in connection.execute(f"PRAGMA table_info({name})")} for name in names}


def version(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def test_an_older_ledger_gains_what_it_lacks_and_keeps_what_it_holds(old):
    with RunLedger(old) as ledger:
        run = ledger.run("런 1")
        assert run is not None
        assert (run.status, run.params, run.reason) == (RunStatus.FAILED, {"year": 2013}, "why")
        assert ledger.task_runs("런 1")[0].state is TaskState.SUCCEEDED
        assert ledger.attempts("런 1")[0].worker_pid == 42
        assert ledger.results("런 1")[0].facts.type == "int"
    assert version(old) == SCHEMA_VERSION
    assert tables(old) == {table.name: {column.name for column in table.columns} for table in METADATA.sorted_tables}


def test_the_older_file_is_kept_as_it_was(old):
    before = tables(old)
    RunLedger(old).close()
    copy = old.with_name("ledger.v1.db")
    assert version(copy) == 1
    assert tables(copy) == before
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT reason FROM runs").fetchall() == [("why",)]


def test_a_copy_that_cannot_be_made_leaves_the_ledger_as_it_was(old):
    old.with_name("ledger.v1.db").mkdir()
    with pytest.raises(OSError, match="ledger.v1.db"):
        RunLedger(old)
    assert version(old) == 1


def test_a_ledger_of_this_version_is_not_copied(tmp_path):
    RunLedger(tmp_path / "ledger.db").close()
    RunLedger(tmp_path / "ledger.db").close()
    assert not list(tmp_path.glob("*.v*"))


def test_of_processes_that_open_an_older_ledger_at_once_one_changes_it(old):
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_open, args=(old,)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 4
    assert version(old.with_name("ledger.v1.db")) == 1


def _open(path: Path) -> None:
    with RunLedger(path) as ledger:
        assert ledger.run("런 1") is not None


def test_an_older_ledger_that_may_only_be_read_is_read_and_left_as_it_is(old, monkeypatch):
    monkeypatch.setattr("dpnb.results.dialects.is_read_only", lambda _target: True)
    monkeypatch.setattr("dpnb.results.database.is_read_only", lambda _target: True)
    with RunLedger(old) as ledger:
        assert ledger.run("런 1") is not None
        assert ledger.lease("런 1") is None
    assert version(old) == 1
