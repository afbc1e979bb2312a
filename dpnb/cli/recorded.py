"""The runs that the commands find in a workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.cli.console import out
from dpnb.errors import WorkspaceError

if TYPE_CHECKING:
    from dpnb.results import RunRecord
    from dpnb.workspace import Workspace


def recorded_runs(workspace: Workspace) -> list[RunRecord]:
    """Return the runs, newest first, and say so where there are none; nothing is written to find out.

    Raises
    ------
    WorkspaceError
        What the workspace is said to be is no folder, nor can it become one.
    """
    home = workspace.home
    nearest = next(place for place in (home, *home.parents) if place.exists())
    if not nearest.is_dir():
        raise WorkspaceError(
            str(home), reason=f"{str(nearest)!r} is no folder" if nearest != home else "it is no folder"
        )
    runs = workspace.ledger.runs() if (home / "ledger.db").exists() else []
    if not runs:
        out().print(f"No run yet in {home}.", soft_wrap=True, markup=False)
    return runs
