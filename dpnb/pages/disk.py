"""What runs take on the disk, each file counted once, and the removal of those that may go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dpnb.errors import LedgerReadOnlyError
from dpnb.results.disk_usage import disk_uses
from dpnb.results.housekeeping import WOULD_GO, left_by, prune_runs, stored_runs
from dpnb.results.layout import Layout
from dpnb.results.pruning import PruneRule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dpnb.pages.messages import PruneAsked
    from dpnb.results.housekeeping import StoredRun
    from dpnb.workspace import Workspace

_MOST_SHOWN = 200


def disk_use(workspace: Workspace) -> dict[str, Any]:
    """Return what all runs take together, and each of those that take the most; every file is looked at."""
    if not workspace.has_ledger:
        return {"total_bytes": 0, "count": 0, "runs": [], "home": str(workspace.home)}
    found = stored_runs(workspace.ledger, workspace.io_manager, workspace.base_path)
    largest = sorted(found, key=lambda one: one.use.added_bytes, reverse=True)[:_MOST_SHOWN]
    return {
        "total_bytes": sum(one.use.added_bytes for one in found),
        "count": len(found),
        "runs": [_row(one) for one in largest],
        "home": str(workspace.home),
    }


def sizes_of(workspace: Workspace, run_ids: Sequence[str]) -> dict[str, Any]:
    """Return by run what it takes as if it were alone, and what its deletion would free."""
    layout = Layout(str(workspace.base_path))
    uses = disk_uses(left_by(workspace.io_manager, layout, run_id) for run_id in run_ids)
    return {"sizes": {use.run_id: [use.disk_bytes, use.freed_bytes] for use in uses}}


def prune(workspace: Workspace, asked: PruneAsked) -> dict[str, Any]:
    """Delete old runs, or only tell which these are. Raises `RunCriterionError`, `LedgerReadOnlyError`."""
    rule = PruneRule.of(asked.keep, asked.older_than)
    if not asked.dry_run and workspace.ledger.is_read_only:
        raise LedgerReadOnlyError(str(workspace.home))
    rows = prune_runs(workspace.ledger, workspace.io_manager, workspace.base_path, rule, dry_run=asked.dry_run)
    went = [row for row in rows if row.outcome != "kept"]
    return {
        "kept": len(rows) - len(went),
        "runs": [[row.run.run_id, row.run.status.value, row.freed_bytes] for row in went],
        "freed_bytes": sum(row.freed_bytes for row in went),
        "is_done": not any(row.outcome == WOULD_GO for row in went),
    }


def _row(stored: StoredRun) -> dict[str, Any]:
    use, run = stored.use, stored.run
    return {
        "run_id": use.run_id,
        "status": "" if run is None else run.status.value,
        "started_us": None if run is None else run.started_us,
        "files": use.files,
        "disk_bytes": use.disk_bytes,
        "added_bytes": use.added_bytes,
        "freed_bytes": use.freed_bytes,
    }
