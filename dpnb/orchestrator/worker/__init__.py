"""What runs in a worker process (or, inline, in the user's own): one attempt, from its inputs to its stored result."""

from __future__ import annotations

import sys
from contextlib import ExitStack, nullcontext
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from dpnb.errors import MissingModuleError
from dpnb.orchestrator.executable import TaskResult
from dpnb.orchestrator.parcels import pack_result, unpack_task
from dpnb.orchestrator.pool import worker as process
from dpnb.orchestrator.worker import processors
from dpnb.orchestrator.worker.arguments import load_arguments
from dpnb.orchestrator.worker.attempt_context import AttemptContext
from dpnb.orchestrator.worker.failure import describe_exception, type_names
from dpnb.orchestrator.worker.imports import imported_files, watch_imports
from dpnb.orchestrator.worker.mail import DuplexChannel, Mail
from dpnb.orchestrator.worker.memory_limit import held_to
from dpnb.orchestrator.worker.meter import ByteCounter, Meter
from dpnb.orchestrator.worker.module_state import differing_state
from dpnb.orchestrator.worker.outputs import OutputWriter, call_and_store
from dpnb.orchestrator.worker.progress_bars import report_bars_to
from dpnb.results.crash_points import reach
from dpnb.results.own_pid import own_pid
from dpnb.results.records import TaskState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from dpnb.orchestrator.executable import ExecutableTask
    from dpnb.orchestrator.parcels import Parcel
    from dpnb.results import IOManager

__all__ = ["DuplexChannel", "Worker", "run_shared"]


class Worker:
    """Executes attempts: loads inputs, calls the function, stores the result.

    `on_error` receives the exception itself, for an executor in whose process it can be shown. `counter` is given where
    the process is the worker's own: nothing else happens in it between two attempts, which saves one reading, and
    limits may be enforced in it. `is_wanted` is asked before anything is stored, where an attempt may outlive its run.
    `params` are the run's parameters where the process is the one that has started it.
    """

    def __init__(
        self,
        store: IOManager,
        channel: DuplexChannel,
        *,
        on_error: Callable[[BaseException], None] | None = None,
        counter: ByteCounter | None = None,
        is_wanted: Callable[[], bool] | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> None:
        self._store = store
        self._channel = channel
        self._on_error = on_error
        self._counter = counter
        self._is_wanted = is_wanted
        self._params = params or {}

    def _limits(self, task: ExecutableTask) -> AbstractContextManager[object]:
        """Hold an attempt to its processors and its memory, where the process is the worker's own."""
        if self._counter is None or (task.cpus is None and task.memory_limit is None):
            return _NO_LIMITS
        limits = ExitStack()
        limits.enter_context(processors.given(task.cpus))
        limits.enter_context(held_to(task.memory_limit, task.task_name))
        return limits

    def _tell_start(self, meter: Meter) -> None:
        """Have others know what the attempt has used, should the process end under it."""
        if self._counter is not None:
            meter.tell_start(process.note_usage_before)

    def execute(self, task: ExecutableTask, function: Callable[[], Callable[..., Any]]) -> TaskResult:
        """Run one attempt to its end; whatever it raises becomes a failed result. `function` looks the function up."""
        reach("attempt.begin")
        meter = Meter(self._counter)
        self._tell_start(meter)
        mail = Mail(self._channel, task.lead) if task.is_live or task.lead is not None else None
        writer = OutputWriter(task, self._store, self._channel, mail, self._is_wanted)
        error: BaseException | None = None
        differing = None
        try:
            context = AttemptContext(task, self._channel, self._store)
            arguments = load_arguments(task, self._store, context, mail, self._params)
            if task.inputs:
                self._tell_start(meter)
            called = function()
            if task.imported:
                differing = differing_state(task, called)
            with self._limits(task):
                call_and_store(called, arguments, writer)
        except BaseException as raised:  # noqa: BLE001 - SystemExit and KeyboardInterrupt end an attempt, not a worker
            error = raised
            if self._on_error is not None:
                self._on_error(raised)
        finally:
            if mail is not None:
                mail.close()
        used = meter.read()
        return TaskResult(
            run_id=task.run_id,
            task_name=task.task_name,
            attempt=task.attempt,
            state=TaskState.SUCCEEDED if error is None else TaskState.FAILED,
            started_us=meter.watch.started_us,
            duration_s=used.duration_s,
            cpu_s=used.cpu_s,
            peak_memory_bytes=used.peak_memory_bytes,
            read_bytes=used.read_bytes,
            written_bytes=used.written_bytes,
            worker_pid=own_pid(),
            results=tuple(writer.records),
            errors=() if error is None else describe_exception(error),
            error_types=() if error is None else type_names(error),
            imported=imported_files(),
            differing=differing,
        )


_NO_LIMITS = nullcontext()


class _PoolChannel:
    def receive(self, timeout: float) -> object:
        return process.receive_message(timeout)

    def message(self, content: object) -> None:
        process.send_message(content)

    def cancelled(self) -> bool:
        return process.is_cancelled()


_CHANNEL = _PoolChannel()


@cache
def _byte_counter() -> ByteCounter:
    return ByteCounter()


def run_shared(parcel: Parcel, store: bytes) -> Parcel:
    """Execute a packed attempt in a pool's worker, where function and store were shared under their digests."""
    watch_imports()
    task = unpack_task(parcel)
    report_bars_to(AttemptContext(task, _CHANNEL).progress)
    worker = Worker(process.shared(store), _CHANNEL, counter=_byte_counter())
    return pack_result(worker.execute(task, partial(_shared_function, task)))


def _shared_function(task: ExecutableTask) -> Callable[..., Any]:
    try:
        function: Callable[..., Any] = process.shared(task.function)
    except ModuleNotFoundError as error:
        raise MissingModuleError(
            task.task_name, error.name or str(error), searched=sys.path, callers=process.callers_path()
        ) from error
    return function
