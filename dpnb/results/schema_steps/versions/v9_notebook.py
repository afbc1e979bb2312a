"""From which notebook a run was started."""

from __future__ import annotations

from sqlalchemy import Column, Text

from dpnb.results.schema_steps.additions import add_columns

revision = "9"
down_revision = "8"


def upgrade() -> None:
    """Add what this version has besides."""
    add_columns("runs", Column("notebook", Text, nullable=False, server_default=""))
