"""All that differs between databases: how a ledger is prepared, upserted into, and how its failures read."""

from __future__ import annotations

import os
import sqlite3
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sqlalchemy import NullPool, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from dpnb.errors import LedgerCorruptError, LedgerError, LedgerLockedError, LedgerVersionError
from dpnb.results.tables import METADATA, SCHEMA_VERSION

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine, Table
    from sqlalchemy.exc import DBAPIError

    from dpnb.results.atomic_file import Durability

BUSY_S = 30.0


def open_engine(target: URL, durability: Durability) -> Engine:
    """Return an engine whose connections are set up for many threads and processes."""
    if target.get_backend_name() != "sqlite":
        return create_engine(target)
    if is_read_only(target):
        # Write-ahead logging writes even to read, unless its files are there or the database is said to be immutable
        # (https://sqlite.org/wal.html#readonly); what lies in those files would be missed by the latter.
        immutable = "" if Path(f"{target.database}-wal").exists() else "&immutable=1"
        source = f"file:{quote(str(target.database))}?mode=ro{immutable}"
        return create_engine("sqlite://", creator=partial(sqlite3.connect, source, uri=True), poolclass=NullPool)
    engine = create_engine(target, connect_args={"timeout": BUSY_S})
    synchronous = "FULL" if durability == "power" else "NORMAL"

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: Any) -> None:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute(f"PRAGMA synchronous={synchronous}")
        except BaseException:  # a damaged file: SQLAlchemy does not know this connection yet, so nobody would close it
            connection.close()
            raise

    return engine


def is_read_only(target: URL) -> bool:
    """Tell whether a ledger's file is there, but may not be written."""
    if target.get_backend_name() != "sqlite" or not target.database:
        return False
    file = Path(target.database)
    return file.is_file() and not (os.access(file, os.W_OK) and os.access(file.parent, os.W_OK))


def prepare(engine: Engine, ledger: str) -> None:
    """Create the tables of a new ledger; refuse one that a newer dpnb wrote."""
    with engine.connect() as connection:
        if engine.dialect.name != "sqlite":
            METADATA.create_all(connection)
            connection.commit()
            return
        if (found := _user_version(connection)) > SCHEMA_VERSION:
            raise LedgerVersionError(ledger, found=found, known=SCHEMA_VERSION)
        if found < SCHEMA_VERSION:
            _create_tables(connection)


def _user_version(connection: Connection) -> int:
    return int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())


def _create_tables(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")  # of several processes that open a new ledger at once, one creates it
    for table in METADATA.sorted_tables:
        connection.execute(CreateTable(table, if_not_exists=True))
        for index in table.indexes:
            connection.execute(CreateIndex(index, if_not_exists=True))
    connection.exec_driver_sql(f"PRAGMA user_version={SCHEMA_VERSION}")
    connection.commit()


def upsert_of(table: Table, engine: Engine) -> str:
    """Return the SQL that inserts a row, or replaces the one of the same key; it takes the columns' values in order."""
    database: Any = postgresql if engine.dialect.name == "postgresql" else sqlite
    positional = database.dialect(paramstyle="format" if database is postgresql else "qmark")
    statement = database.insert(table)
    keys = [column.name for column in table.primary_key]
    rest = {column.name: statement.excluded[column.name] for column in table.columns if column.name not in keys}
    return str(statement.on_conflict_do_update(index_elements=keys, set_=rest).compile(dialect=positional))


def error_for(error: DBAPIError, ledger: str) -> LedgerError:
    """Return what a database's own exception means for a ledger."""
    reason = str(error.orig)
    if "locked" in reason or "busy" in reason:
        return LedgerLockedError(ledger, waited_s=BUSY_S)
    if "malformed" in reason or "not a database" in reason:
        return LedgerCorruptError(ledger, reason=reason)
    return LedgerError(f"The ledger {ledger!r} failed: {reason}.", hint="see the database's own exception above.")
