"""Ledgers of earlier versions are brought forward in place, with a copy of the file as it was."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dpnb.results import RunLedger, RunStatus, TaskState
from dpnb.results.tables import SCHEMA_VERSION
from tests.old_ledgers import RUN, SHAPES, columns_of, indexes_of, make_old_ledger, rows_of, schema_version, version_of

OPEN = "import sys; from dpnb.results import RunLedger; RunLedger(sys.argv[1]).close(); print('alembic' in sys.modules)"


@pytest.fixture(params=SHAPES)
def old(request, tmp_path: Path) -> Path:
    return make_old_ledger(tmp_path / "ledger.db", request.param)


@pytest.fixture
def first(tmp_path: Path) -> Path:
    return make_old_ledger(tmp_path / "ledger.db", "1")


def opened_elsewhere(path: Path, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", OPEN, str(path)]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **env}, check=False)


def test_an_older_ledger_gains_what_it_lacks_and_keeps_what_it_holds(old, tmp_path):
    held = {table: rows_of(old, table) for table in columns_of(old)}
    with RunLedger(old) as ledger:
        run = ledger.run(RUN)
        assert run is not None
        assert (run.status, run.reason, run.notebook) == (RunStatus.FAILED, "글", "")
        assert ledger.task_runs(RUN)[0].state is TaskState.SUCCEEDED
        assert ledger.attempts(RUN)[0].task == "추출"
        assert ledger.results(RUN)[0].facts.type == "int"
    assert schema_version(old) == SCHEMA_VERSION
    for table, rows in held.items():
        assert [row | before for row, before in zip(rows_of(old, table), rows, strict=True)] == rows_of(old, table)
    new = tmp_path / "new.db"
    RunLedger(new).close()
    assert columns_of(old) == columns_of(new)
    assert indexes_of(old) == indexes_of(new)
    assert rows_of(old, "ledger_version") == [{"version_num": str(SCHEMA_VERSION)}] == rows_of(new, "ledger_version")


def test_the_older_file_is_kept_as_it_was_and_can_be_put_back(old):
    before, version = columns_of(old), schema_version(old)
    RunLedger(old).close()
    copy = old.with_name(f"ledger.v{version}.db")
    assert schema_version(copy) == version
    assert columns_of(copy) == before
    assert rows_of(copy, "runs")[0]["run_id"] == RUN
    for suffix in ("-wal", "-shm"):
        old.with_name(old.name + suffix).unlink(missing_ok=True)
    copy.replace(old)
    with RunLedger(old) as ledger:
        assert ledger.run(RUN) is not None


def test_the_shapes_are_all_versions_before_this_one():
    assert {version_of(shape) for shape in SHAPES} == set(range(1, 9))


def test_a_copy_that_cannot_be_made_leaves_the_ledger_as_it_was(first):
    first.with_name("ledger.v1.db").mkdir()
    with pytest.raises(OSError, match="ledger.v1.db"):
        RunLedger(first)
    assert schema_version(first) == 1


def test_a_ledger_of_this_version_is_not_copied(tmp_path):
    RunLedger(tmp_path / "ledger.db").close()
    RunLedger(tmp_path / "ledger.db").close()
    assert not list(tmp_path.glob("*.v*"))


@pytest.mark.parametrize("point", ["migration.copied", "migration.changed"])
def test_a_process_that_is_killed_on_the_way_leaves_the_older_ledger(first, tmp_path, point):
    before = columns_of(first)
    assert opened_elsewhere(first, DPNB_CRASH=f"{point},1,{tmp_path / 'count'}").returncode == -9
    assert schema_version(first) == 1
    assert columns_of(first) == before
    with RunLedger(first) as ledger:
        assert ledger.run(RUN) is not None
    assert schema_version(first) == SCHEMA_VERSION
    assert schema_version(first.with_name("ledger.v1.db")) == 1


def test_alembic_is_loaded_for_older_ledgers_only(first, tmp_path):
    new = tmp_path / "new.db"
    assert opened_elsewhere(new).stdout == "False\n"
    assert opened_elsewhere(new).stdout == "False\n"
    assert opened_elsewhere(first).stdout == "True\n"


def test_of_processes_that_open_an_older_ledger_at_once_one_changes_it(first):
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_open, args=(first,)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 4
    assert schema_version(first.with_name("ledger.v1.db")) == 1


def _open(path: Path) -> None:
    with RunLedger(path) as ledger:
        assert ledger.run(RUN) is not None


def test_an_older_ledger_that_may_only_be_read_is_read_and_left_as_it_is(first, monkeypatch):
    monkeypatch.setattr("dpnb.results.dialects.is_read_only", lambda _target: True)
    monkeypatch.setattr("dpnb.results.database.is_read_only", lambda _target: True)
    with RunLedger(first) as ledger:
        assert ledger.run(RUN) is not None
    assert schema_version(first) == 1
