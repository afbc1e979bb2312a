"""A server's ledger of an earlier version is brought forward once, whole or not at all; a newer one is refused."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, create_engine, inspect

from dpnb.errors import LedgerLockedError, LedgerVersionError
from dpnb.results import RunLedger, RunRecord, RunStatus
from dpnb.results.tables import SCHEMA_VERSION
from tests.old_ledgers import RUN, statements_for_postgres
from tests.postgres import NewDatabase

pytestmark = pytest.mark.integration
NEW = RunRecord(run_id="새", dag_id="d", status=RunStatus.RUNNING, started_us=1)
OPEN = "import sys; from dpnb.results import RunLedger; RunLedger(sys.argv[1]).close()"


@pytest.fixture
def connection(postgres: str) -> Iterator[Connection]:
    engine = create_engine(postgres, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def schema(connection: Connection) -> dict[str, object]:
    known = inspect(connection)
    return {
        table: (
            sorted((each["name"], str(each["type"]), each["nullable"]) for each in known.get_columns(table)),
            known.get_pk_constraint(table)["constrained_columns"],
            sorted(str(each["name"]) for each in known.get_indexes(table)),
        )
        for table in known.get_table_names()
    }


def version(connection: Connection) -> str:
    return str(connection.exec_driver_sql("SELECT version_num FROM ledger_version").scalar_one())


@pytest.fixture
def new_schema(new_postgres: NewDatabase) -> dict[str, object]:
    url = new_postgres()
    RunLedger(url).close()
    engine = create_engine(url)
    with engine.connect() as connection:
        made = schema(connection)
    engine.dispose()
    return made


@pytest.mark.parametrize("shape", ["1", "3_first", "5_first", "7_first", "8"])
def test_a_ledger_of_any_earlier_version_comes_to_what_a_new_one_is(postgres, connection, new_schema, shape):
    connection.exec_driver_sql(statements_for_postgres(shape))
    with RunLedger(postgres) as ledger:
        assert ledger.run(RUN) is not None
        ledger.record(
            [RunRecord(run_id="새", dag_id="d", status=RunStatus.RUNNING, started_us=1, notebook="보고.ipynb")]
        )
        assert [run.notebook for run in ledger.runs()] == ["", "보고.ipynb"]
    assert schema(connection) == new_schema
    assert version(connection) == str(SCHEMA_VERSION)


def test_many_that_open_an_older_ledger_at_once_change_it_once(postgres, connection):
    connection.exec_driver_sql(statements_for_postgres("1"))

    def open_it(_: int) -> bool:
        with RunLedger(postgres) as ledger:
            return ledger.has_runs()

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(open_it, range(6))) == [True] * 6
    assert version(connection) == str(SCHEMA_VERSION)


def test_a_process_that_is_killed_on_the_way_leaves_the_older_ledger(postgres, connection, tmp_path):
    connection.exec_driver_sql(statements_for_postgres("4"))
    before = schema(connection)
    crash = {"DPNB_CRASH": f"migration.changed,1,{tmp_path / 'count'}"}
    assert (
        subprocess.run([sys.executable, "-c", OPEN, postgres], env={**os.environ, **crash}, check=False).returncode
        == -9
    )
    assert schema(connection) == before
    RunLedger(postgres).close()
    assert version(connection) == str(SCHEMA_VERSION)


def test_a_ledger_of_a_newer_dpnb_is_refused(postgres, connection):
    RunLedger(postgres).close()
    connection.exec_driver_sql("UPDATE ledger_version SET version_num = '99'")
    with pytest.raises(LedgerVersionError, match=f"version 99.*up to {SCHEMA_VERSION}.*\nHint: upgrade dpnb"):
        RunLedger(postgres)


def test_a_table_that_somebody_keeps_locked_is_not_waited_for_without_end(postgres, connection, monkeypatch):
    monkeypatch.setattr("dpnb.results.migration._PATIENCE", "SET LOCAL lock_timeout = '50ms'")
    connection.exec_driver_sql(statements_for_postgres("1"))
    connection.exec_driver_sql("BEGIN; LOCK TABLE runs IN ACCESS SHARE MODE")
    with pytest.raises(LedgerLockedError):
        RunLedger(postgres)
    connection.exec_driver_sql("ROLLBACK")
    RunLedger(postgres).close()
