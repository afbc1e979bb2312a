"""Schedules, their fires, who serves them, and what was asked of servers."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Integer, LargeBinary, String, Text

from dpnb.results.schema_steps.additions import add_index, add_table

revision = "7"
down_revision = "6"


def upgrade() -> None:
    """Add what this version has besides."""
    add_table(
        "schedules",
        Column("name", String, primary_key=True),
        Column("kind", Text, nullable=False),
        Column("description", Text, nullable=False),
        Column("spec", Text),
        Column("target", Text, nullable=False),
        Column("options", Text, nullable=False),
        Column("packed", LargeBinary),
        Column("signature", Text, nullable=False),
        Column("paused", Integer, nullable=False),
        Column("failures", Integer, nullable=False),
        Column("after_us", BigInteger, nullable=False),
        Column("next_us", BigInteger),
        Column("created_us", BigInteger, nullable=False),
        Column("revision", Integer, nullable=False),
        Column("user", Text, nullable=False),
    )
    add_table(
        "fires",
        Column("schedule", String, primary_key=True),
        Column("fire", String, primary_key=True),
        Column("attempt", Integer, primary_key=True),
        Column("due_us", BigInteger, nullable=False),
        Column("cause", Text, nullable=False),
        Column("state", String, nullable=False),
        Column("reason", Text, nullable=False),
        Column("run_id", String, nullable=False),
        Column("owner", Text, nullable=False),
        Column("starts_us", BigInteger, nullable=False),
        Column("recorded_us", BigInteger, nullable=False),
        Column("started_us", BigInteger),
        Column("finished_us", BigInteger),
        Column("is_unwanted", Integer, nullable=False),
        Column("instants", Integer),
        Column("data", Text, nullable=False),
    )
    add_index("fires_by_state", "fires", "state")
    add_index("fires_by_time", "fires", "due_us")
    add_index("fires_by_run", "fires", "run_id")
    add_table(
        "schedulers",
        Column("scheduler_id", String, primary_key=True),
        Column("machine", Text, nullable=False),
        Column("pid", Integer, nullable=False),
        Column("pid_started", Float, nullable=False),
        Column("started_us", BigInteger, nullable=False),
        Column("expires_us", BigInteger, nullable=False),
    )
    add_table(
        "launches",
        Column("launch_id", String, primary_key=True),
        Column("pipeline", Text, nullable=False),
        Column("request", Text, nullable=False),
        Column("state", Text, nullable=False),
        Column("run_id", String),
        Column("error", Text, nullable=False),
        Column("launched_us", BigInteger, nullable=False),
        Column("machine", Text, nullable=False),
        Column("pid", Integer, nullable=False),
        Column("pid_started", Float, nullable=False),
        rowid=False,
    )
