"""Runs attempts in worker processes, fresh ones for each run, so that no import of an earlier run is stale in them."""

from __future__ import annotations

import pickle
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

from dpnb.orchestrator.guarantees import Guarantees
from dpnb.orchestrator.outcomes import result_without_worker
from dpnb.orchestrator.pace import SHORT_S
from dpnb.orchestrator.parcels import pack_task, unpack_result
from dpnb.orchestrator.pool import Call, CallOptions, PoolOptions, ProcessPool
from dpnb.orchestrator.pool.call import default_workers, unpack_error
from dpnb.orchestrator.pool.spawner_client import get_spawner
from dpnb.orchestrator.pool.wire import Kind
from dpnb.orchestrator.pool.worker_handle import MOST_AHEAD
from dpnb.orchestrator.ports import AttemptBegun, AttemptOver, AttemptSaid
from dpnb.orchestrator.stopwatch import Stopwatch
from dpnb.orchestrator.transport import pack
from dpnb.orchestrator.worker import run_shared
from dpnb.results import FilesystemIOManager

if TYPE_CHECKING:
    from dpnb.orchestrator.context import ExecutionContext
    from dpnb.orchestrator.executable import ExecutableTask, TaskResult
    from dpnb.orchestrator.pool import Frame
    from dpnb.orchestrator.pool.usage import Usage
    from dpnb.orchestrator.ports import Report
    from dpnb.orchestrator.transport import Packed
    from dpnb.results import AttemptLogs, IOManager

_LOOK_S = 0.5
_NO_NAMES: dict[str, Any] = {}


class PoolExecutor:
    """The default executor: a pool of worker processes.

    Parameters
    ----------
    workers
        How many attempts run at once; as many as this process may use processors where it is None.
    options
        How workers are started and stopped.
    pool
        A pool that runs share, in place of one of their own each: its workers are warm, and keep what they have
        imported. It is shut down by whoever made it.
    """

    is_inline = False
    name = "worker processes"
    short_s = SHORT_S
    guarantees = Guarantees()

    def __init__(
        self, workers: int | None = None, *, options: PoolOptions | None = None, pool: ProcessPool | None = None
    ) -> None:
        self._given = pool
        self.capacity = pool.max_workers if pool is not None else workers or default_workers()
        self.lookahead = self.capacity * MOST_AHEAD
        self._options = options or PoolOptions()
        if pool is not None:
            return
        get_spawner(
            self._options.preload, fresh=self._options.start_method == "spawn"
        )  # preloads while cells are typed

    def open(self, context: ExecutionContext, report: Report) -> PoolSession:
        """Make a pool for a run, unless one was given."""
        if self._given is not None:
            return PoolSession(context, self._given, report, is_own=False)
        pool = ProcessPool(self.capacity, options=self._options)
        pool.start_workers(context.execution_plan.width)
        return PoolSession(context, pool, report)


class RunFacts(Protocol):
    """What a session knows of its run."""

    @property
    def run_id(self) -> str:
        """The run."""
        ...

    @property
    def io_manager(self) -> IOManager:
        """Where results go."""
        ...

    @property
    def logs(self) -> AttemptLogs:
        """Where it goes what attempts print."""
        ...


class PoolSession:
    """A run's own pool, or its use of one that is not its own."""

    def __init__(self, context: RunFacts, pool: ProcessPool, report: Report, *, is_own: bool = True) -> None:
        self._context = context
        self._pool = pool
        self._is_own = is_own
        self._idle = threading.Event()
        self._report = report
        if not is_own and isinstance(context.io_manager, FilesystemIOManager):
            context.io_manager.vouch()  # its workers may have been started with another environment
        self._store = pack(context.io_manager)
        self._running: dict[str, _AttemptCall] = {}
        self._lost: set[str] = set()  # tasks whose attempts lost a process that may have been writing
        self._known_options: dict[tuple[bytes, float | None, bool, bool], CallOptions] = {}

    def start(self, task: ExecutableTask, function: Packed, *, timeout: float | None) -> None:
        """Send an attempt to a worker."""
        options = self._options(function, timeout, is_cooperative=bool(task.contexts), is_live=task.is_live)
        payload = pickle.dumps((run_shared, (pack_task(task), self._store.digest), _NO_NAMES), protocol=5)
        call = self._running[task.task_name] = _AttemptCall(payload, options, self, task)
        self._pool.start(call)

    def _options(self, function: Packed, timeout: float | None, *, is_cooperative: bool, is_live: bool) -> CallOptions:
        """Return what the calls of one function have in common."""
        key = (function.digest, timeout, is_cooperative, is_live)
        if key not in self._known_options:
            self._known_options[key] = CallOptions(
                timeout=timeout,
                shares={function.digest: function.blob, self._store.digest: self._store.blob},
                cooperative=is_cooperative or is_live,
                may_queue=not is_live,
            )
        return self._known_options[key]

    def cancel(self, task_name: str, *, at_once: bool) -> None:
        """Stop the worker that has this task's attempt."""
        call = self._running.get(task_name)
        if call is not None:
            self._pool.stop_call(call, at_once=at_once)

    def recall(self, task_name: str) -> None:
        """Take this task's attempt back unless a worker has begun with it."""
        call = self._running.get(task_name)
        if call is not None:
            self._pool.recall_call(call)

    def tell(self, task_name: str, content: object) -> None:
        """Send something to the worker that has this task's attempt."""
        call = self._running.get(task_name)
        if call is not None:
            self._pool.tell(call, content)

    def close(self) -> None:
        """End the workers, and remove what those have left half-written that were lost with the fork server.

        Until now one of them could still have been at its end: nobody is told when a process dies whose parent has.
        """
        if self._is_own:
            self._pool.shutdown()
        else:
            self._await_calls()
        for task_name in self._lost:
            with suppress(OSError):
                self._context.io_manager.tidy(run_id=self._context.run_id, task_name=task_name)

    def _await_calls(self) -> None:
        """Stop what still runs, and wait for its end."""
        for call in list(self._running.values()):
            self._pool.stop_call(call, at_once=True)
        while self._running:
            self._idle.wait(_LOOK_S)
            self._idle.clear()

    def report_begun(self, task: ExecutableTask) -> None:
        """Tell that a worker has begun with an attempt."""
        self._report(AttemptBegun(task=task.task_name, attempt=task.attempt))

    def log(self, task: ExecutableTask, data: bytes) -> None:
        """Keep what an attempt prints."""
        with suppress(OSError):  # a log that cannot be written, on a full disk, costs its words and nothing else
            self._context.logs.append(run_id=task.run_id, task_name=task.task_name, attempt=task.attempt, data=data)

    def pass_on(self, task: ExecutableTask, content: Any) -> None:
        """Tell what an attempt says."""
        self._report(AttemptSaid(task=task.task_name, attempt=task.attempt, content=content))

    def end(self, task: ExecutableTask, result: TaskResult, *, has_printed: bool, was_lost: bool) -> None:
        """Tell how an attempt has ended."""
        if was_lost:
            self._lost.add(task.task_name)
        if has_printed:
            self._context.logs.close(run_id=task.run_id, task_name=task.task_name, attempt=task.attempt)
        self._running.pop(task.task_name, None)
        self._idle.set()
        self._report(AttemptOver(result=result))


class _AttemptCall(Call):
    """An attempt on its way through the pool."""

    __slots__ = ("_has_printed", "_session", "_task", "_used", "_watch")

    def __init__(self, payload: bytes, options: CallOptions, session: PoolSession, task: ExecutableTask) -> None:
        super().__init__(payload, options)
        self._session = session
        self._task = task
        self._watch = Stopwatch()
        self._has_printed = False
        self._used: Usage | None = None

    def begun(self) -> None:
        self._watch = Stopwatch()
        self._session.report_begun(self._task)

    def printed(self, data: bytes) -> None:
        self._has_printed = True
        self._session.log(self._task, data)

    def said(self, content: Any) -> None:
        self._session.pass_on(self._task, content)

    def answered(self, frame: Frame) -> None:
        if frame.kind == Kind.DONE:
            self._end(unpack_result(pickle.loads(frame.payload)))
        else:
            self.failed(unpack_error(frame.payload))

    def measured(self, used: Usage) -> None:
        self._used = used

    def failed(self, error: BaseException) -> None:
        result = result_without_worker(self._task, self._watch, error)
        self._end(result if self._used is None else _with_usage(result, self._used))

    def _end(self, result: TaskResult) -> None:
        self._session.end(self._task, result, has_printed=self._has_printed, was_lost=self.losses > 0)


def _with_usage(result: TaskResult, used: Usage) -> TaskResult:
    return result._replace(
        cpu_s=used.cpu_s,
        peak_memory_bytes=used.peak_memory_bytes,
        read_bytes=used.read_bytes,
        written_bytes=used.written_bytes,
    )
