"""How attempts end, as the driver tells it: to the resolver, and where no worker could tell of it itself."""

from __future__ import annotations

from concurrent.futures import CancelledError
from dataclasses import replace
from typing import TYPE_CHECKING

from dpnb.errors import CallTimedOutError, StreamBrokenError, WorkerDiedError
from dpnb.orchestrator.commands import AttemptEnded
from dpnb.orchestrator.executable import OUT_OF_MEMORY, ExceptionFacts, TaskResult
from dpnb.orchestrator.retry import is_retried_on
from dpnb.orchestrator.worker.failure import describe_exception, type_names
from dpnb.results.leases import now_us
from dpnb.results.records import TaskState

if TYPE_CHECKING:
    from dpnb.orchestrator.commands import StartAttempt
    from dpnb.orchestrator.executable import ExecutableTask, ProgressMade
    from dpnb.orchestrator.stopwatch import Stopwatch
    from dpnb.registry import TaskMetadata


def attempt_ended(result: TaskResult, task: TaskMetadata, *, before: int) -> AttemptEnded:
    """Return what the resolver is told; it does not know of the attempts that earlier owners made `before`."""
    attempt = result.attempt - before
    if result.state is TaskState.SUCCEEDED:
        return AttemptEnded(task=result.task_name, attempt=attempt, state=result.state)
    return AttemptEnded(
        task=result.task_name,
        attempt=attempt,
        state=result.state,
        is_retryable=is_retried_on(task.retry_on, result.error_types),
        is_out_of_memory=OUT_OF_MEMORY in result.exit_status,
    )


def unbegun(command: StartAttempt) -> AttemptEnded:
    """Return the end of an attempt that was to start when its run ended."""
    return AttemptEnded(task=command.task, attempt=command.attempt, state=TaskState.CANCELLED, has_begun=False)


def stillborn(run_id: str, command: StartAttempt, error: Exception) -> TaskResult:
    """Return the result of an attempt that no worker could be given."""
    return TaskResult(
        run_id=run_id,
        task_name=command.task,
        attempt=command.attempt,
        state=TaskState.FAILED,
        started_us=now_us(),
        duration_s=0.0,
        errors=describe_exception(error),
        error_types=type_names(error),
    )


def result_without_worker(task: ExecutableTask, watch: Stopwatch, error: BaseException) -> TaskResult:
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


def failed_outside(task: ExecutableTask, watch: Stopwatch, error: BaseException) -> TaskResult:
    """Return the result of an attempt that failed on its way to a worker or back, as the executor tells it."""
    return TaskResult(
        run_id=task.run_id,
        task_name=task.task_name,
        attempt=task.attempt,
        state=TaskState.FAILED,
        started_us=watch.started_us,
        duration_s=watch.duration_s,
        errors=describe_exception(error),
        error_types=type_names(error),
    )


def void_result(result: TaskResult, reason: str) -> TaskResult:
    """Return what is said of an attempt that does not count, since a stream that it read broke off."""
    errors = describe_exception(StreamBrokenError(reason))
    return result._replace(state=TaskState.CANCELLED, results=(), errors=errors, exit_status="")


def with_last_word(result: TaskResult, made: ProgressMade | None) -> TaskResult:
    """Let the result of an attempt that could not report it itself tell where it was, as far as it had said that."""
    if result.worker_pid is not None or made is None or not made.note or not result.errors:
        return result
    *before, last = result.errors
    first = last.message.partition("\n")[0]
    said = f"{first.rstrip('.')}; it was at {made.note!r}."
    text = tuple(line.replace(first, said, 1) for line in last.text)
    return result._replace(errors=(*before, replace(last, message=last.message.replace(first, said, 1), text=text)))
