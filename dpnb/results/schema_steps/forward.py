"""Brings a ledger forward with Alembic. It loads only where there is something to do: that takes 0.4 s."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection


def bring_forward(connection: Connection, version_table: str) -> None:
    """Carry a ledger through all steps that it lacks, in the transaction that is open; the last one is recorded."""
    steps = ScriptDirectory(Path(__file__).parent)

    def missing(revision: Any, _: MigrationContext) -> Iterable[Any]:
        return steps._upgrade_revs("head", revision)  # noqa: SLF001  # as ``alembic.command.upgrade`` does

    context = MigrationContext.configure(connection, opts={"fn": missing, "version_table": version_table})
    with Operations.context(context):
        context.run_migrations()
