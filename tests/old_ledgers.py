"""Ledgers of earlier versions, with a run in them, on either database."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

STATEMENTS = Path(__file__).parent / "ledgers"
SHAPES = sorted(file.stem.removeprefix("version_") for file in STATEMENTS.glob("version_*.sql"))
RUN = "런 1"
_VALUES = {"INTEGER": 1, "BIGINT": 5, "FLOAT": 1.5}
_TOLD = {
    "run_id": RUN,
    "task": "추출",
    "result_id": "result_001",
    "status": "failed",
    "state": "succeeded",
    "facts": '{"type": "int"}',
    "events": "[]",
    "tags": '["적재"]',
}


def version_of(shape: str) -> int:
    return int(shape.partition("_")[0])


def make_old_ledger(path: Path, shape: str) -> Path:
    """Make a file of that version, and a row in each of its tables."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(_statements(shape))
        for table in _tables(connection):
            row = _row(connection, table)
            places = ", ".join("?" * len(row))
            names = ", ".join(f'"{name}"' for name in row)
            connection.execute(f'INSERT INTO "{table}" ({names}) VALUES ({places})', tuple(row.values()))
        connection.commit()
    return path


def statements_for_postgres(shape: str) -> str:
    """Return what makes such a ledger on PostgreSQL, empty but for a run."""
    text = (
        re.sub(r"PRAGMA .*;", "", _statements(shape)).replace(" WITHOUT\n    ROWID", "").replace(" WITHOUT ROWID", "")
    )
    text = re.sub(r"\buser TEXT", '"user" TEXT', text.replace("BLOB", "BYTEA"))
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(_statements(shape))
        row = _row(connection, "runs")
    names = ", ".join(f'"{name}"' for name in row)
    values = ", ".join(f"'{value}'" if isinstance(value, str) else str(value) for value in row.values())
    return f"{text}\nINSERT INTO runs ({names}) VALUES ({values});"


def columns_of(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return each table's columns, whatever their order: name, type, whether it may be missing, default, key."""
    with closing(sqlite3.connect(path)) as connection:
        return {
            table: sorted(row[1:] for row in connection.execute(f'PRAGMA table_info("{table}")'))
            for table in _tables(connection)
        }


def indexes_of(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        return {sql for (sql,) in connection.execute("SELECT sql FROM sqlite_master WHERE type = 'index' AND sql > ''")}


def rows_of(path: Path, table: str) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(f'SELECT * FROM "{table}"')]


def schema_version(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _statements(shape: str) -> str:
    return (STATEMENTS / f"version_{shape}.sql").read_text("utf-8")


def _tables(connection: sqlite3.Connection) -> list[str]:
    return [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]


def _row(connection: sqlite3.Connection, table: str) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for _, name, kind, is_required, default, key in connection.execute(f'PRAGMA table_info("{table}")'):
        if name in _TOLD:
            row[name] = _TOLD[name]
        elif (is_required and default is None) or key:
            row[name] = _VALUES.get(kind, "{}" if name in {"params", "metadata", "plan"} else "글")
    return row
