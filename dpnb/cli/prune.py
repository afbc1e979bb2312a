"""``dpnb runs prune``: delete old runs, once somebody has agreed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from dpnb.cli.console import err, out
from dpnb.cli.exits import Exit
from dpnb.cli.recorded import recorded_runs
from dpnb.cli.tables import prune_table
from dpnb.cli.wording import plural
from dpnb.errors import LedgerReadOnlyError
from dpnb.render.quantities import size
from dpnb.results.housekeeping import KEPT, prune_runs
from dpnb.results.pruning import PruneRule
from dpnb.workspace import get_workspace

if TYPE_CHECKING:
    from collections.abc import Container

    from dpnb.results.housekeeping import Pruned
    from dpnb.workspace import Workspace

EPILOG = """\b
Exit codes:
  0    deleted, or shown with --dry-run, or there was nothing to delete
  1    not agreed to, or it could not be done
  2    wrong usage, or there is no terminal to ask at and no --yes
"""


@click.command("prune", epilog=EPILOG)
@click.option("--keep", type=click.IntRange(min=0), metavar="N", help="The newest N runs stay.")
@click.option("--older-than", metavar="SPAN", help="Only runs that ended so long ago go: 30d, 12h, '1d 6h'.")
@click.option(
    "--keep-succeeded",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    metavar="N",
    help="The last N runs of each DAG that succeeded stay, however old.",
)
@click.option("--dry-run", is_flag=True, help="Show what would go, and delete nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def prune_command(keep: int | None, older_than: str | None, keep_succeeded: int, *, dry_run: bool, yes: bool) -> None:
    """Delete old runs: their results, logs and notebooks.

    What would go is shown first. With both --keep and --older-than, a run goes if neither spares it. Runs that are
    pinned stay, and so do those that are going on. Results that a later run has reused stay in that one.
    """
    if keep is None and older_than is None:
        raise click.UsageError("Give --keep, --older-than or both: what may go?")
    rule = PruneRule.of(keep, older_than, keep_succeeded)
    workspace = get_workspace()
    if not recorded_runs(workspace):
        return
    planned = _prune(workspace, rule, dry_run=True)
    going = [row for row in planned if row.outcome != KEPT]
    _show(going, kept=len(planned) - len(going))
    if dry_run or not going:
        return
    if workspace.ledger.is_read_only:
        raise LedgerReadOnlyError(str(workspace.home))
    _agree(len(going), yes=yes)
    done = _prune(workspace, rule, dry_run=False, among={row.run.run_id for row in going})
    freed = [row.freed_bytes for row in done if row.outcome != KEPT]
    out().print(f"Deleted {plural(len(freed), 'run')} and freed {size(sum(freed))}.")


def _prune(
    workspace: Workspace, rule: PruneRule, *, dry_run: bool, among: Container[str] | None = None
) -> list[Pruned]:
    return prune_runs(workspace.ledger, workspace.io_manager, workspace.base_path, rule, dry_run=dry_run, among=among)


def _show(going: list[Pruned], *, kept: int) -> None:
    if not going:
        out().print(f"Nothing to delete: {plural(kept, 'run')} {'stays' if kept == 1 else 'stay'}.")
        return
    out().print(prune_table(going))
    freed = size(sum(row.freed_bytes for row in going))
    out().print(f"{plural(len(going), 'run')} would go and free {freed}; {kept:,} would stay.")


def _agree(count: int, *, yes: bool) -> None:
    """Return if the deletion is agreed to; end the process if it is not."""
    if yes:
        return
    if not sys.stdin.isatty():
        err().print("Nothing was deleted: there is no terminal to ask at. Give --yes to agree.", soft_wrap=True)
        raise SystemExit(Exit.USAGE)
    if not click.confirm(f"Delete {plural(count, 'run')}?", err=True):
        err().print("Nothing was deleted.")
        raise SystemExit(Exit.FAILURE)
