"""Runs attempts through any `concurrent.futures.Executor`: of the standard library, loky, mpi4py, parsl, and others.

Such an executor takes a call and gives a future, and that is all that it is asked for. What else a run wants of its
attempts goes through files: results and logs into the workspace, and word between both sides through a folder beside
them (`dpnb.orchestrator.spool`). So its workers must see the workspace's folder, and have dpnb installed.

Nothing here can kill. A deadline is noticed: the attempt is timed out, and nothing that it comes to is stored, though
it may go on and keep its worker busy until it ends.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from dpnb.errors import CallTimedOutError, WorkerDiedError
from dpnb.orchestrator.guarantees import Guarantees, Timeouts
from dpnb.orchestrator.outcomes import failed_outside, result_without_worker
from dpnb.orchestrator.pace import SHORT_S
from dpnb.orchestrator.parcels import pack_task, unpack_result
from dpnb.orchestrator.pool.call import default_workers
from dpnb.orchestrator.ports import AttemptBegun, AttemptOver, AttemptSaid
from dpnb.orchestrator.spool import Spool
from dpnb.orchestrator.stopwatch import Stopwatch
from dpnb.orchestrator.transport import pack
from dpnb.orchestrator.worker.guest import Begun, Household, run_guest
from dpnb.results import FilesystemIOManager
from dpnb.results.layout import Layout
from dpnb.results.processes import this_machine

if TYPE_CHECKING:
    from dpnb.orchestrator.context import ExecutionContext
    from dpnb.orchestrator.executable import ExecutableTask, TaskResult
    from dpnb.orchestrator.ports import Report
    from dpnb.orchestrator.transport import Packed

_LOOK_S = 0.05
_PATIENCE_S = 2.0
"""How long an attempt that is asked to stop may take to do so before it is left to itself."""

_PROCESSES = Guarantees(
    timeouts=Timeouts.NOTICED,
    kill=False,
    isolation=False,
    all_output=False,
    live_streams=False,
    surroundings=False,
    clean_slate=False,
)
_THREADS = Guarantees(
    timeouts=Timeouts.NOTICED,
    kill=False,
    isolation=False,
    all_output=False,
    live_streams=False,
    memory_limits=False,
    clean_slate=False,
)


class FuturesExecutor:
    """Where attempts run: in whatever a `concurrent.futures.Executor` runs its calls in.

    ``Orchestrator(executor=…)`` makes one of any such executor by itself. The executor stays its owner's: a run that
    ends does not shut it down, and attempts that could not be stopped may still run in it.

    Parameters
    ----------
    executor
        Whose workers can import dpnb, and read and write the workspace's folder.
    workers
        How many attempts it runs at once; what it says itself where it is None, else as many as this process may use
        processors.

    Examples
    --------
    >>> from concurrent.futures import ProcessPoolExecutor
    >>> from dpnb import Orchestrator
    >>> orchestrator = Orchestrator(executor=ProcessPoolExecutor(4))
    """

    is_inline = False
    short_s = SHORT_S

    def __init__(self, executor: Executor, workers: int | None = None) -> None:
        self.executor = executor
        told = getattr(executor, "_max_workers", None)
        self.capacity: int = workers or (told if isinstance(told, int) and told > 0 else default_workers())
        self.lookahead = self.capacity
        self.name = _name_of(type(executor))
        self.guarantees = _THREADS if isinstance(executor, ThreadPoolExecutor) else _PROCESSES

    def open(self, context: ExecutionContext, report: Report) -> FuturesSession:
        """Begin a run."""
        return FuturesSession(self.executor, context, report)


@dataclass(slots=True, eq=False)
class _Guest:
    """An attempt that the executor was given."""

    task: ExecutableTask
    number: int
    timeout: float | None
    watch: Stopwatch = field(default_factory=Stopwatch)
    future: Future[Any] | None = None
    has_begun: bool = False
    is_over: bool = False
    give_up_at: float | None = None  # when it is left to itself, having been asked to stop


class FuturesSession:
    """A run's use of a foreign executor."""

    def __init__(self, executor: Executor, context: ExecutionContext, report: Report) -> None:
        self._executor = executor
        self._report = report
        self._guests: dict[str, _Guest] = {}
        self._numbers = count()
        self._spool = Spool(_folder_of(context))
        if isinstance(context.io_manager, FilesystemIOManager):
            context.io_manager.vouch()
        self._household = pack(
            Household(
                store=context.io_manager,
                logs=context.logs,
                spool=self._spool.folder,
                sys_path=tuple(str(Path(folder).absolute()) for folder in sys.path),
                machine=this_machine(),
                pid=os.getpid(),
            )
        )
        self._ended: SimpleQueue[_Guest | None] = SimpleQueue()
        self._watcher = threading.Thread(target=self._watch, name="dpnb-futures", daemon=True)
        self._watcher.start()

    def start(self, task: ExecutableTask, function: Packed, *, timeout: float | None) -> None:
        """Submit an attempt. Raises what the executor raises, which may be broken or shut down."""
        guest = self._guests[task.task_name] = _Guest(task, next(self._numbers), timeout)
        call = partial(run_guest, is_awaited=timeout is not None)
        try:
            guest.future = self._executor.submit(call, self._household, function, pack_task(task), guest.number)
        except BaseException:
            del self._guests[task.task_name]
            raise
        # An executor that breaks calls back while it holds a lock that `submit` takes: another thread does the rest.
        guest.future.add_done_callback(lambda _: self._ended.put(guest))

    def cancel(self, task_name: str, *, at_once: bool) -> None:
        """Take an attempt back that has not begun, else ask it to stop; `at_once` it is left to itself."""
        guest = self._guests.get(task_name)
        if guest is None or guest.future is None or guest.future.cancel():
            return
        self._spool.stop(guest.number)
        guest.give_up_at = time.monotonic() + (0.0 if at_once else _PATIENCE_S)

    def recall(self, task_name: str) -> None:
        """Take an attempt back that has not begun."""
        guest = self._guests.get(task_name)
        if guest is not None and guest.future is not None:
            guest.future.cancel()

    def tell(self, task_name: str, content: object) -> None:
        """Do nothing: streams are read here once they are complete, so that nobody waits for word."""

    def close(self) -> None:
        """Let go of the executor. What could not be stopped knows from now on that nobody waits for it."""
        self._ended.put(None)
        self._watcher.join()
        for guest in list(self._guests.values()):
            if guest.future is not None:
                guest.future.cancel()
        self._spool.close()

    # What becomes of attempts, in the watcher's thread

    def _watch(self) -> None:
        looked = 0.0
        while True:
            with suppress(Empty):
                ended = self._ended.get(timeout=_LOOK_S)
                if ended is None:
                    return
                if not ended.is_over and ended.future is not None:
                    self._hear(ended)
                    self._end(ended, self._result(ended, ended.future))
            if (now := time.monotonic()) - looked >= _LOOK_S:
                looked = now
                for guest in list(self._guests.values()):
                    if guest.future is not None and not guest.future.done():
                        self._look_at(guest, guest.future)

    def _result(self, guest: _Guest, future: Future[Any]) -> TaskResult:
        try:
            error = future.exception()
        except CancelledError as cancelled:
            error = cancelled
        if error is None:
            return unpack_result(future.result())
        if isinstance(error, BrokenExecutor):
            error = WorkerDiedError(f"which broke its executor ({type(error).__name__})")
        if isinstance(error, (CancelledError, WorkerDiedError)):
            return result_without_worker(guest.task, guest.watch, error)
        return failed_outside(guest.task, guest.watch, error)

    def _look_at(self, guest: _Guest, future: Future[Any]) -> None:
        self._hear(guest)
        if not guest.has_begun and guest.timeout is None and future.running():
            self._begin(guest)
        now = time.monotonic()
        if guest.give_up_at is not None and now >= guest.give_up_at:
            self._abandon(guest, CancelledError())
        elif guest.has_begun and guest.timeout is not None and guest.watch.duration_s >= guest.timeout:
            self._abandon(guest, CallTimedOutError(guest.timeout, killed=False))

    def _hear(self, guest: _Guest) -> None:
        for content in self._spool.hear(guest.number):
            if not guest.has_begun:
                self._begin(guest)
            if not isinstance(content, Begun):
                task = guest.task
                self._report(AttemptSaid(task=task.task_name, attempt=task.attempt, content=content))

    def _begin(self, guest: _Guest) -> None:
        guest.has_begun = True
        guest.watch = Stopwatch()
        self._report(AttemptBegun(task=guest.task.task_name, attempt=guest.task.attempt))

    def _abandon(self, guest: _Guest, error: BaseException) -> None:
        """Leave an attempt to itself that cannot be killed: nothing that it comes to is stored any more."""
        self._spool.stop(guest.number)
        self._end(guest, result_without_worker(guest.task, guest.watch, error))

    def _end(self, guest: _Guest, result: TaskResult) -> None:
        guest.is_over = True
        if self._guests.get(guest.task.task_name) is guest:
            del self._guests[guest.task.task_name]
        self._spool.forget(guest.number)
        self._report(AttemptOver(result=result))


def _name_of(kind: type) -> str:
    """Return what users call it: private modules are left out."""
    package = kind.__module__.partition(".")[0]
    return f"{'concurrent.futures' if package == 'concurrent' else package}.{kind.__name__}"


def _folder_of(context: ExecutionContext) -> Path | None:
    """Return the run's folder in the store, where that has folders; its workers see it as they see the store."""
    base_path = getattr(context.io_manager, "base_path", None)
    with suppress(TypeError):
        return Path(Layout(os.fspath(base_path)).run_folder(context.run_id))  # type: ignore[arg-type]
    return None
