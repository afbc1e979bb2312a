"""What a task was given."""

from __future__ import annotations

from sqlalchemy import Column, Text

from dpnb.results.schema_steps.additions import add_columns

revision = "3"
down_revision = "2"


def upgrade() -> None:
    """Add what this version has besides."""
    add_columns("task_runs", Column("inputs", Text))
