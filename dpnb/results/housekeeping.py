"""What runs take on the disk, and the removal of those that may go, told as DataFrames."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from dpnb.results.columns import Column, frame_of
from dpnb.results.deletion import delete_unless_spared
from dpnb.results.disk_usage import disk_uses, files_of, freed_bytes
from dpnb.results.layout import Layout
from dpnb.results.leases import now_us
from dpnb.results.pruning import choose
from dpnb.results.reconcile import mark_interrupted

if TYPE_CHECKING:
    from collections.abc import Callable, Container
    from pathlib import Path

    import pandas as pd

    from dpnb.results.disk_usage import DiskUse, RunFiles
    from dpnb.results.ledger import RunLedger
    from dpnb.results.ports import IOManager
    from dpnb.results.pruning import Choice, PruneRule
    from dpnb.results.records import RunRecord


KEPT, DELETED, WOULD_GO = "kept", "deleted", "would be deleted"


class Pruned(NamedTuple):
    """What became of a run, or would; see `prune_frame`."""

    run: RunRecord
    outcome: str
    reason: str
    disk_bytes: int
    freed_bytes: int


class StoredRun(NamedTuple):
    """What a folder of results takes, and the run that left it, if the ledger knows it."""

    use: DiskUse
    run: RunRecord | None


def stored_runs(ledger: RunLedger, store: IOManager, base_path: Path) -> list[StoredRun]:
    """Return what each run takes on the disk, newest first; folders that the ledger does not know come last."""
    records = {run.run_id: run for run in _runs(ledger, store)}
    layout = Layout(str(base_path))
    stored = set(layout.runs()) | (set() if store.location == layout.base else set(store.list_runs()))
    names = [*records, *sorted(stored - records.keys())]
    uses = disk_uses(left_by(store, layout, name) for name in reversed(names))
    return [StoredRun(use, records.get(use.run_id)) for use in reversed(uses)]


def disk_frame(rows: list[StoredRun]) -> pd.DataFrame:
    """Return what each run takes on the disk.

    Returns
    -------
    runs × run_id (str), status (category), started (UTC), files (Int64, each once, however many names it has), bytes
    (Int64, what they hold), disk (Int64, what files and folders occupy: what the run would take if it were alone),
    added (Int64, of that, what no older run has: these add up to what all runs take), freed (Int64, of disk, what the
    run's deletion would free), shared (Int64, of disk, what lies elsewhere too: in other runs).
    """
    return frame_of(_DISK_COLUMNS, rows)


def prune_runs(
    ledger: RunLedger,
    store: IOManager,
    base_path: Path,
    rule: PruneRule,
    *,
    dry_run: bool,
    among: Container[str] | None = None,
) -> list[Pruned]:
    """Delete the runs that `rule` lets go, the oldest first, or with `dry_run` delete none; return what became of each.

    Of the runs of the ids `among` alone, where they are given: those that somebody has agreed to.
    """
    choices = choose(_runs(ledger, store), ledger.held_runs(), rule, now_us())
    if among is not None:
        choices = [choice if choice.run.run_id in among else choice._replace(goes=False) for choice in choices]
    layout = Layout(str(base_path))
    found = [left_by(store, layout, choice.run.run_id) for choice in choices]
    if dry_run:
        return _told(choices, found, WOULD_GO)
    return _told(_deleted(ledger, store, choices, base_path), found, DELETED)


def prune_frame(rows: list[Pruned]) -> pd.DataFrame:
    """Return what became of each run, newest first.

    Returns
    -------
    runs × run_id (str), status (category), started (UTC), outcome (str: ``kept``, ``deleted`` or ``would be deleted``),
    reason (str), disk (Int64 bytes, what it takes, or took, as if it were alone), freed (Int64 bytes, what becomes free
    with it: files that lie in a run which stays do not, and those that several runs share do with the last of them),
    note (str).
    """
    return frame_of(_PRUNE_COLUMNS, rows)


def _runs(ledger: RunLedger, store: IOManager) -> list[RunRecord]:
    return ledger.runs(interrupted=mark_interrupted(ledger, store))


def left_by(store: IOManager, layout: Layout, run_id: str) -> RunFiles:
    """Return what a run has left: results and logs, which lie elsewhere where results do not lie in the workspace."""
    local = files_of(run_id, layout.run_folder(run_id))
    if store.location == layout.base:
        return local
    stored = store.run_files(run_id=run_id)
    return replace(local, files={**local.files, **stored.files}, names={**local.names, **stored.names})


def _deleted(ledger: RunLedger, store: IOManager, choices: list[Choice], base_path: Path) -> list[Choice]:
    """Delete what goes; return what has become of the choices, for some may have been pinned or taken since."""
    spared = {
        choice.run.run_id: why
        for choice in reversed(choices)
        if choice.goes and (why := delete_unless_spared(ledger, store, choice.run.run_id, base_path))
    }
    ledger.forget_unnamed_sources()
    store.tidy()
    return [
        choice._replace(goes=False, reason=spared[choice.run.run_id]) if choice.run.run_id in spared else choice
        for choice in choices
    ]


def _told(choices: list[Choice], found: list[RunFiles], outcome: str) -> list[Pruned]:
    doomed = [files for choice, files in zip(choices, found, strict=True) if choice.goes][::-1]
    freed = dict(zip([files.run_id for files in doomed], freed_bytes(doomed), strict=True))
    return [
        Pruned(
            run=choice.run,
            outcome=outcome if choice.goes else KEPT,
            reason=choice.reason,
            disk_bytes=files.disk_bytes,
            freed_bytes=freed.get(files.run_id, 0),
        )
        for choice, files in zip(choices, found, strict=True)
    ]


def _of_run(name: str) -> Callable[[StoredRun], Any]:
    return lambda row: getattr(row.run, name, None)


def _of_use(name: str) -> Callable[[StoredRun], Any]:
    return lambda row: getattr(row.use, name)


_DISK_COLUMNS = (
    Column("run_id", "str", _of_use("run_id")),
    Column("status", "status", _of_run("status")),
    Column("started", "instant", _of_run("started_us")),
    Column("files", "Int64", _of_use("files")),
    Column("bytes", "Int64", _of_use("size_bytes")),
    Column("disk", "Int64", _of_use("disk_bytes")),
    Column("added", "Int64", _of_use("added_bytes")),
    Column("freed", "Int64", _of_use("freed_bytes")),
    Column("shared", "Int64", _of_use("shared_bytes")),
)

_PRUNE_COLUMNS = (
    Column("run_id", "str", lambda row: row.run.run_id),
    Column("status", "status", lambda row: row.run.status),
    Column("started", "instant", lambda row: row.run.started_us),
    Column("outcome", "str", lambda row: row.outcome),
    Column("reason", "str", lambda row: row.reason),
    Column("disk", "Int64", lambda row: row.disk_bytes),
    Column("freed", "Int64", lambda row: row.freed_bytes),
    Column("note", "str", lambda row: row.run.note),
)
