"""Every exception that dpnb raises on purpose.

::

    DpnbError
    ├── RegistryError
    │   ├── TaskDefinitionError      (ValueError)    this function cannot be a task, or an option is wrong
    │   ├── DuplicateTaskError       (ValueError)    one name, two places
    │   └── UnknownTaskError         (LookupError)
    ├── PlanError                    (ValueError)    the plan is refused; carries every problem found
    │   └── PlanMismatchError                        a stored plan does not fit the registry's tasks
    ├── ExecutionError
    │   ├── TaskFailedError                          a result was asked for, its task failed
    │   ├── TaskNotFinishedError                     a result was asked for before its task ended
    │   ├── DebugError               (ValueError)    a task cannot be called again as it was
    │   ├── RetryDelayError          (ValueError)    a task's ``retry_delay`` gave no usable delay
    │   ├── RunNotFoundError         (LookupError)
    │   ├── RunExistsError           (ValueError)    the run id is taken
    │   ├── RunGoingError                            it is owned by a process that lives
    │   ├── RunCrashedError                          it could not be carried on or recorded
    │   ├── RunTimeoutError          (TimeoutError)  ``run.wait(timeout)`` gave up waiting
    │   ├── RunCriterionError        (ValueError)    runs are asked for by something that makes no sense
    │   ├── TransportError           (ValueError)    a function or argument cannot travel to a worker
    │   ├── MissingModuleError       (ImportError)   a function needs a module that its worker cannot import
    │   ├── WorkerDiedError                          a worker process ended under its call
    │   ├── NestedRunError           (RecursionError) tasks that start runs of tasks that start runs, and so on
    │   ├── WorkerStartError         (RuntimeError)  no worker process could be started
    │   ├── MemoryLimitError         (MemoryError)   an attempt took more than its task's ``memory_limit``
    │   ├── CallTimedOutError        (TimeoutError)  a call ran past its deadline and was killed
    │   ├── StreamBrokenError                        a stream ended in the middle of being read
    │   └── RemoteCallError                          what a call raised, as text
    ├── ResultError
    │   ├── ResultNotFoundError      (LookupError)
    │   ├── ConcatenationError       (ValueError)    a stream's chunks do not add up to one value
    │   ├── ComparisonKeyError       (LookupError)   this does not tell the rows of two frames
    │   ├── CorruptResultError                       digest, size or footer disagree with what was saved
    │   ├── UnloadableResultError                    the bytes are right, but unpickling them raises
    │   ├── UntrustedStoreError      (PermissionError)
    │   └── UnstorableResultError    (ValueError)    the value cannot be pickled
    ├── LedgerError
    │   ├── LedgerCorruptError                       the file is no ledger, or damaged
    │   ├── LedgerLockedError        (TimeoutError)  another process holds it
    │   ├── LedgerInUseError                         it was to be replaced while another process has it open
    │   ├── LedgerReadOnlyError                      a run was to be recorded where nothing can be written
    │   ├── LeaseLostError                           another process owns the run by now
    │   └── LedgerVersionError                       written by a newer dpnb
    ├── WorkspaceError                               the folder of runs cannot be used
    └── NotebookError
        ├── NotebookFormatError      (ValueError)
        ├── NotebookExecutionError                   a cell raised
        ├── NotebookTimeoutError     (TimeoutError)  a cell, or the notebook, ran past its deadline
        ├── NotebookInterruptedError
        └── KernelDiedError

Exceptions take facts and write their own message: the subject with ``!r``, the rule, what is allowed or near, then
``Hint:``. They survive pickling whatever the signature of their ``__init__``, because unpickling restores their state
instead of calling it again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Self


def closest(name: str, known: Iterable[str], *, most: int = 3) -> list[str]:
    """Return the known names that resemble `name`, best first."""
    import difflib

    return difflib.get_close_matches(name, list(known), n=most, cutoff=0.5)


class DpnbError(Exception):
    """Root of dpnb's exceptions: a message, and a hint at what to do next."""

    hint: str

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(f"{message}\nHint: {hint}" if hint else message)
        self.hint = hint

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self.args, self.__dict__)


def _restore(kind: type[DpnbError], args: tuple[Any, ...], state: dict[str, Any]) -> DpnbError:
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(state)
    return error


class RegistryError(DpnbError):
    """A task could not be defined or found."""


class TaskDefinitionError(RegistryError, ValueError):
    """A function cannot be a task, or one of its options is wrong."""

    def __init__(self, subject: str, rule: str, *, hint: str) -> None:
        super().__init__(f"{subject!r} cannot be a task: {rule}", hint=hint)
        self.subject = subject


class DuplicateTaskError(RegistryError, ValueError):
    """One task name is claimed by two places."""

    def __init__(self, name: str, *, first: str, second: str) -> None:
        super().__init__(
            f"Task {name!r} is defined in two places: {first} and {second}.",
            hint="give one of them another name with @task(name=…), or unregister the first with "
            f"get_registry().unregister({name!r}).",
        )
        self.name, self.first, self.second = name, first, second


class UnknownTaskError(RegistryError, LookupError):
    """No task of that name is registered."""

    def __init__(self, name: str, *, known: Sequence[str]) -> None:
        near = closest(name, known)
        hint = f"did you mean {' or '.join(map(repr, near))}?" if near else _list_some(known)
        super().__init__(f"Unknown task {name!r}.", hint=hint)
        self.name, self.closest = name, near


def _list_some(known: Sequence[str], *, most: int = 8) -> str:
    if not known:
        return "no task is registered yet; run the cell that defines it."
    names = ", ".join(map(repr, sorted(known)[:most]))
    return f"registered are {names}{' …' if len(known) > most else '.'}"


_MOST_PROBLEMS = 50


class PlanError(DpnbError, ValueError):
    """A plan is refused; `problems` holds every reason found, not only the first."""

    def __init__(self, problems: Sequence[str], *, hint: str = "mend the tasks named above, then plan again.") -> None:
        listed = "\n".join(f"  {number}. {text}" for number, text in enumerate(problems[:_MOST_PROBLEMS], 1))
        if len(problems) > _MOST_PROBLEMS:
            listed += f"\n  … and {len(problems) - _MOST_PROBLEMS} more in the error's `problems`."
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        super().__init__(f"The plan is refused, {count}:\n{listed}", hint=hint)
        self.problems = tuple(problems)


class PlanMismatchError(PlanError):
    """A stored plan does not fit the tasks that the registry holds now."""


class TypeMismatchWarning(UserWarning):
    """A task is given what it isn't annotated to take, in a plan whose types are only warned of."""


class ExecutionError(DpnbError):
    """A run could not be started, followed or finished."""


class TaskFailedError(ExecutionError):
    """A task has no result because it failed, was skipped or cancelled; carries the traceback of its last attempt."""

    def __init__(self, task: str, run_id: str, *, state: str, reason: str, traceback: str) -> None:
        told = f"\n\n{traceback}\n" if traceback else ""
        why = f": {reason.rstrip('.')}" if reason else ""
        super().__init__(
            f"Task {task!r} {_OUTCOMES.get(state, state)} in run {run_id!r}{why}.{told}",
            hint=_LOOK_BEFORE.get(
                state,
                f"run.logs({task!r}) shows what it printed, run.failures every attempt's traceback; "
                f"run.inputs({task!r}) is what it was given, run.debug({task!r}) calls it again with that, for %debug.",
            ),
        )
        self.task, self.run_id, self.state, self.reason, self.traceback = task, run_id, str(state), reason, traceback


_OUTCOMES = {"timed_out": "ran out of time", "cancelled": "was cancelled", "skipped": "was skipped"}

_LOOK_BEFORE = {
    "skipped": "run.failures tells what failed before it; once that is mended, run.resume() goes on from there.",
    "cancelled": "run.resume() goes on where the run has ended.",
}


class TaskNotFinishedError(ExecutionError):
    """A result was asked for before its task ended."""

    def __init__(self, task: str, state: str) -> None:
        super().__init__(f"Task {task!r} is {state}: it has no result yet.", hint="run.wait() waits for the run's end.")
        self.task, self.state = task, str(state)


class RunNotFoundError(ExecutionError, LookupError):
    """The workspace has no run of that id."""

    def __init__(self, run_id: str, *, known: Sequence[str]) -> None:
        near = closest(run_id, known)
        hint = f"the closest are {', '.join(map(repr, near))}; " if near else ""
        super().__init__(f"Unknown run {run_id!r}.", hint=f"{hint}runs() lists the runs of this workspace.")
        self.run_id, self.closest = run_id, near


class RunExistsError(ExecutionError, ValueError):
    """A run of that id is already in the ledger."""

    def __init__(self, run_id: str) -> None:
        super().__init__(
            f"There is already a run {run_id!r}.", hint="leave run_id out to have one made up, or choose another."
        )
        self.run_id = run_id


class RunGoingError(ExecutionError):
    """A run was to be resumed or deleted, or its id taken, while a process drives it."""

    def __init__(self, run_id: str, *, pid: int, machine: str) -> None:
        where = f"in process {pid} on {machine!r}" if pid else "in a process that was a moment faster"
        super().__init__(
            f"Run {run_id!r} is going on {where}.", hint="wait for its end, or cancel it there with run.cancel()."
        )
        self.run_id, self.pid, self.machine = run_id, pid, machine


class RunCrashedError(ExecutionError):
    """A run could not be carried on or recorded, for a reason outside of its tasks; the cause tells it."""

    def __init__(self, run_id: str, reason: str) -> None:
        super().__init__(
            f"Run {run_id!r} could not be carried on: {reason}.",
            hint="mend the cause (disk space, permissions of the workspace), then start the pipeline again.",
        )
        self.run_id, self.reason = run_id, reason


class RunTimeoutError(ExecutionError, TimeoutError):
    """The run had not ended after the given seconds; it goes on."""

    def __init__(self, run_id: str, timeout: float, *, elsewhere: bool = False) -> None:
        if elsewhere:
            super().__init__(
                f"Run {run_id!r} is going on in another process.", hint="wait for it, or cancel it, over there."
            )
        else:
            super().__init__(
                f"Run {run_id!r} is still going after {timeout:g} s.",
                hint="wait again, or end it with run.cancel().",
            )
        self.run_id, self.timeout = run_id, timeout


class RunCriterionError(ExecutionError, ValueError):
    """Runs are asked for, or are to be deleted, by something that makes no sense."""

    def __init__(self, option: str, value: object, rule: str, *, hint: str) -> None:
        super().__init__(f"{option}={value!r} {rule}.", hint=hint)
        self.option, self.value, self.rule = option, value, rule


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
    """A call ran past its deadline, in seconds, and its worker was killed."""

    def __init__(self, timeout: float) -> None:
        super().__init__(
            f"Killed after its timeout of {timeout:g} s.", hint="raise the timeout, or make the call do less."
        )
        self.timeout = timeout


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


class ResultError(DpnbError):
    """A stored result could not be written or read."""


class ResultNotFoundError(ResultError, LookupError):
    """No complete result of these names is stored."""

    def __init__(self, run_id: str, task_name: str, task_result_id: str, *, known: Sequence[str] = ()) -> None:
        near = closest(task_result_id, known) or list(known)[:8]
        there = f"stored of this task are {', '.join(map(repr, near))}." if near else "this task left no result here."
        super().__init__(f"No result {task_result_id!r} of task {task_name!r} in run {run_id!r}.", hint=there)
        self.run_id, self.task_name, self.task_result_id = run_id, task_name, task_result_id


class ConcatenationError(ResultError, ValueError):
    """A stream's chunks do not add up to one value."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, hint="iterate over the stream, or take list(stream).")


class ComparisonKeyError(ResultError, LookupError):
    """Two frames were to be compared by a key that does not identify rows of both."""

    def __init__(
        self, name: object, *, wanted: Sequence[object], known: Sequence[object], why: str = "it is not in both frames"
    ) -> None:
        near = closest(str(name), map(str, known)) or [str(one) for one in known[:8]]
        super().__init__(
            f"{name!r} cannot be a key of rows: {why}.",
            hint=f"both frames have {', '.join(map(repr, near))}; an empty list pairs rows by position."
            if near
            else "an empty list pairs rows by position.",
        )
        self.name, self.wanted = name, tuple(wanted)


class CorruptResultError(ResultError):
    """A stored file differs from what was saved; it was not unpickled."""

    def __init__(self, path: str, *, what: str, expected: str, found: str) -> None:
        super().__init__(
            f"The result {path!r} was changed or cut off after it was saved: "
            f"{what} should be {expected}, but is {found}.",
            hint="run its task again, or restore the file from a copy.",
        )
        self.path, self.what, self.expected, self.found = path, what, expected, found


def require_digest(path: str, *, expected: str | None, found: str) -> None:
    """Raise `CorruptResultError` if a stored file is whole, but not the one that is meant; anything is without one."""
    if expected and expected != found:
        raise CorruptResultError(path, what="its digest", expected=expected, found=found)


class UnloadableResultError(ResultError):
    """A stored result is undamaged, but unpickling it raised; the exception is the cause."""

    def __init__(self, path: str, *, type_name: str, cause: BaseException) -> None:
        missing = isinstance(cause, ModuleNotFoundError)
        super().__init__(
            f"The result {path!r} (a {type_name}) cannot be unpickled: {type(cause).__name__}: {cause}",
            hint=f"install or make importable the module {getattr(cause, 'name', None)!r} in this process."
            if missing
            else "the type's own unpickling code raised; see the cause above.",
        )
        self.path, self.type_name = path, type_name


class UntrustedStoreError(ResultError, PermissionError):
    """Unpickling runs code, and this store was not made by this user."""

    def __init__(self, base_path: str, *, why: str) -> None:
        super().__init__(
            f"The store {base_path!r} is not trusted ({why}), so its results are listed and described, "
            "but not unpickled.",
            hint="unpickling can run any code; if you know who wrote this store, call .trust() on its I/O manager "
            "once, or open it with trust=True.",
        )
        self.base_path, self.why = base_path, why


class UnstorableResultError(ResultError, ValueError):
    """A value cannot be pickled; `culprit` is the way to the part that refuses, as far as it could be found."""

    def __init__(self, *, type_name: str, culprit: str, culprit_type: str, reason: str) -> None:
        where = f" because of {culprit} (a {culprit_type})" if culprit != "result" else ""
        super().__init__(
            f"A {type_name} cannot be stored{where}: {reason}",
            hint="return data rather than open connections, locks, generators or modules.",
        )
        self.type_name, self.culprit, self.culprit_type, self.reason = type_name, culprit, culprit_type, reason


class LedgerError(DpnbError):
    """The ledger could not be opened or written."""


class LedgerCorruptError(LedgerError):
    """The ledger's file is damaged, or is no ledger."""

    def __init__(self, ledger: str, *, reason: str) -> None:
        super().__init__(
            f"The ledger {ledger!r} cannot be read: {reason}.",
            hint="Workspace().rebuild_ledger() makes a new one of what can be read and of the results in the runs' "
            "folders, which are not affected; or restore a copy of the file.",
        )
        self.ledger, self.reason = ledger, reason


class LedgerLockedError(LedgerError, TimeoutError):
    """Another process held the ledger longer than this one waits."""

    def __init__(self, ledger: str, *, waited_s: float) -> None:
        super().__init__(
            f"The ledger {ledger!r} stayed locked by another process for {waited_s:g} s.",
            hint="close database tools that hold it open in a transaction, then try again.",
        )
        self.ledger, self.waited_s = ledger, waited_s


class LedgerInUseError(LedgerError):
    """A ledger was to be replaced while other processes have it open: they would go on writing into the old file."""

    def __init__(self, ledger: str, *, pids: Sequence[int]) -> None:
        processes = f"process{'' if len(pids) == 1 else 'es'} {', '.join(map(str, pids))}"
        super().__init__(
            f"The ledger {ledger!r} cannot be replaced: it is open in {processes}.",
            hint="shut down the kernels and end the programs that use this workspace, then try again.",
        )
        self.ledger, self.pids = ledger, tuple(pids)


class LedgerReadOnlyError(LedgerError):
    """A run was to be recorded in a workspace that may only be read."""

    def __init__(self, home: str) -> None:
        super().__init__(
            f"The workspace {home!r} may be read, but not written.",
            hint="name another one: Orchestrator(workspace=Workspace(path)), or the environment variable DPNB_HOME.",
        )
        self.home = home


class LeaseLostError(LedgerError):
    """A process was about to record facts of a run that belongs to another by now; nothing was recorded."""

    def __init__(self, run_id: str, *, token: int) -> None:
        super().__init__(
            f"Run {run_id!r} belongs to another process by now; lease {token} of this one is void.",
            hint="this process hung, slept or was cut off for too long; get_run() shows how the run goes on.",
        )
        self.run_id, self.token = run_id, token


class LedgerVersionError(LedgerError):
    """The ledger was written by a newer dpnb."""

    def __init__(self, ledger: str, *, found: int, known: int) -> None:
        super().__init__(
            f"The ledger {ledger!r} has schema version {found}; this dpnb knows versions up to {known}.",
            hint="upgrade dpnb, or open another workspace.",
        )
        self.ledger, self.found, self.known = ledger, found, known


class WorkspaceError(DpnbError):
    """The folder where runs live cannot be used at all."""

    def __init__(self, home: str, *, reason: str) -> None:
        super().__init__(
            f"The workspace {home!r} cannot be used: {reason}.",
            hint="let the environment variable DPNB_HOME name a folder that you may write to.",
        )
        self.home, self.reason = home, reason


class NotebookError(DpnbError):
    """A notebook could not be executed headless.

    Where an error tells of a `cell`, that is the position among the file's code cells, counted from 1. Cells that dpnb
    added do not count: 0 stands for any of them, None for the time before the first cell.
    """


class NotebookFormatError(NotebookError, ValueError):
    """A file is no notebook that dpnb can execute."""

    def __init__(self, notebook: str, rule: str) -> None:
        super().__init__(f"{notebook!r} cannot be executed: {rule}.", hint="give a Python notebook, saved by Jupyter.")
        self.notebook = notebook


class NotebookExecutionError(NotebookError):
    """A cell raised; `traceback` is the kernel's."""

    def __init__(self, notebook: str, *, cell: int, error: str, traceback: str) -> None:
        place = f"Code cell {cell} of {notebook!r}" if cell else f"Running the tasks of {notebook!r}"
        super().__init__(f"{place} raised {error}", hint="")
        self.notebook, self.cell, self.error, self.traceback = notebook, cell, error, traceback


class NotebookTimeoutError(NotebookError, TimeoutError):
    """A notebook, or one of its cells, ran past its deadline; its kernel was killed."""

    def __init__(self, notebook: str, *, cell: int | None, limit_s: float, option: str) -> None:
        super().__init__(
            f"{notebook!r} ran past its deadline of {limit_s:g} s {_during(cell)}; its kernel was killed.",
            hint=f"give it more time with {option}{', or mend the cell' if cell else ''}.",
        )
        self.notebook, self.cell, self.limit_s = notebook, cell, limit_s


class NotebookInterruptedError(NotebookError):
    """The person at the terminal, or the system, stopped a notebook's execution; its kernel was killed."""

    def __init__(self, notebook: str, *, cell: int | None) -> None:
        super().__init__(f"{notebook!r} was interrupted {_during(cell)}; its kernel was killed.", hint="")
        self.notebook, self.cell = notebook, cell


class KernelDiedError(NotebookError):
    """A notebook's kernel ended under one of its cells, or did not start (`cell` is None)."""

    def __init__(self, notebook: str, *, cell: int | None, ending: str) -> None:
        place = "did not start" if cell is None else f"died {_during(cell)}"
        super().__init__(
            f"The kernel of {notebook!r} {place} ({ending}).",
            hint="signal 9 is most often the system's answer to too much memory; a crash in C code is signal 11.",
        )
        self.notebook, self.cell, self.ending = notebook, cell, ending


def _during(cell: int | None) -> str:
    if cell is None:
        return "while its kernel was starting"
    return f"in code cell {cell}" if cell else "while its tasks were planned and run"
