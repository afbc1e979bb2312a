"""``dpnb runs``: what ran here."""

from __future__ import annotations

import click

from dpnb.cli.console import out
from dpnb.cli.recorded import recorded_runs
from dpnb.cli.summary import as_it_is
from dpnb.cli.tables import runs_table
from dpnb.cli.wording import plural
from dpnb.workspace import get_workspace


@click.command("runs")
@click.option("-n", "--limit", type=click.IntRange(min=1), default=20, show_default=True, help="Show at most so many.")
def runs_command(limit: int) -> None:
    """List the runs of this workspace, newest first.

    The workspace is the nearest folder .dpnb, or what DPNB_HOME names.
    """
    workspace = get_workspace()
    runs = recorded_runs(workspace)
    if not runs:
        return
    out().print(runs_table([as_it_is(run, workspace) for run in runs[:limit]]))
    if len(runs) > limit:
        out().print(f"{plural(len(runs) - limit, 'older run')} not shown; see --limit.")
