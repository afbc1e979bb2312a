"""All that differs between databases: how a ledger is opened, upserted into, and how its failures read."""

from __future__ import annotations

import itertools
import os
import random
import sqlite3
import time
from contextlib import closing
from functools import cached_property, partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sqlalchemy import BigInteger, NullPool, StaticPool, create_engine, event, func, literal_column
from sqlalchemy.exc import OperationalError

from dpnb.errors import LedgerCorruptError, LedgerError, LedgerLockedError, LedgerUnreachableError
from dpnb.results.database_urls import connect_args
from dpnb.results.tables import RUNS, SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import URL, ColumnElement, Connection, Engine, Insert, Table
    from sqlalchemy.exc import DBAPIError

    from dpnb.results.atomic_file import Durability

BUSY_S = 30.0
_ROWS_AT_ONCE = 50


def open_engine(target: URL, durability: Durability) -> Engine:
    """Return an engine whose connections are set up for many threads and processes."""
    if target.get_backend_name() != "sqlite":
        # A server may have been restarted since a connection was used last.
        return create_engine(target, pool_pre_ping=True, connect_args=dict(connect_args(target)))
    if is_in_memory(target):
        return create_engine(target, poolclass=StaticPool, connect_args={"check_same_thread": False})
    if is_read_only(target):
        # Write-ahead logging writes even to read, unless its files are there or the database is said to be immutable
        # (https://sqlite.org/wal.html#readonly); what lies in those files would be missed by the latter.
        immutable = "" if Path(f"{target.database}-wal").exists() else "&immutable=1"
        source = partial(sqlite3.connect, f"file:{quote(str(target.database))}?mode=ro{immutable}", uri=True)
        if _version(source) < SCHEMA_VERSION:  # it cannot be brought forward in place, but a copy in memory can
            return create_engine("sqlite://", creator=partial(_copy_in_memory, source), poolclass=StaticPool)
        return create_engine("sqlite://", creator=source, poolclass=NullPool)
    engine = create_engine(target, connect_args={"timeout": BUSY_S})
    synchronous = "FULL" if durability == "power" else "NORMAL"

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: Any) -> None:
        try:
            _log_ahead(connection)
            connection.execute(f"PRAGMA synchronous={synchronous}")
        except BaseException:  # a damaged file: SQLAlchemy does not know this connection yet, so nobody would close it
            connection.close()
            raise

    return engine


def _version(source: Callable[[], sqlite3.Connection]) -> int:
    try:
        with closing(source()) as connection:
            return int(connection.execute("PRAGMA user_version").fetchone()[0])
    except sqlite3.DatabaseError:  # damaged: whoever reads from it is told
        return SCHEMA_VERSION


def _copy_in_memory(source: Callable[[], sqlite3.Connection]) -> sqlite3.Connection:
    copy = sqlite3.connect(":memory:", check_same_thread=False)
    with closing(source()) as connection:
        connection.backup(copy)
    return copy


def _log_ahead(connection: sqlite3.Connection) -> None:
    """Switch the file to write-ahead logging, once in its life.

    SQLite asks for the whole file to itself then, and where others open the new file at the same moment it gives up
    without waiting: two that waited for each other there would wait for ever.
    """
    deadline = time.monotonic() + BUSY_S
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if not _is_locked(str(error)) or time.monotonic() > deadline:
                raise
            time.sleep(random.uniform(0.001, 0.02))  # noqa: S311  # apart from the others, not unguessable
        else:
            return


def clock_of(where: Engine | Connection) -> ColumnElement[int] | None:
    """Return the server's clock, in microseconds since 1970 UTC; None with SQLite, which has only its process's."""
    return None if where.dialect.name == "sqlite" else _SERVERS_CLOCK


_SERVERS_CLOCK: ColumnElement[int] = literal_column(
    "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)", BigInteger
)


def is_in_memory(target: URL) -> bool:
    """Tell whether a database lives and dies with its only connection, which all threads then share."""
    return target.get_backend_name() == "sqlite" and target.database in (None, "", ":memory:")


def is_read_only(target: URL) -> bool:
    """Tell whether a ledger's file is there, but may not be written."""
    if target.get_backend_name() != "sqlite" or not target.database:
        return False
    file = Path(target.database)
    return file.is_file() and not (os.access(file, os.W_OK) and os.access(file.parent, os.W_OK))


def upsert_sql(table: Table, engine: Engine) -> str:
    """Return SQL that inserts a row, or replaces that of the same key; it takes all values in their order."""
    is_postgresql = engine.dialect.name == "postgresql"
    database: Any = import_module(f"sqlalchemy.dialects.{'postgresql' if is_postgresql else 'sqlite'}")
    positional = database.dialect(paramstyle="format" if is_postgresql else "qmark")
    names = [column.name for column in table.columns]
    keys = [column.name for column in table.primary_key]
    statement = database.insert(table).values(dict.fromkeys(names))
    rest = {name: statement.excluded[name] for name in names if name not in keys}
    if table is RUNS:  # long, and written once: an empty one leaves it as it is
        rest["plan"] = func.coalesce(func.nullif(rest["plan"], literal_column("''")), RUNS.c.plan)
        del rest["note"], rest["pinned"]  # the user's, who may have changed them meanwhile
    return str(statement.on_conflict_do_update(index_elements=keys, set_=rest).compile(dialect=positional))


def insert_unless_there(table: Table, engine: Engine) -> Insert:
    """Return a statement that inserts a row, unless there is one of its key; its `rowcount` tells which."""
    database: Any = import_module(f"sqlalchemy.dialects.{engine.dialect.name}")
    statement: Insert = database.insert(table).on_conflict_do_nothing().execution_options(preserve_rowcount=True)
    return statement


class Upsert:
    """Inserts rows into a table, or replaces those of the same keys.

    Many rows go into one statement: the driver lets other threads run between two statements, and each time it may
    have to wait until they let it go on.
    """

    def __init__(self, table: Table, engine: Engine) -> None:
        self._at_once = _ROWS_AT_ONCE if engine.dialect.name == "sqlite" else 1  # others refuse to meet a key twice
        self._table, self._engine = table, engine
        self._of_rows: dict[int, str] = {}  # statements by their numbers of rows

    @cached_property
    def _one(self) -> str:
        return upsert_sql(self._table, self._engine)

    def _sql(self, rows: int) -> str:
        """Return the statement for so many rows, made of that for one: to compile it would take a thousand times."""
        if rows not in self._of_rows:
            before, places, after = self._one.partition(f"({', '.join('?' * len(self._table.columns))})")
            self._of_rows[rows] = f"{before}{', '.join([places] * rows)}{after}"
        return self._of_rows[rows]

    def execute(self, connection: Connection, rows: list[tuple[Any, ...]]) -> None:
        """Write rows, given as the values of all columns in their order; of rows of one key the last one stands."""
        if self._at_once == 1:
            connection.exec_driver_sql(self._one, rows)
            return
        for part in itertools.batched(rows, self._at_once):
            connection.exec_driver_sql(self._sql(len(part)), tuple(itertools.chain.from_iterable(part)))


def error_for(error: DBAPIError, ledger: str) -> LedgerError:
    """Return what a database's own exception means for a ledger."""
    reason = str(error.orig)
    if _is_locked(reason):
        return LedgerLockedError(ledger, waited_s=BUSY_S)
    if "malformed" in reason or "not a database" in reason:
        return LedgerCorruptError(ledger, reason=reason)
    if error.connection_invalidated or _is_of_a_server_that_is_away(error):
        return LedgerUnreachableError(ledger, reason=reason.partition("\n")[0].rstrip("."))
    return LedgerError(f"The ledger {ledger!r} failed: {reason}.", hint="see the database's own exception above.")


def _is_of_a_server_that_is_away(error: DBAPIError) -> bool:
    """Tell a connection that could not be made, of which no statement tells, and a server that shuts down."""
    is_a_servers = isinstance(error, OperationalError) and not isinstance(error.orig, sqlite3.Error)
    return is_a_servers and (error.statement is None or getattr(error.orig, "sqlstate", None) in _GOING_DOWN)


_GOING_DOWN = ("57P01", "57P02", "57P03")  # https://www.postgresql.org/docs/current/errcodes-appendix.html


def _is_locked(reason: str) -> bool:
    return "locked" in reason or "busy" in reason or "lock timeout" in reason
