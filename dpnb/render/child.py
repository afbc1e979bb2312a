"""One question to another program, with a deadline that holds whatever the program does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_GRACE_S = 0.2  # for a killed program to end
_LONGEST_ANSWER_BYTES = 16 * 2**20  # the positions of a picture that can still be looked at take far less


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
            answer = _converse(program, question.encode(), timeout_s)
        except BaseException:  # an interrupt, too, leaves no program behind
            _end(program)
            raise
    if program.returncode:
        raise subprocess.CalledProcessError(program.returncode, command[0])
    return answer.decode("utf-8", errors="replace")


def _converse(program: subprocess.Popen[bytes], question: bytes, timeout_s: float) -> bytes:
    """Return all that the program says, unless it talks too long or too much."""
    answer: list[bytes] = []
    ends = time.monotonic() + timeout_s
    speaker = threading.Thread(target=_tell, args=(program, question), daemon=True)
    listener = threading.Thread(target=_listen, args=(program, answer), daemon=True)
    speaker.start()
    listener.start()
    listener.join(timeout_s)
    if listener.is_alive():
        raise subprocess.TimeoutExpired(program.args, timeout_s)
    if not answer or len(answer[0]) > _LONGEST_ANSWER_BYTES:
        raise subprocess.SubprocessError(f"{program.args!r} gave more than {_LONGEST_ANSWER_BYTES:,} bytes")
    program.wait(max(0.0, ends - time.monotonic()))
    return answer[0]


def _tell(program: subprocess.Popen[bytes], question: bytes) -> None:
    with suppress(OSError, ValueError):  # it has ended, or was ended, before it had read all
        if program.stdin is not None:
            program.stdin.write(question)
            program.stdin.close()


def _listen(program: subprocess.Popen[bytes], answer: list[bytes]) -> None:
    with suppress(OSError, ValueError):
        if program.stdout is not None:
            answer.append(program.stdout.read(_LONGEST_ANSWER_BYTES + 1))


def _end(program: subprocess.Popen[bytes]) -> None:
    """Kill the program's whole session: a child of it would keep the pipes open, and us waiting."""
    if sys.platform == "win32":
        program.kill()
    else:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(program.pid, signal.SIGKILL)
    with suppress(subprocess.SubprocessError):
        program.wait(_GRACE_S)
