"""The runs that the commands find in a workspace."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from dpnb.cli.console import out
from dpnb.cli.wording import plural
from dpnb.errors import LedgerCorruptError, RunNotFoundError, WorkspaceError
from dpnb.results.reconcile import mark_interrupted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dpnb.results import RunRecord
    from dpnb.results.run_filter import RunFilter
    from dpnb.workspace import Workspace

LATEST = "latest"


def recorded_runs(workspace: Workspace, where: RunFilter | None = None) -> list[RunRecord]:
    """Return the runs that fit, newest first, each as it is; say so where there are none. No ledger is made for that.

    Raises
    ------
    WorkspaceError
        As `require_folder` does.
    LedgerCorruptError
        The ledger is gone, or empty, while runs have left results.
    """
    require_folder(workspace)
    home = workspace.home
    file = home / "ledger.db"
    with warnings.catch_warnings(action="ignore"):  # it is an error here
        runs = _runs(workspace, where) if workspace.has_ledger else []
    if not runs and where is not None and workspace.has_ledger and workspace.ledger.has_runs():
        out().print(f"No run in {home} fits: {where}.", soft_wrap=True, markup=False)
    elif not runs:
        if stored := workspace.stored_runs():
            known = f"it knows no run, but {plural(len(stored), 'run')} left results"
            raise LedgerCorruptError(str(file), reason=known)
        print_no_run(workspace)
    return runs


def require_folder(workspace: Workspace) -> None:
    """Raise `WorkspaceError` where what the workspace is said to be is no folder, nor can it become one."""
    home = workspace.home
    nearest = next(place for place in (home, *home.parents) if place.exists())
    if not nearest.is_dir():
        raise WorkspaceError(
            str(home), reason=f"{str(nearest)!r} is no folder" if nearest != home else "it is no folder"
        )


def _runs(workspace: Workspace, where: RunFilter | None) -> list[RunRecord]:
    return workspace.ledger.runs(where, mark_interrupted(workspace.ledger, workspace.io_manager))


def print_no_run(workspace: Workspace) -> None:
    """Say that nothing has run in this workspace."""
    out().print(f"No run yet in {workspace.home}.", soft_wrap=True, markup=False)


def find_run(runs: Sequence[RunRecord], wanted: str) -> RunRecord:
    """Return the run of that id, the only one whose id begins so, or the newest one for ``latest``.

    Raises
    ------
    RunNotFoundError
        There is none, or several begin so.
    """
    if wanted == LATEST:
        return runs[0]
    exact = [run for run in runs if run.run_id == wanted]
    begun = [run for run in runs if run.run_id.startswith(wanted)]
    if len(exact or begun) != 1:
        raise RunNotFoundError(wanted, known=[run.run_id for run in begun or runs])
    return (exact or begun)[0]
