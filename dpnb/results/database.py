"""The database below a ledger: its connections, and transactions that wait their turn."""

from __future__ import annotations

import contextlib
import threading
import weakref
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, OperationalError

from dpnb.errors import LedgerCorruptError
from dpnb.results.crash_points import reach
from dpnb.results.database_urls import database_url, shown
from dpnb.results.dialects import clock_of, error_for, is_in_memory, is_read_only, open_engine
from dpnb.results.migration import prepare
from dpnb.results.outage import Outage, again_if_cut_off

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from sqlalchemy import Connection, Row, Select

    from dpnb.results.atomic_file import Durability


class Database:
    """A file or a server's database, brought to this version's schema; its own exceptions come as `LedgerError`.

    A server that was there when it was opened, and is away, is waited for (see `dpnb.results.outage`): where a
    connection is needed, and where something is read.

    Parameters
    ----------
    path_or_url, durability
        As `RunLedger` takes them.
    """

    def __init__(self, path_or_url: Path | str, durability: Durability) -> None:
        self.name = shown(path_or_url)
        self._url = database_url(path_or_url)
        self._is_sqlite = self._url.get_backend_name() == "sqlite"
        self._write_lock = threading.RLock()
        self._read_lock = self._write_lock if is_in_memory(self._url) else contextlib.nullcontext()
        self.engine = open_engine(self._url, durability)
        weakref.finalize(self, self.engine.dispose)  # one that is dropped closes its connections
        with self._translating():
            prepare(self.engine, self.name)
        self.outage = Outage()

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """Lend a connection to read from."""
        with self._translating(), self._read_lock, self._connect() as connection:
            yield connection

    @again_if_cut_off
    def rows(self, query: Select[Any], values: Mapping[str, str] | None = None) -> Sequence[Row[Any]]:
        """Return all that is asked for."""
        with self._translating(), self._read_lock, self._connect() as connection:
            return connection.execute(query, values).all()

    def server_now_us(self) -> int | None:
        """Return the instant by the clock that all who share the database go by; None where that is this machine's."""
        clock = clock_of(self.engine)
        return None if clock is None else int(self.rows(select(clock))[0][0])

    @contextlib.contextmanager
    def writing(self) -> Iterator[Connection]:
        """Lend a connection in a transaction, which is committed unless something is raised."""
        # SQLite lets one connection write; threads that queue here are woken in turn and need not poll the file's lock.
        with self._translating(), self._write_lock, self._connect() as connection, connection.begin():
            if self._is_sqlite:  # the lock at once, and with patience: one that is asked for after reading is refused
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            reach("ledger.begin")
            yield connection
            reach("ledger.written")
        reach("ledger.committed")

    def problems(self) -> list[str]:
        """Return what SQLite's quick check finds wrong with the file: nothing where it is sound."""
        if not self._is_sqlite:
            return []
        try:
            with self.reading() as connection:
                found = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA quick_check")]
        except LedgerCorruptError as error:
            return [error.reason]
        return [] if found == ["ok"] else found

    @property
    def is_read_only(self) -> bool:
        """Whether its file may be read here, but not written."""
        return is_read_only(self._url)

    def close(self) -> None:
        """Close all connections; a later call opens new ones."""
        self.engine.dispose()

    def _connect(self) -> Connection:
        if self._is_sqlite:
            return self.engine.connect()
        while True:
            try:
                connection = self.engine.connect()
            except OperationalError:
                if not self.outage.wait():
                    raise
            else:
                self.outage.end()
                return connection

    @contextlib.contextmanager
    def _translating(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise error_for(error, self.name) from error
