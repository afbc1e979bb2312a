"""What reruns are decided by, and what the user says of a run."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, Text

from dpnb.results.schema_steps.additions import add_columns, add_table

revision = "5"
down_revision = "4"


def upgrade() -> None:
    """Add what this version has besides."""
    add_columns(
        "runs",
        Column("rerun_of", Text, nullable=False, server_default=""),
        Column("tags", Text),
        Column("note", Text, nullable=False, server_default=""),
        Column("pinned", Integer, nullable=False, server_default="0"),
    )
    add_columns(
        "task_runs",
        Column("code", Text),
        Column("source", Text),
        Column("arguments", Text, nullable=False, server_default=""),
        Column("reads", Text, nullable=False, server_default=""),
        Column("after", Text, nullable=False, server_default=""),
        Column("output", Text),
        Column("origin", Text, nullable=False, server_default=""),
    )
    add_columns("results", Column("code", Text, nullable=False, server_default=""))
    add_table(
        "sources",
        Column("source_id", String, primary_key=True),
        Column("text", Text, nullable=False),
        rowid=False,
    )
