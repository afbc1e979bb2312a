"""One question to another program, with a deadline that holds whatever the program does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_GRACE_S = 0.2  # for the pipes of a killed program to close


def ask(command: Sequence[str], question: str, timeout_s: float) -> str:
    """Return what `command` answers to `question`; past the deadline it is killed with all of its children.

    Raises
    ------
    OSError
        If the program cannot be started.
    subprocess.SubprocessError
        If it fails, or does not answer within `timeout_s` seconds.
    """
    with subprocess.Popen(
        list(command),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=sys.platform != "win32",
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    ) as program:
        try:
            answer, _ = program.communicate(question.encode(), timeout=timeout_s)
        except BaseException:  # an interrupt, too, leaves no program behind
            _end(program)
            raise
    if program.returncode:
        raise subprocess.CalledProcessError(program.returncode, command[0])
    return answer.decode("utf-8", errors="replace")


def _end(program: subprocess.Popen[bytes]) -> None:
    """Kill the program's whole session: a child of it would keep the pipes open, and us waiting."""
    if sys.platform == "win32":
        program.kill()
    else:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(program.pid, signal.SIGKILL)
    with suppress(subprocess.SubprocessError, OSError, ValueError):
        program.communicate(timeout=_GRACE_S)
