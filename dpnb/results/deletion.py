"""Deletes runs, unless they are going."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dpnb.results.ledger import RunLedger
    from dpnb.results.ports import IOManager


def delete_run(ledger: RunLedger, store: IOManager, run_id: str) -> bool:
    """Delete a run's files, then its rows; tell whether there was one. Raises `RunGoingError` while it is going.

    Whoever deletes a run owns it meanwhile, so that nobody resumes it. A deletion that is cut off leaves a run without
    some of its results, which can be deleted again.
    """
    if ledger.run(run_id) is None:
        return store.clear_run(run_id=run_id) > 0
    lease = ledger.take(run_id)
    try:
        store.clear_run(run_id=run_id)
        return ledger.delete_run(run_id)
    finally:
        ledger.release(lease)
