"""What to do next in the terminal, where an error's own hint speaks of Python."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from dpnb.errors import (
    LeaseLostError,
    LedgerCorruptError,
    LedgerReadOnlyError,
    NotebookExecutionError,
    RunGoingError,
    RunNotFoundError,
    ScheduleExistsError,
    ScheduleOptionError,
    UnknownScheduleError,
)

if TYPE_CHECKING:
    from dpnb.errors import DpnbError


def hint_for(error: DpnbError) -> str:
    """Return the terminal's hint for an error, else the error's own."""
    match error:
        case RunNotFoundError(closest=near):
            nearest = f"the closest are {', '.join(map(repr, near))}; " if near else ""
            hint = f"{nearest}`dpnb runs` lists the runs of this workspace."
        case RunGoingError():
            hint = "wait for its end, or interrupt it where it was started."
        case UnknownScheduleError():
            is_near = error.hint.startswith("did")
            hint = error.hint if is_near else "`dpnb schedule list` lists those that exist."
        case ScheduleExistsError():
            hint = "--name gives another name, --replace puts this one in its place."
        case ScheduleOptionError(option="when"):
            hint = "give one of --cron, --every, --at and --files."
        case LeaseLostError(run_id=run_id):
            hint = f"this process was cut off for too long; `dpnb show {shlex.quote(run_id)}` tells how it goes on."
        case LedgerCorruptError():
            hint = (
                "`dpnb rebuild` makes a new one of what can be read and of the results in the runs' folders, which are "
                "not affected; or restore a copy of the file."
            )
        case LedgerReadOnlyError():
            hint = "let the environment variable DPNB_HOME name another one."
        case NotebookExecutionError(cell=0, error=refusal) if "run parameter, params={" in refusal:
            hint = "-p NAME=VALUE gives a run parameter; or mend the tasks named above."
        case _:
            hint = error.hint
    return hint
