"""What an attempt read and wrote."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column

from dpnb.results.schema_steps.additions import add_columns

revision = "4"
down_revision = "3"


def upgrade() -> None:
    """Add what this version has besides."""
    add_columns("attempts", Column("read_bytes", BigInteger), Column("written_bytes", BigInteger))
