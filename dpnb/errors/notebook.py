"""Notebooks that cannot be read, or executed to their end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dpnb.errors.root import DpnbError, closest

if TYPE_CHECKING:
    from collections.abc import Collection


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


class NotebookGoneError(NotebookError, LookupError):
    """A run is to go on, or to run again, by a notebook that is not there any more."""

    def __init__(self, run_id: str, notebook: str) -> None:
        super().__init__(
            f"The notebook {notebook!r}, which run {run_id!r} came from, is not where it was.",
            hint="put it back, or name another that defines the same tasks.",
        )
        self.run_id, self.notebook = run_id, notebook


class NotebookExecutionError(NotebookError):
    """A cell raised; `traceback` is the kernel's.

    Of a notebook that runs as a task, `told` are the facts of what was raised, and `told_types` the names of its class
    and of all that this derives from, as a run records them.
    """

    told: tuple[Any, ...] = ()
    told_types: tuple[str, ...] = ()

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


class NotebookInputError(NotebookError, LookupError):
    """``dpnb.inputs`` was asked for a task whose result it cannot give.

    `task` is the notebook's own task; None where the notebook is not executed as one.
    """

    def __init__(self, name: str, *, task: str | None, known: Collection[str]) -> None:
        near = closest(name, known)
        listed = ", ".join(map(repr, known))
        if task is not None:
            rule = f"The notebook of task {task!r} asks for the result of {name!r}, which is none of its dependencies."
            hint = f"add it: notebook_task(…, dependencies={[*known, name]!r})."
        else:
            rule = f"No run of this workspace has stored a result of a task {name!r}."
            hint = (
                f"there are results of {listed}." if known else "run the pipeline once that this notebook belongs to."
            )
        super().__init__(rule, hint=f"did you mean {' or '.join(map(repr, near))}?" if near else hint)
        self.name, self.task = name, task


class NoExecutedNotebookError(NotebookError, LookupError):
    """A task has left no executed notebook in a run."""

    def __init__(self, task: str, run_id: str) -> None:
        hint = "tasks that notebook_task has made leave one, as soon as their kernel has started."
        super().__init__(f"Task {task!r} has left no executed notebook in run {run_id!r}.", hint=hint)
        self.task, self.run_id = task, run_id


def _during(cell: int | None) -> str:
    if cell is None:
        return "while its kernel was starting"
    return f"in code cell {cell}" if cell else "while its tasks were planned and run"
