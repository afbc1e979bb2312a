"""Who owns a run."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Integer, String, Text

from dpnb.results.schema_steps.additions import add_index, add_table

revision = "2"
down_revision = "1"


def upgrade() -> None:
    """Add what this version has besides."""
    add_index("runs_by_status", "runs", "status")
    add_table(
        "leases",
        Column("run_id", String, primary_key=True),
        Column("token", BigInteger, nullable=False),
        Column("owner", Text, nullable=False),
        Column("machine", Text, nullable=False),
        Column("pid", Integer, nullable=False),
        Column("pid_started", Float, nullable=False),
        Column("expires_us", BigInteger, nullable=False),
        rowid=False,
    )
