"""Who wants the end of a run, or of a launch."""

from __future__ import annotations

from sqlalchemy import Column, Integer

from dpnb.results.schema_steps.additions import add_columns

revision = "8"
down_revision = "7"


def upgrade() -> None:
    """Add what this version has besides."""
    add_columns("leases", Column("cancel", Integer, nullable=False, server_default="0"))
    add_columns("launches", Column("cancel", Integer, nullable=False, server_default="0"))
