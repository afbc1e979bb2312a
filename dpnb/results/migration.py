"""Brings a ledger to this version's schema: makes what it lacks, copies the file before, refuses a newer one.

Ledgers only go forward, and only by gaining tables, columns and indexes: a row written by an earlier version stays as
it was written, and reads with the new columns' defaults.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect
from sqlalchemy.schema import CreateColumn, CreateIndex, CreateTable

from dpnb.errors import LedgerVersionError
from dpnb.results import schedule_tables
from dpnb.results.tables import SCHEMA_VERSION

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine, Table


METADATA = schedule_tables.METADATA  # with the tables of both modules in it
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(7233290115)"  # any number, the same in every process


def prepare(engine: Engine, ledger: str) -> None:
    """Give a ledger all tables and columns; refuse one that a newer dpnb wrote.

    Raises
    ------
    LedgerVersionError
        A newer dpnb wrote it.
    """
    with engine.connect() as connection:
        if engine.dialect.name != "sqlite":
            if engine.dialect.name == "postgresql":  # two that make the same table at once would fail
                connection.exec_driver_sql(_ONE_AT_A_TIME)
            _complete(connection)
            connection.commit()
            return
        if (found := schema_version(connection)) > SCHEMA_VERSION:
            raise LedgerVersionError(ledger, found=found, known=SCHEMA_VERSION)
        if found < SCHEMA_VERSION:
            _upgrade(connection, engine.url.database)


def schema_version(connection: Connection) -> int:
    """Return the version that an SQLite file carries; 0 for a new one."""
    return int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())


def _upgrade(connection: Connection, file: str | None) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")  # of several processes that open it at once, one changes it
    found = schema_version(connection)
    if 0 < found < SCHEMA_VERSION and file:
        _copy(Path(file), found)
    if found < SCHEMA_VERSION:
        _complete(connection)
        connection.exec_driver_sql(f"PRAGMA user_version={SCHEMA_VERSION}")
    connection.commit()


def _copy(file: Path, version: int) -> None:
    """Copy the ledger as it is beside itself: ``ledger.v1.db``; a copy is there whole or not at all."""
    temporary = file.with_name(f".{file.name}.v{version}.tmp")
    temporary.unlink(missing_ok=True)
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(temporary)) as copy:
        source.backup(copy)
    temporary.replace(file.with_name(f"{file.stem}.v{version}{file.suffix}"))


def _complete(connection: Connection) -> None:
    known = inspect(connection)
    for table in METADATA.sorted_tables:
        if not known.has_table(table.name):
            connection.execute(CreateTable(table, if_not_exists=True))
        else:
            _add_columns(connection, table, {column["name"] for column in known.get_columns(table.name)})
        for index in table.indexes:
            connection.execute(CreateIndex(index, if_not_exists=True))


def _add_columns(connection: Connection, table: Table, present: set[str]) -> None:
    name = connection.dialect.identifier_preparer.format_table(table)
    for column in table.columns:
        if column.name not in present:
            definition = CreateColumn(column).compile(dialect=connection.dialect)
            connection.exec_driver_sql(f"ALTER TABLE {name} ADD COLUMN {definition}")
