"""Notebooks that cannot be read, or executed to their end."""

from __future__ import annotations

from dpnb.errors.root import DpnbError


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
