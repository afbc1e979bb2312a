"""Exit codes: the truth in a number."""

from __future__ import annotations

from enum import IntEnum

from dpnb.errors import (
    DpnbError,
    KernelDiedError,
    NotebookExecutionError,
    NotebookFormatError,
    NotebookInterruptedError,
    NotebookTimeoutError,
    RunCriterionError,
    ScheduleOptionError,
    TriggerError,
)


class Exit(IntEnum):
    """What a process of ``dpnb`` ends with."""

    SUCCESS = 0
    FAILURE = 1
    USAGE = 2
    CELL = 3
    KERNEL = 4
    DEADLINE = 5
    INTERRUPTED = 130

    @classmethod
    def of(cls, error: DpnbError) -> Exit:
        """Return the code for an error."""
        return next((code for kind, code in _BY_ERROR.items() if isinstance(error, kind)), cls.FAILURE)


_BY_ERROR = {
    RunCriterionError: Exit.USAGE,
    ScheduleOptionError: Exit.USAGE,
    TriggerError: Exit.USAGE,
    NotebookFormatError: Exit.USAGE,
    NotebookExecutionError: Exit.CELL,
    KernelDiedError: Exit.KERNEL,
    NotebookTimeoutError: Exit.DEADLINE,
    NotebookInterruptedError: Exit.INTERRUPTED,
}

MEANINGS = """\b
Exit codes:
  0    the notebook was executed and its run succeeded
  1    the run failed, was cancelled or cannot go on, or nothing can be kept or written
  2    wrong usage, or the file is no notebook
  3    a cell raised, or its tasks cannot be planned
  4    the kernel died
  5    a deadline passed
  130  interrupted
"""
