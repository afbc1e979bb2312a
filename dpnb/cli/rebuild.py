"""``dpnb rebuild``: a ledger of what is left, where its file is damaged or gone."""

from __future__ import annotations

import warnings
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from dpnb.cli.console import out, print_place
from dpnb.cli.recorded import print_no_run, require_folder
from dpnb.cli.wording import plural
from dpnb.errors import LedgerCorruptError
from dpnb.workspace import get_workspace

if TYPE_CHECKING:
    from dpnb.workspace import Workspace

CODES = """\b
Exit codes:
  0    there is a sound ledger now, or nothing that one could be made of
  1    another process has the ledger open, or nothing can be written
  2    wrong usage
"""


@click.command("rebuild", epilog=CODES)
def rebuild_command() -> None:
    """Make a damaged or missing ledger anew; the old file is kept beside it.

    The new one holds what can still be read of the old, and what the results in the runs' folders tell of themselves:
    names, facts and digests. What only the ledger knew of the other runs is lost: their parameters and plans, so that
    they can be looked at, but not resumed.

    A ledger that is sound, and knows every run that left results, is left as it is.

    Shut down the kernels that use the workspace first: they would go on writing into the old file.
    """
    workspace = get_workspace()
    require_folder(workspace)
    file = workspace.home / "ledger.db"
    if not file.exists() and not workspace.stored_runs():
        print_no_run(workspace)
        return
    if file.exists() and _is_sound(workspace):
        out().print("The ledger is sound, and knows every run that left results.")
        return
    old = workspace.rebuild_ledger()
    runs = workspace.ledger.runs()
    results = sum(len(workspace.ledger.results(run.run_id)) for run in runs)
    print_place("ledger", file)
    if old is not None:
        print_place("old file", old)
    out().print(f"The new ledger knows {plural(results, 'result')} of {plural(len(runs), 'run')}.")


def _is_sound(workspace: Workspace) -> bool:
    with suppress(LedgerCorruptError), warnings.catch_warnings(action="ignore"):  # what it would warn of is mended here
        known = {run.run_id for run in workspace.ledger.runs()}
        return not workspace.ledger.problems() and known.issuperset(workspace.stored_runs())
    return False
