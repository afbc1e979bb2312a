"""Lets an attempt that runs in the user's own process be seen in the cell and kept in its log."""

from __future__ import annotations

import io
import logging
import sys
import warnings
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dpnb.orchestrator.executable import ExecutableTask
    from dpnb.results import AttemptLogs

    type Write = Callable[[str], None]


@contextmanager
def captured_output(logs: AttemptLogs, task: ExecutableTask) -> Iterator[None]:
    """Copy stdout, stderr, log records and warnings to the attempt's log while the block runs."""
    address: dict[str, Any] = {"run_id": task.run_id, "task_name": task.task_name, "attempt": task.attempt}

    def write(text: str) -> None:
        logs.append(**address, data=text.encode(errors="backslashreplace"))

    with (
        _shown_warnings(write),
        redirect_stdout(_Tee(sys.stdout, write)),
        redirect_stderr(_Tee(sys.stderr, write)),
        _log_records(write),
    ):
        yield
    logs.close(**address)


@contextmanager
def _log_records(write: Write) -> Iterator[None]:
    root = logging.getLogger()
    stream = _Tee(None, write) if root.handlers else sys.stderr  # with handlers, the cell sees records by itself
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)


@contextmanager
def _shown_warnings(write: Write) -> Iterator[None]:
    """Write warnings to the log, and show them where they were shown before."""
    before, stderr = warnings.showwarning, sys.stderr

    def show(message: Warning | str, category: type[Warning], filename: str, lineno: int, *more: Any) -> None:
        write(warnings.formatwarning(message, category, filename, lineno))
        with redirect_stderr(stderr):
            before(message, category, filename, lineno, *more)

    warnings.showwarning = show  # type: ignore[assignment]  # the last two parameters are passed on
    try:
        yield
    finally:
        warnings.showwarning = before


class _Tee(io.TextIOBase):
    """Writes to the log and, where there is one, to the stream that is shown; all else is that stream's."""

    def __init__(self, shown: Any, write: Write) -> None:
        self._shown = shown
        self._write = write

    def write(self, text: str) -> int:
        self._write(text)
        if self._shown is not None:
            self._shown.write(text)
        return len(text)

    def flush(self) -> None:
        if self._shown is not None:
            self._shown.flush()

    def isatty(self) -> bool:
        return bool(getattr(self._shown, "isatty", lambda: False)())

    def fileno(self) -> int:
        return int(self._shown.fileno())
