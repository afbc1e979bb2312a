"""The ledger's tables. JSON is kept as text, instants as microseconds since 1970 UTC.

A new column is one line here and one in its record, `SCHEMA_VERSION` raised by one, and a step in
`dpnb.results.schema_steps`, which gives it to older ledgers. It must be nullable or have a ``server_default``, for the
rows that are there.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Index, Integer, MetaData, String, Table, Text

SCHEMA_VERSION = 9
METADATA = MetaData()


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _later_text(name: str) -> Column[str]:
    """Return a column of text that older rows do not have; it is empty in them."""
    return Column(name, Text, nullable=False, server_default="")


def _later_number(name: str) -> Column[int]:
    """Return a column of whole numbers that older rows do not have; it is 0 in them."""
    return Column(name, Integer, nullable=False, server_default="0")


RUNS = Table(
    "runs",
    METADATA,
    Column("run_id", String, primary_key=True),
    _text("dag_id"),
    _text("status"),
    Column("started_us", BigInteger, nullable=False),
    Column("finished_us", BigInteger),
    Column("tasks", Integer, nullable=False),
    Column("workers", Integer, nullable=False),
    _text("params"),
    _text("metadata"),
    _text("plan"),
    _text("host"),
    Column("pid", Integer, nullable=False),
    Column("pid_started", Float, nullable=False),
    _text("user"),
    _text("reason"),
    _later_text("rerun_of"),
    Column("tags", Text),  # of its plan's tasks, as JSON; missing in older rows
    _later_text("note"),
    Column("pinned", Integer, nullable=False, server_default="0"),
    _later_text("notebook"),
    Index("runs_by_start", "started_us"),
    Index("runs_by_status", "status"),
)

TASK_RUNS = Table(
    "task_runs",
    METADATA,
    Column("run_id", String, primary_key=True),
    Column("task", String, primary_key=True),
    Column("position", Integer, nullable=False),
    _text("state"),
    Column("attempts", Integer, nullable=False),
    Column("started_us", BigInteger),
    Column("finished_us", BigInteger),
    Column("duration_s", Float),
    Column("cpu_s", Float),
    Column("peak_memory_bytes", BigInteger),
    Column("rows", BigInteger),
    Column("size_bytes", BigInteger),
    Column("chunks", Integer),
    _text("reason"),
    Column("inputs", Text),
    Column("code", Text),
    Column("source", Text),
    _later_text("arguments"),
    _later_text("reads"),
    _later_text("after"),
    Column("output", Text),
    _later_text("origin"),
    sqlite_with_rowid=False,
)

SOURCES = Table(
    "sources",
    METADATA,
    Column("source_id", String, primary_key=True),
    _text("text"),
    sqlite_with_rowid=False,
)

ATTEMPTS = Table(
    "attempts",
    METADATA,
    Column("run_id", String, primary_key=True),
    Column("task", String, primary_key=True),
    Column("attempt", Integer, primary_key=True),
    _text("state"),
    Column("started_us", BigInteger, nullable=False),
    Column("finished_us", BigInteger),
    Column("duration_s", Float),
    Column("cpu_s", Float),
    Column("peak_memory_bytes", BigInteger),
    Column("read_bytes", BigInteger),
    Column("written_bytes", BigInteger),
    Column("worker_pid", Integer),
    _text("exit_status"),
    _text("error_type"),
    _text("error_message"),
    _text("traceback"),
    _text("traceback_full"),
    sqlite_with_rowid=False,
)

RESULTS = Table(
    "results",
    METADATA,
    Column("run_id", String, primary_key=True),
    Column("task", String, primary_key=True),
    Column("result_id", String, primary_key=True),
    _text("path"),
    Column("size_bytes", BigInteger, nullable=False),
    _text("digest"),
    _text("facts"),
    Column("attempt", Integer, nullable=False),
    Column("chunk", Integer),
    Column("saved_us", BigInteger, nullable=False),
    _later_text("code"),
    sqlite_with_rowid=False,
)

LEASES = Table(
    "leases",
    METADATA,
    Column("run_id", String, primary_key=True),
    Column("token", BigInteger, nullable=False),
    _text("owner"),
    _text("machine"),
    Column("pid", Integer, nullable=False),
    Column("pid_started", Float, nullable=False),
    Column("expires_us", BigInteger, nullable=False),
    _later_number("cancel"),
    sqlite_with_rowid=False,
)

LAUNCHES = Table(
    "launches",
    METADATA,
    Column("launch_id", String, primary_key=True),
    _text("pipeline"),
    _text("request"),
    _text("state"),
    Column("run_id", String),
    _text("error"),
    Column("launched_us", BigInteger, nullable=False),
    _text("machine"),
    Column("pid", Integer, nullable=False),
    Column("pid_started", Float, nullable=False),
    _later_number("cancel"),
    sqlite_with_rowid=False,
)

EVENTS = Table(
    "events",
    METADATA,
    Column("run_id", String, primary_key=True),
    Column("lease", BigInteger, primary_key=True),
    Column("last", BigInteger, primary_key=True),
    Column("count", Integer, nullable=False),
    _text("events"),
)
