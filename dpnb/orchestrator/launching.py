"""The runs that this process drives: how they begin, are found again, and end with the process."""

from __future__ import annotations

import atexit
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from dpnb.orchestrator.cancel_watch import watch_for_cancel
from dpnb.orchestrator.driver import RunDriver
from dpnb.orchestrator.run import Run
from dpnb.orchestrator.tracing import trace_when_finished
from dpnb.results.leases import now_us
from dpnb.results.records import RunStatus
from dpnb.results.told import run_finished

if TYPE_CHECKING:
    from pathlib import Path

    from dpnb.orchestrator.context import ExecutionContext
    from dpnb.orchestrator.functions import Functions
    from dpnb.orchestrator.ports import Executor
    from dpnb.orchestrator.resumption import Earlier
    from dpnb.results import RunRecord
    from dpnb.results.leases import Tenure
    from dpnb.workspace import Workspace

_EXIT_PATIENCE_S = 2.0
_live: dict[tuple[Path, str], RunDriver] = {}  # by workspace and run
_MOST_REMEMBERED = 10_000  # of a server's runs, which may be any number
_started: deque[tuple[str, Workspace]] = deque(maxlen=_MOST_REMEMBERED)


def launch(driver: RunDriver, executor: Executor, run_id: str, workspace: Workspace) -> Run:
    """Have a driver carry its run through: in a thread, or here where the executor wants to."""
    _started.append((run_id, workspace))
    key = (workspace.home, run_id)
    _live[key] = driver
    driver.call_when_finished(partial(_live.pop, key, None))
    watch_for_cancel(driver, workspace.ledger)
    trace_when_finished(driver, run_id, workspace)
    if executor.is_inline:
        driver.run()
        if driver.is_interrupted:
            raise KeyboardInterrupt
    else:
        threading.Thread(target=driver.run, name=f"dpnb-{run_id}", daemon=True).start()
    return Run(run_id, workspace, driver=driver)


def make_driver(
    context: ExecutionContext,
    functions: Functions,
    executor: Executor,
    tenure: Tenure,
    record: RunRecord,
    earlier: Earlier | None = None,
) -> RunDriver:
    """Return the run's driver; if there can be none, because no process can be started, leave the run as failed."""
    try:
        return RunDriver(context, functions, executor, tenure, record, earlier)
    except BaseException as error:
        reason = f"the run could not be started: {error!r}"
        with suppress(Exception):
            ended = replace(record, status=RunStatus.FAILED, reason=reason, finished_us=now_us())
            tenure.record([ended, tenure.batch([run_finished(ended)])])
        with suppress(Exception):
            tenure.release()
        raise


def driver_of(run_id: str, workspace: Workspace) -> RunDriver | None:
    """Return what drives a run in this process; None where nothing does."""
    return _live.get((workspace.home, run_id))


def live_runs(workspace: Workspace) -> list[Run]:
    """Return the runs of a workspace that this process drives and that have not ended."""
    driven = [(run_id, driver) for (home, run_id), driver in list(_live.items()) if home == workspace.home]
    return [Run(run_id, workspace, driver=driver) for run_id, driver in driven]


def started_runs() -> list[Run]:
    """Return the latest 10,000 runs that this process has started, in their order, whatever workspace they are in."""
    return [Run(run_id, workspace, driver=driver_of(run_id, workspace)) for run_id, workspace in list(_started)]


@atexit.register
def end_live_runs() -> None:
    """Give runs that nobody waited for a proper end when the process ends, and what runs said the time to be told."""
    drivers = list(_live.values())
    for driver in drivers:
        driver.cancel(at_once=True)
    deadline = time.monotonic() + _EXIT_PATIENCE_S
    for driver in drivers:
        with suppress(Exception):
            driver.finished.wait(max(0.0, deadline - time.monotonic()))
    deadline = time.monotonic() + _EXIT_PATIENCE_S
    for workspace in {id(workspace): workspace for _, workspace in list(_started)}.values():
        with suppress(Exception):
            workspace.finish_speaking(max(0.0, deadline - time.monotonic()))
