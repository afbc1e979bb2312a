"""A PostgreSQL server of the tests' own: on a socket in a folder, without a port, gone with the session."""

from __future__ import annotations

import importlib.util
import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}
_OWNER = "postgres"  # a server refuses to run as root
_numbers = itertools.count(1)
type NewDatabase = Callable[[], str]


def find_programs() -> Path | None:
    """Return the folder of the server's programs, the newest version's where there are several."""
    found = shutil.which("pg_ctl")
    if found is not None:
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda file: int(file.parts[-3]))
    return versions[-1].parent if versions else None


def _run(*command: object) -> None:
    user = _OWNER if os.getuid() == 0 else None
    done = subprocess.run(list(map(str, command)), user=user, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


@dataclass(frozen=True)
class PostgresProcess:
    """A server that a test may stop and start; `folder` holds its socket, its data and its log."""

    folder: Path
    programs: Path

    def start(self) -> None:
        settings = f"-c listen_addresses='' -c unix_socket_directories='{self.folder}' -c fsync=off"
        self._control("-l", self.folder / "log", "-o", f"{settings} -c max_connections=100", "start")

    def stop(self) -> None:
        """Stop as a machine does that loses its power; connections break."""
        self._control("-m", "immediate", "stop")

    @property
    def is_running(self) -> bool:
        return (self.folder / "data" / "postmaster.pid").exists()

    def make(self) -> None:
        """Write what a server needs."""
        options = ("-A", "trust", "-U", "dpnb", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        _run(self.programs / "initdb", "-D", self.folder / "data", *options)

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://dpnb@/{database}?host={self.folder}"

    def execute(self, statement: str) -> None:
        """Have the server do something to its databases."""
        import psycopg

        with psycopg.connect(host=str(self.folder), user="dpnb", dbname="postgres", autocommit=True) as connection:
            connection.execute(statement.encode())

    def _control(self, *order: object) -> None:
        _run(self.programs / "pg_ctl", "-D", self.folder / "data", "-w", *order)


@contextmanager
def running_server(programs: Path) -> Iterator[PostgresProcess]:
    """Start a server, and stop it at the end."""
    folder = Path(tempfile.mkdtemp(prefix="dpnb-pg-", dir="/tmp"))  # a socket's path is short
    if os.getuid() == 0:
        shutil.chown(folder, _OWNER)
    server = PostgresProcess(folder, programs)
    try:
        server.make()
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresProcess]:
    """Give a server of the session's; skip where there is none. Whoever stops it starts it again."""
    programs = find_programs()
    if programs is None:
        (pytest.fail if IN_CI else pytest.skip)("PostgreSQL is not installed: apt install postgresql")
    if importlib.util.find_spec("psycopg") is None:
        (pytest.fail if IN_CI else pytest.skip)("psycopg is not installed: pip install 'dpnb[postgres]'")
    with running_server(programs) as server:
        yield server


@pytest.fixture
def new_postgres(postgres_server: PostgresProcess) -> Iterator[NewDatabase]:
    """Give what makes an empty database and returns its URL; they are dropped after the test."""
    made: list[str] = []

    def make() -> str:
        made.append(f"test_{os.getpid()}_{next(_numbers)}")
        postgres_server.execute(f'CREATE DATABASE "{made[-1]}"')
        return postgres_server.url(made[-1])

    yield make
    for name in made:
        postgres_server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def _kept_postgres(postgres_server: PostgresProcess) -> str:
    postgres_server.execute("CREATE DATABASE kept")
    return postgres_server.url("kept")


@pytest.fixture
def emptied_postgres(_kept_postgres: str) -> str:
    """Give the URL of a database with a ledger's tables, and nothing in them: quicker than a new one."""
    from sqlalchemy import create_engine, delete

    from dpnb.results import RunLedger
    from dpnb.results.schedule_tables import METADATA

    RunLedger(_kept_postgres).close()
    engine = create_engine(_kept_postgres)
    with engine.begin() as connection:
        for table in METADATA.sorted_tables:
            connection.execute(delete(table))
    engine.dispose()
    return _kept_postgres


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.integration)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """Give where to make a ledger: a file, and then a server's database."""
    if request.param == "sqlite":
        return tmp_path / "deep" / "ledger.db"
    url: str = request.getfixturevalue("emptied_postgres")
    return url


@pytest.fixture
def postgres(new_postgres: NewDatabase) -> str:
    """Give the URL of an empty database."""
    return new_postgres()
