"""The deletion of runs that somebody has chosen and confirmed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dpnb.errors import DpnbError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dpnb.workspace import Workspace


def delete_runs(workspace: Workspace, run_ids: Iterable[str]) -> dict[str, Any]:
    """Delete runs; return those that are gone, and for the others why they stay.

    One that is going stays. That one is gone already is what was wanted.
    """
    deleted: list[str] = []
    spared: list[list[str]] = []
    for run_id in dict.fromkeys(run_ids):
        try:
            workspace.delete_run(run_id)
        except (DpnbError, OSError) as error:
            spared.append([run_id, str(error).partition("\nHint: ")[0]])
        else:
            deleted.append(run_id)
    return {"deleted": deleted, "spared": spared}
