"""The database below a ledger: its connections, and transactions that wait their turn."""

from __future__ import annotations

import contextlib
import threading
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, make_url
from sqlalchemy.exc import DBAPIError

from dpnb.errors import LedgerCorruptError
from dpnb.results.crash_points import reach
from dpnb.results.dialects import error_for, is_in_memory, is_read_only, open_engine
from dpnb.results.migration import prepare

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Connection, Row, Select

    from dpnb.results.atomic_file import Durability


class Database:
    """A file or a server's database, brought to this version's schema; its own exceptions come as `LedgerError`.

    Parameters
    ----------
    path_or_url, durability
        As `RunLedger` takes them.
    """

    def __init__(self, path_or_url: Path | str, durability: Durability) -> None:
        self.name = str(path_or_url)
        self._url = _url_of(path_or_url)
        self._is_sqlite = self._url.get_backend_name() == "sqlite"
        self._write_lock = threading.RLock()
        self._read_lock = self._write_lock if is_in_memory(self._url) else contextlib.nullcontext()
        self.engine = open_engine(self._url, durability)
        weakref.finalize(self, self.engine.dispose)  # one that is dropped closes its connections
        with self._translating():
            prepare(self.engine, self.name)

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """Lend a connection to read from."""
        with self._translating(), self._read_lock, self.engine.connect() as connection:
            yield connection

    def rows(self, query: Select[Any], values: Mapping[str, str] | None = None) -> Sequence[Row[Any]]:
        """Return all that is asked for."""
        with self._translating(), self._read_lock, self.engine.connect() as connection:
            return connection.execute(query, values).all()

    @contextlib.contextmanager
    def writing(self) -> Iterator[Connection]:
        """Lend a connection in a transaction, which is committed unless something is raised."""
        # SQLite lets one connection write; threads that queue here are woken in turn and need not poll the file's lock.
        with self._translating(), self._write_lock, self.engine.begin() as connection:
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

    @contextlib.contextmanager
    def _translating(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise error_for(error, self.name) from error


def _url_of(path_or_url: Path | str) -> URL:
    if isinstance(path_or_url, str) and "://" in path_or_url:
        return make_url(path_or_url)
    path = Path(path_or_url).absolute()
    if not path.parent.is_dir():
        path.parent.mkdir(parents=True, exist_ok=True)
    return URL.create("sqlite", database=str(path))
