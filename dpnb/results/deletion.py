"""Deletes runs, unless they are going."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.errors import RunGoingError
from dpnb.results.crash_points import reach
from dpnb.results.layout import Layout

if TYPE_CHECKING:
    from pathlib import Path

    from dpnb.results.ledger import RunLedger
    from dpnb.results.ports import IOManager


def delete_run(ledger: RunLedger, store: IOManager, run_id: str, base_path: Path) -> bool:
    """Delete a run's files, then its rows; tell whether there was one. Raises `RunGoingError` while it is going.

    `base_path` is the workspace's folder of runs, where logs lie also if results do not.

    Whoever deletes a run owns it meanwhile, so that nobody resumes it. A deletion that is cut off leaves a run without
    some of its results, which can be deleted again. A rerun that was about to reuse one of them finds no file, and runs
    the task; what it has linked before stays its own.
    """
    if ledger.run(run_id) is None:
        return _clear(store, run_id, base_path) > 0
    lease = ledger.take(run_id)
    try:
        was_known = _delete(ledger, store, run_id, base_path)
        ledger.forget_unnamed_sources()
    finally:
        ledger.release(lease)
    return was_known


def delete_unless_spared(ledger: RunLedger, store: IOManager, run_id: str, base_path: Path) -> str:
    """Delete a run that was to be pruned; return why not, where it was pinned or taken since that was decided.

    The texts that only its task runs named stay in the ledger, to be forgotten once after many deletions.
    """
    try:
        lease = ledger.take(run_id)
    except RunGoingError:
        return "a process holds it"
    try:
        record = ledger.run(run_id)
        if record is not None and record.pinned:
            return "pinned"
        _delete(ledger, store, run_id, base_path)
    finally:
        ledger.release(lease)
    return ""


def _clear(store: IOManager, run_id: str, base_path: Path) -> int:
    """Delete what a run has left, results and logs; return how many results there were."""
    count = store.clear_run(run_id=run_id)
    Layout(str(base_path)).remove_run(run_id)
    return count


def _delete(ledger: RunLedger, store: IOManager, run_id: str, base_path: Path) -> bool:
    reach("delete.taken")
    _clear(store, run_id, base_path)
    reach("delete.cleared")
    was_known = ledger.delete_run(run_id)
    reach("delete.forgotten")
    return was_known
