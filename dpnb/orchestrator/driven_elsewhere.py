"""Waiting for a run, and asking for its end, where another process drives it: by the ledger alone."""

from __future__ import annotations

import asyncio
import itertools
import time
from typing import TYPE_CHECKING

from dpnb.errors import LedgerReadOnlyError, RunGoingError, RunTimeoutError
from dpnb.results.cancel_requests import CancelRequests

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dpnb.orchestrator.run import Run

_SHORTEST_LOOK_S, _LONGEST_LOOK_S, _SLOWDOWN = 0.02, 0.5, 1.5


def ask_elsewhere(run: Run, *, at_once: bool) -> None:
    """Ask whoever drives a run for its end.

    Raises
    ------
    LedgerReadOnlyError, LedgerLockedError
        Nothing can be written there.
    RunGoingError
        It is of a process that cannot be asked.
    """
    if run.workspace.ledger.is_read_only:
        raise LedgerReadOnlyError(str(run.workspace.home))
    if not CancelRequests(run.workspace.ledger).ask(run.run_id, at_once=at_once) and run.is_running:
        record = run.record  # of a dpnb that knew no leases
        raise RunGoingError(run.run_id, pid=record.pid, machine=record.host)


def wait_elsewhere(run: Run, timeout: float | None) -> None:
    """Wait for the end of a run, looking ever more rarely. Raises `RunTimeoutError`."""
    deadline = None if timeout is None else time.monotonic() + timeout
    for pause_s in _pauses_s():
        if not run.is_running:
            return
        left_s = pause_s if deadline is None else deadline - time.monotonic()
        if left_s <= 0:
            raise RunTimeoutError(run.run_id, timeout or 0.0)
        time.sleep(min(pause_s, left_s))


async def await_elsewhere(run: Run) -> None:
    """Wait for the end of a run in an event loop, which is not blocked meanwhile."""
    for pause_s in _pauses_s():
        if not await asyncio.to_thread(lambda: run.is_running):
            return
        await asyncio.sleep(pause_s)


def _pauses_s() -> Iterator[float]:
    yield from (min(_SHORTEST_LOOK_S * _SLOWDOWN**number, _LONGEST_LOOK_S) for number in range(10))
    yield from itertools.repeat(_LONGEST_LOOK_S)
