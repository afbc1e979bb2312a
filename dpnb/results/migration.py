"""Brings an older ledger to this version's schema, keeps the file before, refuses a newer one.

::

    no ledger ───────── all tables at once ──────────────────────▶ this version
    an older one ── copy of the file (SQLite) ── Alembic's steps ─▶ this version, or as it was
    this version ── one question, and Alembic is not loaded
    a newer one ─── LedgerVersionError

Ledgers only go forward; see `dpnb.results.schema_steps`. All of it is one transaction under a lock: of several
processes that open an older ledger at once, one changes it while the others wait, and whenever it is killed the ledger
is of the one version or of the other.

The copy of an SQLite file lies beside it, with its version in its name: ``ledger.v8.db``. To go back to it, shut down
all that uses the workspace, put it in the place of ``ledger.db``, remove ``ledger.db-wal`` and ``ledger.db-shm``, and
install a dpnb of that time. What was recorded since is not in it, though the results of later runs are still in the
folder ``runs``. A server's database is not copied: that is for its own tools, such as ``pg_dump``.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Column, MetaData, String, Table, delete, insert, inspect, select
from sqlalchemy.schema import CreateIndex, CreateTable

from dpnb.errors import LedgerVersionError
from dpnb.results import schedule_tables
from dpnb.results.crash_points import reach
from dpnb.results.tables import SCHEMA_VERSION

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine


METADATA = schedule_tables.METADATA  # with the tables of both modules in it
VERSION_TABLE = "ledger_version"
"""Where Alembic keeps the version: not under its own name for that, which the database's other users may need."""

_VERSION = Table(VERSION_TABLE, MetaData(), Column("version_num", String(32), primary_key=True))
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(7233290115)"  # any number, the same in every process
_PATIENCE = "SET LOCAL lock_timeout = '30s'"  # with what others do to the tables
_FIRST = 1


def prepare(engine: Engine, ledger: str) -> None:
    """Give a ledger all tables and columns; refuse one that a newer dpnb wrote.

    Raises
    ------
    LedgerVersionError
        A newer dpnb wrote it.
    """
    with engine.connect() as connection:
        found = schema_version(connection)
        if found > SCHEMA_VERSION:
            raise LedgerVersionError(ledger, found=found, known=SCHEMA_VERSION)
        if found < SCHEMA_VERSION:
            connection.rollback()
            _change(connection, ledger, engine.url.database)


def schema_version(connection: Connection) -> int:
    """Return the version of a ledger; 0 for a new one."""
    if connection.dialect.name == "sqlite":
        return int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())
    known = inspect(connection)
    if known.has_table(VERSION_TABLE):
        return int(connection.execute(select(_VERSION.c.version_num)).scalar_one_or_none() or 0)
    return _FIRST if known.has_table("runs") else 0


def _change(connection: Connection, ledger: str, file: str | None) -> None:
    is_sqlite = connection.dialect.name == "sqlite"
    for statement in ("BEGIN IMMEDIATE",) if is_sqlite else (_PATIENCE, _ONE_AT_A_TIME):
        connection.exec_driver_sql(statement)
    found = schema_version(connection)  # another process may have been faster
    if found > SCHEMA_VERSION:
        raise LedgerVersionError(ledger, found=found, known=SCHEMA_VERSION)
    if 0 < found < SCHEMA_VERSION:
        if is_sqlite and file:
            _copy(Path(file), found)
            reach("migration.copied")
        _bring_forward(connection)
    elif found == 0:
        _create(connection)
    if is_sqlite:
        connection.exec_driver_sql(f"PRAGMA user_version={SCHEMA_VERSION}")
    reach("migration.changed")
    connection.commit()


def _create(connection: Connection) -> None:
    for table in METADATA.sorted_tables:
        connection.execute(CreateTable(table, if_not_exists=True))
        for index in table.indexes:
            connection.execute(CreateIndex(index, if_not_exists=True))
    _record_version(connection, SCHEMA_VERSION)


def _bring_forward(connection: Connection) -> None:
    from dpnb.results.schema_steps.forward import bring_forward

    if not inspect(connection).has_table(VERSION_TABLE):  # before 9, one version was not always one shape
        _record_version(connection, _FIRST)
    bring_forward(connection, VERSION_TABLE)


def _record_version(connection: Connection, version: int) -> None:
    connection.execute(CreateTable(_VERSION, if_not_exists=True))
    connection.execute(delete(_VERSION))
    connection.execute(insert(_VERSION).values(version_num=str(version)))


def _copy(file: Path, version: int) -> None:
    """Copy the ledger as it is beside itself: ``ledger.v1.db``; a copy is there whole or not at all."""
    temporary = file.with_name(f".{file.name}.v{version}.tmp")
    temporary.unlink(missing_ok=True)
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(temporary)) as copy:
        source.backup(copy)
    temporary.replace(file.with_name(f"{file.stem}.v{version}{file.suffix}"))
