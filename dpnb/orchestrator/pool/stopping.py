"""How a worker's process is brought to its end: asked, told, and killed, with a pause between."""

from __future__ import annotations

import signal
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dpnb.orchestrator.pool.call import Stop
    from dpnb.orchestrator.pool.worker_handle import WorkerHandle
    from dpnb.orchestrator.timers import Timers

_DUMP_S = 0.1  # writing the stacks of all threads takes a millisecond


def stop_process(worker: WorkerHandle, cause: Stop, timers: Timers, grace_s: float) -> None:
    """Ask where the call can hear it, then SIGTERM, then SIGABRT and SIGKILL, each `grace_s` after the other.

    At SIGTERM the worker writes the stacks of its threads to the log, and the call unwinds, so that its ``finally``
    clauses run. One that blocks or handles that signal writes them at SIGABRT. A worker that is being stopped already
    is left to that.
    """
    if worker.stop_cause is not None:
        return
    worker.stop_cause = cause
    if worker.call is not None and worker.call.cooperative:
        worker.ask_to_stop()
        timers.after(grace_s, partial(_make_stop, worker, timers, grace_s))
    else:
        _make_stop(worker, timers, grace_s)


def kill_process(worker: WorkerHandle, cause: Stop) -> None:
    """End the process at once; a cause that is known already stands."""
    worker.stop_cause = worker.stop_cause or cause
    worker.kill()


def _make_stop(worker: WorkerHandle, timers: Timers, grace_s: float) -> None:
    worker.kill(signal.SIGTERM)
    timers.after(grace_s, partial(worker.kill, signal.SIGABRT))
    timers.after(grace_s + _DUMP_S, worker.kill)
