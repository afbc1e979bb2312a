"""``dpnb runs disk``: what the runs take."""

from __future__ import annotations

import click

from dpnb.cli.console import out
from dpnb.cli.recorded import recorded_runs
from dpnb.cli.tables import disk_table
from dpnb.cli.wording import plural
from dpnb.render.quantities import size
from dpnb.results.housekeeping import stored_runs
from dpnb.workspace import get_workspace


@click.command("disk")
def disk_command() -> None:
    """Show what each run takes on the disk, newest first.

    A result that was reused is one file in several runs. Its size counts in each of them, but only the oldest has
    added it, and it is free when the last of them is deleted.
    """
    workspace = get_workspace()
    if not recorded_runs(workspace):
        return
    rows = stored_runs(workspace.ledger, workspace.io_manager, workspace.base_path)
    out().print(disk_table(rows))
    together = sum(row.use.added_bytes for row in rows)
    out().print(f"{plural(len(rows), 'run')} take{'s' if len(rows) == 1 else ''} {size(together)}.")
