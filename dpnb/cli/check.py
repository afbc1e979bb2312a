"""``dpnb check``: whether what the runs stored is still as it was recorded."""

from __future__ import annotations

import click

from dpnb.cli.console import out
from dpnb.cli.exits import Exit
from dpnb.cli.recorded import recorded_runs
from dpnb.cli.tables import findings_table
from dpnb.cli.wording import plural
from dpnb.workspace import get_workspace

CODES = """\b
Exit codes:
  0    all is as it was recorded
  1    something was found, or the workspace cannot be read
  2    wrong usage
"""


@click.command("check", epilog=CODES)
@click.option("--thorough", is_flag=True, help="Read every byte, also of large results that nothing has written to.")
def check_command(*, thorough: bool) -> None:
    """Compare the stored results with the ledger, and put right what can be.

    Runs whose process has died are closed. Of the runs that nobody drives, results that are gone or damaged are taken
    off the ledger, the damaged ones are set aside in their folders, and what dead processes left half written is
    removed.
    """
    workspace = get_workspace()
    runs = recorded_runs(workspace)
    if not runs:
        return
    stored = {run.run_id: len(workspace.ledger.results(run.run_id)) for run in runs}
    found = workspace.check(thorough=thorough)
    for run in workspace.ledger.open_runs():
        stored.pop(run.run_id, None)
    out().print(f"{plural(sum(stored.values()), 'result')} of {plural(len(stored), 'run')} looked at.")
    if going := len(runs) - len(stored):
        out().print(f"{plural(going, 'run')} left out that {'is' if going == 1 else 'are'} going.")
    if not len(found):
        out().print("All is as it was recorded.")
        return
    out().print(findings_table(found))
    raise SystemExit(Exit.FAILURE)
