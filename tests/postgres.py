"""A PostgreSQL server of the tests' own: on a socket in a folder, without a port, gone with the session."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}
_OWNER = "postgres"  # a server refuses to run as root
_numbers = itertools.count(1)
type NewDatabase = Callable[[], str]


def _programs() -> Path | None:
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


@contextmanager
def _server(programs: Path) -> Iterator[Path]:
    """Start a server, and yield the folder of its socket."""
    folder = Path(tempfile.mkdtemp(prefix="dpnb-pg-", dir="/tmp"))  # a socket's path is short
    if os.getuid() == 0:
        shutil.chown(folder, _OWNER)
    data, log = folder / "data", folder / "log"
    try:
        _run(programs / "initdb", "-D", data, "-A", "trust", "-U", "dpnb", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        options = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off -c max_connections=60"
        _run(programs / "pg_ctl", "-D", data, "-l", log, "-w", "-o", options, "start")
        try:
            yield folder
        finally:
            _run(programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Path]:
    """Give the folder of a server's socket; skip where there is none."""
    programs = _programs()
    if programs is None:
        (pytest.fail if IN_CI else pytest.skip)("PostgreSQL is not installed: apt install postgresql")
    pytest.importorskip("psycopg", reason="psycopg is not installed: pip install 'dpnb[postgres]'")
    with _server(programs) as folder:
        yield folder


@pytest.fixture
def new_postgres(postgres_server: Path) -> Iterator[NewDatabase]:
    """Give what makes an empty database and returns its URL; they are dropped after the test."""
    import psycopg

    made: list[str] = []

    def make() -> str:
        made.append(f"test_{os.getpid()}_{next(_numbers)}")
        connection.execute(f'CREATE DATABASE "{made[-1]}"'.encode())
        return f"postgresql+psycopg://dpnb@/{made[-1]}?host={postgres_server}"

    with psycopg.connect(host=str(postgres_server), user="dpnb", dbname="postgres", autocommit=True) as connection:
        yield make
        for name in made:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


@pytest.fixture
def postgres(new_postgres: NewDatabase) -> str:
    """Give the URL of an empty database."""
    return new_postgres()
