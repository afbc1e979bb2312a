"""Runs, their task runs, attempts and results."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Integer, String, Text

from dpnb.results.schema_steps.additions import add_index, add_table

revision = "1"
down_revision = None


def upgrade() -> None:
    """Add what this version has besides."""
    add_table(
        "runs",
        Column("run_id", String, primary_key=True),
        Column("dag_id", Text, nullable=False),
        Column("status", Text, nullable=False),
        Column("started_us", BigInteger, nullable=False),
        Column("finished_us", BigInteger),
        Column("tasks", Integer, nullable=False),
        Column("workers", Integer, nullable=False),
        Column("params", Text, nullable=False),
        Column("metadata", Text, nullable=False),
        Column("plan", Text, nullable=False),
        Column("host", Text, nullable=False),
        Column("pid", Integer, nullable=False),
        Column("pid_started", Float, nullable=False),
        Column("user", Text, nullable=False),
        Column("reason", Text, nullable=False),
    )
    add_index("runs_by_start", "runs", "started_us")
    add_table(
        "task_runs",
        Column("run_id", String, primary_key=True),
        Column("task", String, primary_key=True),
        Column("position", Integer, nullable=False),
        Column("state", Text, nullable=False),
        Column("attempts", Integer, nullable=False),
        Column("started_us", BigInteger),
        Column("finished_us", BigInteger),
        Column("duration_s", Float),
        Column("cpu_s", Float),
        Column("peak_memory_bytes", BigInteger),
        Column("rows", BigInteger),
        Column("size_bytes", BigInteger),
        Column("chunks", Integer),
        Column("reason", Text, nullable=False),
        rowid=False,
    )
    add_table(
        "attempts",
        Column("run_id", String, primary_key=True),
        Column("task", String, primary_key=True),
        Column("attempt", Integer, primary_key=True),
        Column("state", Text, nullable=False),
        Column("started_us", BigInteger, nullable=False),
        Column("finished_us", BigInteger),
        Column("duration_s", Float),
        Column("cpu_s", Float),
        Column("peak_memory_bytes", BigInteger),
        Column("worker_pid", Integer),
        Column("exit_status", Text, nullable=False),
        Column("error_type", Text, nullable=False),
        Column("error_message", Text, nullable=False),
        Column("traceback", Text, nullable=False),
        Column("traceback_full", Text, nullable=False),
        rowid=False,
    )
    add_table(
        "results",
        Column("run_id", String, primary_key=True),
        Column("task", String, primary_key=True),
        Column("result_id", String, primary_key=True),
        Column("path", Text, nullable=False),
        Column("size_bytes", BigInteger, nullable=False),
        Column("digest", Text, nullable=False),
        Column("facts", Text, nullable=False),
        Column("attempt", Integer, nullable=False),
        Column("chunk", Integer),
        Column("saved_us", BigInteger, nullable=False),
        rowid=False,
    )
