"""Where a run's tasks run, and what is not promised there, as its owner has said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.results.told import PLACED, numbered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dpnb.results import RunLedger

_BATCHES = 2  # it is among the first things that an owner says


def placing_of(ledger: RunLedger, run_id: str) -> str:
    """Return in one line what the executor of a run's last owner does not promise; empty where nothing is missing."""
    lease = ledger.lease(run_id)
    token = lease.token if lease is not None else 1
    for batch in ledger.event_batches(run_id, (token, 0), limit=_BATCHES):
        for _, told in numbered(batch) if batch.lease == token else ():
            if told.kind == PLACED:
                return placing_line(*told.facts)
    return ""


def placing_line(executor: str, missing: Sequence[str]) -> str:
    """Say in one line what an executor does not promise; empty where nothing is missing.

    >>> placing_line("loky.ProcessPoolExecutor", ["it cannot kill an attempt that runs"])
    'On loky.ProcessPoolExecutor: it cannot kill an attempt that runs.'
    """
    return f"On {executor}: {'; '.join(missing)}." if missing else ""
