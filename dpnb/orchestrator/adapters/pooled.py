"""Runs attempts in worker processes, fresh ones for each run, so that no import of an earlier run is stale in them."""

from __future__ import annotations

import pickle
from concurrent.futures import CancelledError
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from dpnb.errors import CallTimedOutError, WorkerDiedError
from dpnb.orchestrator.executable import ExceptionFacts, TaskResult
from dpnb.orchestrator.pool import CallOptions, PoolOptions, ProcessPool
from dpnb.orchestrator.pool.call import default_workers
from dpnb.orchestrator.pool.spawner_client import get_spawner
from dpnb.orchestrator.ports import AttemptOver, AttemptSaid
from dpnb.orchestrator.stopwatch import Stopwatch
from dpnb.orchestrator.transport import pack
from dpnb.orchestrator.worker import run_shared
from dpnb.orchestrator.worker.failure import type_names
from dpnb.results.records import TaskState

if TYPE_CHECKING:
    from concurrent.futures import Future

    from dpnb.orchestrator.context import ExecutionContext
    from dpnb.orchestrator.executable import ExecutableTask
    from dpnb.orchestrator.ports import Report
    from dpnb.orchestrator.transport import Packed


class PoolExecutor:
    """The default executor: a pool of worker processes.

    Parameters
    ----------
    workers
        How many attempts run at once; as many as this process may use processors where it is None.
    options
        How workers are started and stopped.
    """

    is_inline = False

    def __init__(self, workers: int | None = None, *, options: PoolOptions | None = None) -> None:
        self.capacity = default_workers() if workers is None else workers
        self._options = options or PoolOptions()
        get_spawner(
            self._options.preload, fresh=self._options.start_method == "spawn"
        )  # preloads while cells are typed

    def open(self, context: ExecutionContext, report: Report) -> PoolSession:
        """Make a pool for a run."""
        return PoolSession(context, ProcessPool(self.capacity, options=self._options), report)


class PoolSession:
    """A run's own pool."""

    def __init__(self, context: ExecutionContext, pool: ProcessPool, report: Report) -> None:
        self._context = context
        self._pool = pool
        self._report = report
        self._store = pack(context.io_manager)
        self._running: dict[str, Future[TaskResult]] = {}

    def start(self, task: ExecutableTask, function: Packed, *, timeout: float | None) -> None:
        """Send an attempt to a worker."""
        options = CallOptions(
            timeout=timeout,
            shares={function.digest: function.blob, self._store.digest: self._store.blob},
            cooperative=bool(task.contexts),
            on_output=partial(self._log, task),
            on_message=partial(self._pass_on, task),
        )
        payload = pickle.dumps((run_shared, (task, self._store.digest), {}), protocol=5)
        watch = Stopwatch()
        future = self._running[task.task_name] = self._pool.submit_call(payload, options)
        future.add_done_callback(partial(self._over, task, watch))

    def cancel(self, task_name: str, *, at_once: bool) -> None:
        """Stop the worker that has this task's attempt."""
        future = self._running.get(task_name)
        if future is not None:
            self._pool.cancel_call(future, at_once=at_once)

    def tell(self, task_name: str, content: object) -> None:
        """Send something to the worker that has this task's attempt."""
        future = self._running.get(task_name)
        if future is not None:
            self._pool.tell_call(future, content)

    def close(self) -> None:
        """End the workers."""
        self._pool.shutdown()

    def _log(self, task: ExecutableTask, data: bytes) -> None:
        with suppress(OSError):  # a log that cannot be written, on a full disk, costs its words and nothing else
            self._context.logs.append(run_id=task.run_id, task_name=task.task_name, attempt=task.attempt, data=data)

    def _pass_on(self, task: ExecutableTask, content: Any) -> None:
        self._report(AttemptSaid(task=task.task_name, attempt=task.attempt, content=content))

    def _over(self, task: ExecutableTask, watch: Stopwatch, future: Future[TaskResult]) -> None:
        self._running.pop(task.task_name, None)
        self._context.logs.close(run_id=task.run_id, task_name=task.task_name, attempt=task.attempt)
        error = CancelledError() if future.cancelled() else future.exception()
        result = future.result() if error is None else _result_without_worker(task, watch, error)
        self._report(AttemptOver(result=result))


def _result_without_worker(task: ExecutableTask, watch: Stopwatch, error: BaseException) -> TaskResult:
    """Make up the result of an attempt that could not report one itself."""
    match error:
        case CallTimedOutError():
            state = TaskState.TIMED_OUT
        case CancelledError():
            state = TaskState.CANCELLED
        case _:
            state = TaskState.FAILED
    message = str(error) or "The attempt was cancelled."
    facts = ExceptionFacts(
        type=type(error).__name__,
        message=message.partition("\n")[0],
        text=(f"{type(error).__name__}: {message}",),
        frames=(),
    )
    return TaskResult(
        run_id=task.run_id,
        task_name=task.task_name,
        attempt=task.attempt,
        state=state,
        started_us=watch.started_us,
        duration_s=watch.duration_s,
        errors=(facts,),
        error_types=type_names(error),
        exit_status=error.how if isinstance(error, WorkerDiedError) else "",
    )
