"""What steps do: add a table, columns, an index, unless they are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import op
from sqlalchemy import inspect

if TYPE_CHECKING:
    from sqlalchemy import Column


def add_table(name: str, *columns: Column[object], rowid: bool = True) -> None:
    """Add a table; without `rowid` SQLite keeps its rows in the order of their key."""
    op.create_table(name, *columns, if_not_exists=True, sqlite_with_rowid=rowid)


def add_columns(table: str, *columns: Column[object]) -> None:
    """Add columns to a table."""
    present = {column["name"] for column in inspect(op.get_bind()).get_columns(table)}
    for column in columns:
        if column.name not in present:
            op.add_column(table, column)


def add_index(name: str, table: str, *columns: str) -> None:
    """Add an index."""
    op.create_index(name, table, list(columns), if_not_exists=True)
