"""What runs say of themselves."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, String, Text

from dpnb.results.schema_steps.additions import add_table

revision = "6"
down_revision = "5"


def upgrade() -> None:
    """Add what this version has besides."""
    add_table(
        "events",
        Column("run_id", String, primary_key=True),
        Column("lease", BigInteger, primary_key=True),
        Column("last", BigInteger, primary_key=True),
        Column("count", Integer, nullable=False),
        Column("events", Text, nullable=False),
    )
