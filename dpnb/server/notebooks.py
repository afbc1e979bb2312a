"""Notebooks that the server executes, each in a kernel of its own, beside each other and beside its requests."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from dpnb.errors import RunTimeoutError
from dpnb.results.launches import Launches, LaunchState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dpnb.notebook.kernel_process import KernelProcess
    from dpnb.notebook.pipeline import NotebookOutcome
    from dpnb.results import RunRecord
    from dpnb.results.launches import Launch
    from dpnb.server.pipelines import NotebookPipeline
    from dpnb.server.starting import Order
    from dpnb.workspace import Workspace

_PATIENCE_S = 10.0
_STOPPED, _CANCELLED = "The server was stopped.", "It was cancelled."


class NotebookLaunches:
    """The notebooks that this process executes for its callers."""

    def __init__(self, workspace: Workspace, *, workers: int | None = None) -> None:
        self._workspace, self._workers = workspace, workers
        self._going: dict[str, _Execution] = {}
        self._lock = threading.Lock()

    def start(
        self, order: Order, pipeline: NotebookPipeline, params: Mapping[str, Any], reuse: str | None
    ) -> tuple[Launch, bool]:
        """Return the launch of an order, and whether it was there before. Raises `IdempotencyKeyError`."""
        launch, is_new = Launches(self._workspace.ledger).begin(order.launch(None))
        order.require_same(launch)
        if is_new:
            execution = _Execution(launch, self._workspace)
            with self._lock:
                self._going[launch.launch_id] = execution
            request = _request(pipeline, params, reuse, self._workspace, self._workers)
            arguments = (execution, request)  # a process that ends without `stop` takes thread and kernel with it
            threading.Thread(target=self._execute, args=arguments, name=f"dpnb-{launch.launch_id}", daemon=True).start()
        return launch, not is_new

    def run_of(self, launch: Launch) -> str | None:
        """Return the last run that a notebook has started so far; None where it has not."""
        execution = self._going.get(launch.launch_id)
        if launch.run_id is not None or execution is None or execution.kernel is None:
            return launch.run_id
        return next((run.run_id for run in self._workspace.ledger.open_runs() if execution.kernel.drove(run)), None)

    def cancel(self, launch_id: str) -> None:
        """Have a launch end soon; one that has ended is left as it is. Raises `RunTimeoutError` if it is another's."""
        execution = self._going.get(launch_id)
        if execution is not None:
            execution.cancel(_CANCELLED)
        elif (launch := Launches(self._workspace.ledger).get(launch_id)) and launch.state is LaunchState.GOING:
            raise RunTimeoutError(launch_id, 0.0, elsewhere=True)

    def cancel_run(self, run: RunRecord) -> bool:
        """Have the launch end soon that drives a run; tell whether there is one."""
        with self._lock:
            driving = [one for one in self._going.values() if one.kernel is not None and one.kernel.drove(run)]
        for execution in driving:
            execution.cancel(_CANCELLED)
        return bool(driving)

    @property
    def going(self) -> list[str]:
        """The ids of the launches whose notebooks are being executed."""
        with self._lock:
            return list(self._going)

    def stop(self) -> None:
        """Kill the kernels that are still there, and wait for what they leave to be recorded."""
        with self._lock:
            executions = list(self._going.values())
        for execution in executions:
            execution.cancel(_STOPPED)
        for execution in executions:
            execution.ended.wait(_PATIENCE_S)

    def _execute(self, execution: _Execution, request: Any) -> None:
        try:
            execution.carry_out(request)
        finally:
            with self._lock:
                self._going.pop(execution.launch.launch_id, None)
            execution.ended.set()


class _Execution:
    """One notebook on its way; it is also the listener that learns of its kernel."""

    def __init__(self, launch: Launch, workspace: Workspace) -> None:
        self.launch = launch
        self.ended = threading.Event()
        self.kernel: KernelProcess | None = None
        self._workspace = workspace
        self._loop = asyncio.new_event_loop()
        self._task: asyncio.Task[NotebookOutcome] | None = None
        self._why = ""

    def cancel(self, why: str) -> None:
        """Have it end soon, from any thread."""
        self._why = self._why or why
        with suppress(RuntimeError):  # its loop is closed: it has just ended
            self._loop.call_soon_threadsafe(self._cancel_task)

    def _cancel_task(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def carry_out(self, request: Any) -> None:
        """Execute the notebook, and record what came of it, whatever that is."""
        from dpnb.notebook.pipeline import run_notebook

        launches, launch_id = Launches(self._workspace.ledger), self.launch.launch_id
        try:
            with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
                outcome = runner.run(self._watched(run_notebook(request, self)))
        except asyncio.CancelledError:
            launches.end(launch_id, LaunchState.INTERRUPTED, error=self._why)
        except Exception as raised:  # noqa: BLE001 - this thread ends here, and the launch must tell
            launches.end(launch_id, LaunchState.FAILED, error=_first_line(raised))
        else:
            failure = _failure(outcome)
            state = LaunchState.FAILED if failure else LaunchState.ENDED
            launches.end(launch_id, state, run_id=outcome.run_id, error=failure)

    async def _watched(self, execution: Any) -> NotebookOutcome:
        self._task = asyncio.ensure_future(execution)
        if self._why:  # before there was anything to cancel
            self._task.cancel()
        return await self._task

    def kernel_started(self, pid: int, cells: int) -> None:  # noqa: ARG002 - the listener's
        """Learn which process drives the notebook's runs."""
        from dpnb.notebook.kernel_process import KernelProcess

        self.kernel = KernelProcess.of(pid)

    def cell_started(self, number: int) -> None:
        """Nobody watches the cells here."""

    def cell_ended(self) -> None:
        """Nobody watches the cells here."""


def _request(
    pipeline: NotebookPipeline, params: Mapping[str, Any], reuse: str | None, workspace: Workspace, workers: int | None
) -> Any:
    from dpnb.notebook.preparation import NotebookRequest

    return NotebookRequest(
        path=pipeline.path, home=workspace.home, parameters=dict(params), reuse=reuse, workers=workers
    )


def _failure(outcome: NotebookOutcome) -> str:
    if outcome.error is not None:
        return _first_line(outcome.error)
    return "" if outcome.run_id is not None else "It started no run and defines no task."


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0]
