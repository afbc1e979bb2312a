"""Runs attempts one after the other in the calling thread, so that ``breakpoint()`` and ``%debug`` work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.orchestrator.adapters.tee import captured_output
from dpnb.orchestrator.guarantees import Guarantees, Timeouts
from dpnb.orchestrator.pace import SHORT_S
from dpnb.orchestrator.ports import AttemptBegun, AttemptOver, AttemptSaid
from dpnb.orchestrator.worker import Worker

if TYPE_CHECKING:
    from types import TracebackType

    from dpnb.orchestrator.context import ExecutionContext
    from dpnb.orchestrator.executable import ExecutableTask
    from dpnb.orchestrator.ports import Report
    from dpnb.orchestrator.transport import Packed


class InlineExecutor:
    """Executes a plan in the process, and the thread, that starts it; for debugging and for small things.

    ``start_pipeline`` then returns when the run has ended. Tasks run one at a time, print into the cell as well as into
    their logs, and are called as they are, so that a debugger stops in the user's own frames. Deadlines and
    limits are not enforced here: someone at a debugger's prompt takes all the time that they want, and the process has
    other things to hold in memory.

    Examples
    --------
    >>> from dpnb import InlineExecutor, Orchestrator
    >>> orchestrator = Orchestrator(executor=InlineExecutor())
    """

    capacity = 1
    lookahead = 0
    is_inline = True
    name = "this process"
    short_s = SHORT_S
    guarantees = Guarantees(
        timeouts=Timeouts.IGNORED,
        kill=False,
        isolation=False,
        all_output=False,
        live_streams=False,
        memory_limits=False,
        clean_slate=False,
    )

    def open(self, context: ExecutionContext, report: Report) -> InlineSession:
        """Begin a run in this thread."""
        return InlineSession(context, report)


class InlineSession:
    """A run in the calling thread."""

    def __init__(self, context: ExecutionContext, report: Report) -> None:
        self._context = context
        self._report = report
        self._functions = {name: node.task.func for name, node in context.execution_plan.dag.nodes.items()}

    def start(self, task: ExecutableTask, function: Packed, *, timeout: float | None) -> None:
        """Run the attempt to its end. The function is called as it is; it was not packed."""
        del function, timeout
        self._report(AttemptBegun(task=task.task_name, attempt=task.attempt))
        errors: list[BaseException] = []
        said = _Said(task, self._report)
        worker = Worker(self._context.io_manager, said, on_error=errors.append, params=self._context.params)
        with captured_output(self._context.logs, task):
            result = worker.execute(task, lambda: self._functions[task.task_name])
        error = errors[0] if errors else None
        if error is not None:
            error.__traceback__ = _without_ours(error.__traceback__)
        self._report(AttemptOver(result=result, error=error))

    def cancel(self, task_name: str, *, at_once: bool) -> None:
        """Do nothing: between two attempts there is none to cancel."""

    def recall(self, task_name: str) -> None:
        """Do nothing: an attempt begins as it is started."""

    def tell(self, task_name: str, content: object) -> None:
        """Do nothing: one attempt runs at a time, and nobody is there to tell it anything."""

    def close(self) -> None:
        """Do nothing: nothing is held."""


def _without_ours(traceback: TracebackType | None) -> TracebackType | None:
    """Return the traceback from the first frame that is not dpnb's; all of it where every frame is."""
    current = traceback
    while current is not None and current.tb_frame.f_globals.get("__name__", "").startswith("dpnb."):
        current = current.tb_next
    return current or traceback


class _Said:
    def __init__(self, task: ExecutableTask, report: Report) -> None:
        self._task = task
        self._report = report

    def message(self, content: object) -> None:
        self._report(AttemptSaid(task=self._task.task_name, attempt=self._task.attempt, content=content))

    def receive(self, timeout: float) -> None:
        """Receive nothing: nobody runs beside this attempt."""

    def cancelled(self) -> bool:
        return False
