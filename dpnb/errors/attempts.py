"""What goes wrong with one attempt of a task, or on its way to a worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.errors.runs import ExecutionError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self


_MOST_TASKS = 3


class TransportError(ExecutionError, ValueError):
    """A function or an argument cannot be sent to a worker process; `path` leads to the part that refuses."""

    def __init__(self, subject: str, path: str, reason: str) -> None:
        super().__init__(
            f"The {subject} cannot be sent to a worker process: {path} cannot be pickled ({reason}).",
            hint="open files, connections and locks inside the task, or run in this process with "
            "Orchestrator(executor=InlineExecutor()).",
        )
        self.subject, self.path, self.reason = subject, path, reason


class DebugError(ExecutionError, ValueError):
    """A task of a run cannot be called again as it was."""

    def __init__(self, task: str, reason: str, *, hint: str) -> None:
        super().__init__(f"Task {task!r} cannot be called again as it was: {reason}.", hint=hint)
        self.task, self.reason = task, reason


class MissingModuleError(ExecutionError, ModuleNotFoundError):
    """A task's function or arguments refer to a module that its worker cannot import."""

    def __init__(self, task: str, module: str, *, searched: Sequence[str], callers: Sequence[str]) -> None:
        same = list(searched) == list(callers)
        also = "" if same else f" The process that started the run searched {_paths(callers)}."
        super().__init__(
            f"Task {task!r} refers to the module {module!r}, which its worker cannot import. It searched"
            f"{', like the process that started the run,' if same else ''} {_paths(searched)}.{also}",
            hint=f"put the folder of {module!r} on sys.path before the run starts; a module that was made in memory "
            "cannot be imported anywhere else: define its functions in a cell.",
        )
        self.task, self.module, self.searched, self.callers = task, module, list(searched), list(callers)


def _paths(paths: Sequence[str]) -> str:
    return ", ".join(repr(path or ".") for path in paths)


class ModuleStateWarning(UserWarning):
    """Workers have imported something else than the process has that started the run; `names` says what."""

    def __init__(self, run_id: str, tasks: Sequence[str], names: Sequence[str]) -> None:
        listed = ", ".join([repr(task) for task in tasks[:_MOST_TASKS]])
        more = f" and {len(tasks) - _MOST_TASKS} more" if len(tasks) > _MOST_TASKS else ""
        was, here, source = ("was", "it is", "its file") if len(names) == 1 else ("were", "they are", "their files")
        super().__init__(
            f"In run {run_id!r}, {', '.join(f'`{name}`' for name in names)} {was} not in workers what {here} in this "
            f"process, where it was changed: workers import {source}. What {listed}{more} gave is what {source} "
            "would give, and is never reused. Hint: write the change into the file, pass it as a parameter, or run in "
            "this process with Orchestrator(executor=InlineExecutor()); reloading its module undoes it."
        )
        self.run_id, self.tasks, self.names = run_id, tuple(tasks), tuple(names)

    def __reduce__(self) -> tuple[type[Self], tuple[str, tuple[str, ...], tuple[str, ...]]]:
        return type(self), (self.run_id, self.tasks, self.names)


class RetryDelayError(ExecutionError, ValueError):
    """A task's `retry_delay` gave no usable delay; `problem` says what it gave."""

    def __init__(self, problem: str) -> None:
        super().__init__(
            f"{problem}.", hint="let retry_delay be seconds, or a function of the failed attempt's number."
        )
        self.problem = problem


class WorkerDiedError(ExecutionError):
    """A worker process ended under its call; `how` says in what way."""

    def __init__(self, how: str, *, garbled: bool = False) -> None:
        what = "wrote something else to dpnb's channel and was killed" if garbled else f"died, {how}"
        super().__init__(
            f"The worker {what}.",
            hint="signal 9 is often the system's out-of-memory killer; signal 11 is a crash in compiled code; "
            "an exit code comes from os._exit(). The attempt's log may say more.",
        )
        self.how = how


class NestedRunError(ExecutionError, RecursionError):
    """A task started a run, whose task started a run, and so on, `depth` deep: it would not end."""

    def __init__(self, depth: int) -> None:
        super().__init__(
            f"Worker processes cannot be started from a task that is {depth} runs deep.",
            hint="a task that starts a run of its own plan starts itself again; give that run its own registry, or "
            "make the tasks of both runs one plan.",
        )
        self.depth = depth


class WorkerStartError(ExecutionError, RuntimeError):
    """No worker process could be started, after several tries, or since its initializer raised: that is the cause."""

    def __init__(self, reason: str, *, is_setup: bool = False) -> None:
        super().__init__(
            f"No worker process could be started: {reason}.",
            hint="call the initializer in this process; it must not need anything that workers lack."
            if is_setup
            else "look at the limits on processes and memory (ulimit -a), or run in this process with "
            "Orchestrator(executor=InlineExecutor()).",
        )


class MemoryLimitError(ExecutionError, MemoryError):
    """An attempt took more memory than its task's `memory_limit`, in bytes; the cause tells where."""

    def __new__(cls, *_: object) -> Self:
        """Make one without `MemoryError`'s own means, which refuse a class with other bases."""
        return Exception.__new__(cls)

    def __init__(self, task: str, limit: int) -> None:
        super().__init__(
            f"Task {task!r} went past its memory limit of {limit / 1e6:,.10g} MB.",
            hint="raise memory_limit, or let the task work in pieces (stream_output=True stores them one by one).",
        )
        self.task, self.limit = task, limit


class CallTimedOutError(ExecutionError, TimeoutError):
    """A call ran past its deadline, in seconds, and its worker was killed, where whatever runs it can do so."""

    def __init__(self, timeout: float, *, killed: bool = True) -> None:
        super().__init__(
            f"Killed after its timeout of {timeout:g} s."
            if killed
            else f"Ran past its timeout of {timeout:g} s; its executor cannot kill it, so that it may still run.",
            hint="raise the timeout, or make the call do less.",
        )
        self.timeout, self.killed = timeout, killed


class AttemptUnwantedError(ExecutionError):
    """Nobody waits for an attempt any more that was not killed: it was cancelled, ran out of time, or its run ended."""

    def __init__(self) -> None:
        super().__init__("Nobody waits for this attempt any more; what it came to is not stored.", hint="")


class ExecutorKindError(ExecutionError, TypeError):
    """What was given as an executor is none."""

    def __init__(self, given: object) -> None:
        super().__init__(
            f"An executor is a PoolExecutor, an InlineExecutor, a DaskExecutor or any concurrent.futures.Executor, "
            f"not {given!r}.",
            hint="a Dask client becomes one by DaskExecutor(client); a class must be called to make an executor.",
        )


class StreamBrokenError(ExecutionError):
    """A stream that an attempt reads has broken off, or the attempt was asked to stop while it read."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"A stream that was being read has broken off: {reason}.",
            hint="What the task made of it does not count; it runs again if the stream is produced again.",
        )


class RemoteCallError(ExecutionError):
    """What a call raised in its worker, as text; the cause of the exception itself where that could travel."""

    def __init__(self, text: str, traceback: str) -> None:
        super().__init__(f"{text}\n\n{traceback}".rstrip(), hint="")
        self.text, self.traceback = text, traceback
