"""Notebooks that this process executes for callers who come back for the outcome, each in a kernel of its own.

::

    begin ─▶ row: going ──▶ thread: work(listener) ──▶ row: ended │ failed │ interrupted
                 ▲                    │ about once a second: notes the run, and whether
                 └── cancel, here or by another process ──────── somebody wants its end

The row is what everybody sees: any process of the workspace tells of a launch, and may ask for its end.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from dpnb.errors import LedgerError
from dpnb.launch.own_loop import InOwnLoop
from dpnb.results.launches import Launches, LaunchState

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from dpnb.launch.notebook_work import NotebookWork
    from dpnb.notebook.kernel_process import KernelProcess
    from dpnb.results.launches import Launch
    from dpnb.scheduler import LaunchOutcome
    from dpnb.workspace import Workspace

LOOK_S = 1.0
MOST_TOLD = 4_000  # characters of an error: a traceback of a cell, or a plan's problems
_PATIENCE_S = 10.0
_STOPPED, _CANCELLED = "The server was stopped.", "It was cancelled."


class NotebookLaunches:
    """The launches of one workspace's notebooks that this process sees through.

    Parameters
    ----------
    workspace
        Where they are recorded, and their runs.
    look_s
        Seconds between two looks at what others want of a launch.
    """

    def __init__(self, workspace: Workspace, *, look_s: float = LOOK_S) -> None:
        self._workspace, self._look_s = workspace, look_s
        self._going: dict[str, _Going] = {}
        self._lock = threading.Lock()

    @property
    def _launches(self) -> Launches:
        return Launches(self._workspace.ledger)

    def begin(self, launch: Launch, work: NotebookWork) -> tuple[Launch, bool]:
        """Carry a launch out unless its id is known; return what is recorded of it, and whether it is new."""
        return self._carry_out_if_new(*self._launches.begin(launch), work)

    def begin_unless_going(self, launch: Launch, work: NotebookWork) -> tuple[Launch, bool]:
        """Carry a launch out unless one of its pipeline that began so is going anywhere; return as `begin`."""
        return self._carry_out_if_new(*self._launches.begin_unless_going(launch), work)

    def _carry_out_if_new(self, recorded: Launch, is_new: bool, work: NotebookWork) -> tuple[Launch, bool]:  # noqa: FBT001
        if is_new:
            going = _Going(recorded, work, self._workspace, self._look_s, self._forget)
            with self._lock:
                self._going[recorded.launch_id] = going
            going.start()
        return recorded, is_new

    def cancel(self, launch_id: str) -> None:
        """Have a launch end soon, whoever sees it through; one that has ended is left as it is."""
        going = self._going.get(launch_id)
        if going is not None:
            going.cancel(_CANCELLED)
        else:
            self._launches.ask_to_cancel(launch_id)

    @property
    def going(self) -> list[str]:
        """The ids of the launches whose notebooks are being executed here."""
        with self._lock:
            return list(self._going)

    def stop(self) -> None:
        """Kill the kernels that are still there, and wait for what they leave to be recorded."""
        with self._lock:
            still_going = list(self._going.values())
        for going in still_going:
            going.cancel(_STOPPED)
        for going in still_going:
            going.ended.wait(_PATIENCE_S)

    def _forget(self, launch_id: str) -> None:
        with self._lock:
            self._going.pop(launch_id, None)


class _Going:
    """One launch on its way; it is also the listener that learns of the kernel."""

    def __init__(
        self,
        launch: Launch,
        work: NotebookWork,
        workspace: Workspace,
        look_s: float,
        forget: Callable[[str], None],
    ) -> None:
        self._launch_id = launch.launch_id
        self._work, self._workspace, self._look_s, self._forget = work, workspace, look_s, forget
        self._launches = Launches(workspace.ledger)
        self._kernel: KernelProcess | None = None
        self._has_run = launch.run_id is not None
        self._why = ""
        self._carried = InOwnLoop(self._carry_out, name=f"dpnb-{launch.launch_id}", when_ended=self._settle)
        self.ended = self._carried.ended

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._carried.start()

    def cancel(self, why: str) -> None:
        """Have it end soon, from any thread."""
        self._why = self._why or why
        self._carried.cancel()

    async def _carry_out(self) -> LaunchOutcome:
        looking = asyncio.create_task(self._look_again_and_again())
        try:
            return await self._work(self)
        finally:
            looking.cancel()

    def _settle(self, ended: Future[LaunchOutcome]) -> None:
        """Record what came of it, whatever that is."""
        try:
            self._record(ended.result())
        except asyncio.CancelledError:
            self._launches.end(self._launch_id, LaunchState.INTERRUPTED, error=self._why)
        except Exception as raised:  # noqa: BLE001 - this thread ends here, and the launch must tell
            self._launches.end(self._launch_id, LaunchState.FAILED, error=_without_hint(str(raised)))
        finally:
            self._forget(self._launch_id)

    def _record(self, outcome: LaunchOutcome) -> None:
        has_failed = outcome.broke_off or not outcome.run_id
        self._launches.end(
            self._launch_id,
            LaunchState.FAILED if has_failed else LaunchState.ENDED,
            run_id=outcome.run_id or None,
            error=_without_hint(outcome.reason) if has_failed else "",
        )

    async def _look_again_and_again(self) -> None:
        while True:
            await asyncio.sleep(self._look_s)
            with suppress(LedgerError):  # busy, or out of reach: the next look may tell
                if await asyncio.to_thread(self._is_unwanted):
                    self.cancel(_CANCELLED)

    def _is_unwanted(self) -> bool:
        """Tell whether somebody wants its end; and note its run, once there is one."""
        if not self._has_run and self._kernel is not None:
            runs = filter(self._kernel.drove, self._workspace.ledger.open_runs())
            if (run := next(runs, None)) is not None:
                self._launches.note_run(self._launch_id, run.run_id)
                self._has_run = True
        launch = self._launches.get(self._launch_id)
        return launch is not None and bool(launch.cancel)

    def kernel_started(self, pid: int, cells: int) -> None:  # noqa: ARG002 - the listener's
        """Learn which process drives the notebook's runs."""
        from dpnb.notebook.kernel_process import KernelProcess

        self._kernel = KernelProcess.of(pid)

    def cell_started(self, number: int) -> None:
        """Nobody watches the cells here."""

    def cell_ended(self) -> None:
        """Nobody watches the cells here."""


def _without_hint(text: str) -> str:
    """Return all of what was wrong: its first line may only count the rest. Hints are for who writes code."""
    told = text.partition("\nHint: ")[0]
    return told if len(told) <= MOST_TOLD else f"{told[:MOST_TOLD]}…"
