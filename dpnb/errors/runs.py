"""Runs that cannot be started, found or ended, and results that a run does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.errors.root import DpnbError, closest

if TYPE_CHECKING:
    from collections.abc import Sequence


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
            f"Run {run_id!r} is going on {where}.",
            hint="wait for its end with run.wait(), or end it with run.cancel().",
        )
        self.run_id, self.pid, self.machine = run_id, pid, machine


class RerunParameterError(ExecutionError, ValueError):
    """A text that was typed for a run parameter stands for no value that it may have."""

    def __init__(self, name: str, text: str, rule: str, *, annotation: str = "") -> None:
        declared = f" ({annotation})" if annotation else ""
        is_unknown = rule.startswith("none ")
        super().__init__(
            f"The run parameter {name!r} {'is' if is_unknown else f'cannot be {text!r}: it is'} {rule}{declared}.",
            hint="open the form anew." if is_unknown else "leave it as it was, or give another value.",
        )
        self.name, self.text, self.rule = name, text, rule


class RunCrashedError(ExecutionError):
    """A run could not be carried on or recorded, for a reason outside of its tasks; the cause tells it."""

    def __init__(self, run_id: str, reason: str) -> None:
        super().__init__(
            f"Run {run_id!r} could not be carried on: {reason}.",
            hint="mend the cause (disk space, permissions of the workspace), then go on with run.resume().",
        )
        self.run_id, self.reason = run_id, reason


class RunTimeoutError(ExecutionError, TimeoutError):
    """The run had not ended after the given seconds; it goes on."""

    def __init__(self, run_id: str, timeout: float) -> None:
        super().__init__(
            f"Run {run_id!r} is still going after {timeout:g} s.", hint="wait again, or end it with run.cancel()."
        )
        self.run_id, self.timeout = run_id, timeout


class RunCriterionError(ExecutionError, ValueError):
    """Runs are asked for, or are to be deleted, by something that makes no sense."""

    def __init__(self, option: str, value: object, rule: str, *, hint: str) -> None:
        super().__init__(f"{option}={value!r} {rule}.", hint=hint)
        self.option, self.value, self.rule = option, value, rule


class ExecutorUrlError(ExecutionError, ValueError):
    """A URL names no executor that can be had here."""

    def __init__(self, url: str, *, reason: str, hint: str) -> None:
        super().__init__(f"The executor {url!r} cannot be had: {reason}.", hint=hint)
        self.url, self.reason = url, reason
