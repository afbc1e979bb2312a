"""The latest runs as a table that needs neither kernel nor script: what a saved notebook shows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from dpnb.pages.listing import RunListing
from dpnb.pages.messages import RunsAsked
from dpnb.render import Note, TableFacts, mimebundle
from dpnb.render.palette import tell_counts
from dpnb.render.quantities import duration
from dpnb.results.records import RunStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dpnb.workspace import Workspace

LATEST = 12
_COLUMNS = ("run", "status", "pipeline", "tags", "started", "duration", "tasks", "note")


def latest_runs(workspace: Workspace) -> dict[str, str]:
    """Return the latest runs of a workspace as ``text/html`` and ``text/plain``."""
    found = RunListing(workspace).page(RunsAsked(limit=LATEST))
    if not found["total"]:
        return mimebundle("Runs", [Note(text="There is no run yet. Orchestrator().start_pipeline(plan) starts one.")])
    rows = tuple(map(_row, found["runs"]))
    table = TableFacts(columns=_COLUMNS, rows=rows, states=1, align="lllllrll", limit=LATEST, total=found["total"])
    counts = tell_counts(sorted(found["statuses"].items()))
    note = Note(text=f"{counts}{_as_of_now(found['statuses'])}.")
    return mimebundle(f"Runs of {workspace.home}", [note, table])


def _as_of_now(statuses: Mapping[str, int]) -> str:
    """Tell when it was so, while that may change: whoever opens a saved notebook later cannot know."""
    return f", as of {datetime.now().astimezone():%Y-%m-%d %H:%M:%S}" if statuses.get(RunStatus.RUNNING.value) else ""


def _row(run: dict[str, Any]) -> tuple[str, ...]:
    started = datetime.fromtimestamp(run["started_us"] / 1e6, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    counts = [(state, count) for state, count in run["counts"]]
    return (
        run["run_id"],
        run["status"],
        run["name"],
        ", ".join(run["tags"]),
        started,
        duration(run["duration_s"]),
        tell_counts(counts) or str(run["tasks"]),
        ("★ " if run["pinned"] else "") + run["note"],
    )
