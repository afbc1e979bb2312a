"""The ledger's tables of what is to run when, and of what became of it; kept as those of `dpnb.results.tables` are."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Index, Integer, LargeBinary, String, Table, Text

from dpnb.results.tables import METADATA

__all__ = ["FIRES", "METADATA", "SCHEDULERS", "SCHEDULES"]

SCHEDULES = Table(
    "schedules",
    METADATA,
    Column("name", String, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("spec", Text),  # JSON of what makes its trigger; missing where only a living process has it
    Column("target", Text, nullable=False),
    Column("options", Text, nullable=False),
    Column("packed", LargeBinary),  # functions of a plan, by value
    Column("signature", Text, nullable=False),  # of `packed`, by its user's secret
    Column("paused", Integer, nullable=False),
    Column("failures", Integer, nullable=False),  # in a row
    Column("after_us", BigInteger, nullable=False),  # all instants up to here have been dealt with
    Column("next_us", BigInteger),  # when there is something to do next, by the time; missing where there never is
    Column("created_us", BigInteger, nullable=False),
    Column("revision", Integer, nullable=False),  # rises by one with every change
    Column("user", Text, nullable=False),
)

FIRES = Table(
    "fires",
    METADATA,
    Column("schedule", String, primary_key=True),
    Column("fire", String, primary_key=True),  # when it was due, or what else tells it from others
    Column("attempt", Integer, primary_key=True),
    Column("due_us", BigInteger, nullable=False),
    Column("cause", Text, nullable=False),
    Column("state", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("run_id", String, nullable=False),
    Column("owner", Text, nullable=False),  # the scheduler that sees to it
    Column("starts_us", BigInteger, nullable=False),  # not before
    Column("recorded_us", BigInteger, nullable=False),
    Column("started_us", BigInteger),
    Column("finished_us", BigInteger),
    Column("is_unwanted", Integer, nullable=False),  # whether its run is to be cancelled
    Column("instants", Integer),  # for how many it stands; missing where nobody has counted them
    Column("data", Text, nullable=False),  # of the signal, as JSON
    Index("fires_by_state", "state"),
    Index("fires_by_time", "due_us"),
    Index("fires_by_run", "run_id"),
)

SCHEDULERS = Table(
    "schedulers",
    METADATA,
    Column("scheduler_id", String, primary_key=True),
    Column("machine", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("pid_started", Float, nullable=False),
    Column("started_us", BigInteger, nullable=False),
    Column("expires_us", BigInteger, nullable=False),
)
