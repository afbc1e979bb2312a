"""What attempts print, as files: ``{base_path}/{run_id}/{task}/attempt_1.log``."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from dpnb.results.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST_LINE_BYTES = 8 * 1024
_WRITE = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_GAP = b"\n[%20d bytes left out here]\n"
_GAP_BYTES = len(_GAP % 0)
_GAP_PATTERN = re.compile(rb"\n\[ *(\d+) bytes left out here\]\n")


@dataclass(slots=True, kw_only=True)
class _OpenLog:
    """One log being written: `size` bytes so far, the unfinished last line among them, `dropped` bytes left out."""

    size: int
    line: bytes = b""
    dropped: int = 0


class FileAttemptLogs:
    r"""Keeps one bounded file per attempt, readable while it is written.

    Of output beyond `limit_bytes` the first half and the end are kept; a line between them tells how much is missing.
    A line that a progress bar overwrites with carriage returns is overwritten in the file too, as a terminal would.
    One process writes an attempt's log, any may read it; so it can be pickled into another one.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> logs = FileAttemptLogs(mkdtemp())
    >>> logs.append(run_id="run_1", task_name="extract", attempt=1, data="10 %\r100 %\n안녕\n".encode())
    >>> logs.read(run_id="run_1", task_name="extract", attempt=1)
    '100 %\n안녕\n'
    """

    def __init__(self, base_path: Path | str, limit_bytes: int = 10 * 2**20) -> None:
        self._layout = Layout(str(Path(base_path).absolute()))
        self._limit = max(limit_bytes, 4 * _GAP_BYTES)
        self._open: dict[str, _OpenLog] = {}
        self._lock = threading.Lock()

    def __reduce__(self) -> tuple[Any, ...]:
        return FileAttemptLogs, (self._layout.base, self._limit)

    def append(self, run_id: str, task_name: str, attempt: int, data: bytes) -> None:
        """Add raw output; past the size limit the middle is dropped and the gap is noted."""
        if not data:
            return
        with self._lock, self._opened(run_id, task_name, attempt) as (file, log):
            for begin in range(0, len(data), self._step):
                self._append(file, log, data[begin : begin + self._step])

    def read(self, run_id: str, task_name: str, attempt: int) -> str:
        """Return the log as text, invalid UTF-8 replaced; empty where nothing was printed."""
        if not self._layout.holds(run_id, task_name):
            return ""
        path = f"{self._layout.task_folder(run_id, task_name)}{os.sep}{_file_name(attempt)}"
        try:
            fd = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ELOOP):
                return ""
            raise
        with open(fd, "rb") as file:  # noqa: PTH123
            return file.read().decode("utf-8", "replace")

    def close(self, run_id: str, task_name: str, attempt: int) -> None:
        """Say that no more output of this attempt comes; safe to call for one that printed nothing."""
        path = f"{self._layout.task_folder(run_id, task_name)}{os.sep}{_file_name(attempt)}"
        with self._lock:
            self._open.pop(path, None)

    @contextlib.contextmanager
    def _opened(self, run_id: str, task: str, attempt: int) -> Iterator[tuple[BinaryIO, _OpenLog]]:
        folder = self._layout.make_task_folder(run_id, task)
        path = f"{folder}{os.sep}{_file_name(attempt)}"
        try:
            fd = os.open(path, _WRITE, 0o666)
        except FileNotFoundError:  # the run was cleared since its folder was made
            self._layout.forget(folder)
            self._open.pop(path, None)
            self._layout.make_task_folder(run_id, task)
            fd = os.open(path, _WRITE, 0o666)
        with open(fd, "r+b") as file:  # noqa: PTH123
            if path not in self._open:
                self._open[path] = self._resume(file)
            yield file, self._open[path]

    def _resume(self, file: BinaryIO) -> _OpenLog:
        file.seek(self._head)
        gap = _GAP_PATTERN.match(file.read(_GAP_BYTES))
        return _OpenLog(size=file.seek(0, os.SEEK_END), dropped=int(gap[1]) if gap else 0)

    @property
    def _head(self) -> int:
        return self._limit // 2

    @property
    def _step(self) -> int:
        return self._limit // 4  # what is kept of the end when the middle is dropped, and the least between two drops

    def _append(self, file: BinaryIO, log: _OpenLog, data: bytes) -> None:
        text = _as_shown(log.line + data)
        log.size = _write_end(file, log.size - len(log.line), text)
        line = text[text.rfind(b"\n") + 1 :]
        log.line = line if len(line) <= _LONGEST_LINE_BYTES else b""
        if log.size > self._limit:
            self._drop_middle(file, log)

    def _drop_middle(self, file: BinaryIO, log: _OpenLog) -> None:
        """Leave the head, the gap's note and the end."""
        begin = self._head + (_GAP_BYTES if log.dropped else 0)
        file.seek(log.size - self._step)
        tail = file.read(self._step)
        log.dropped += log.size - len(tail) - begin
        log.size = _write_end(file, self._head, _GAP % log.dropped + tail)
        if len(log.line) > len(tail):  # the line's begin is gone, and can no longer be overwritten
            log.line = b""


def _as_shown(text: bytes) -> bytes:
    """Return each line as a terminal shows it in the end: what stands after its last carriage return.

    Those that end a line stay, for what comes next may be the line's end or overwrite it. One pass over the text: a
    task may print one line of any length.
    """
    if b"\r" not in text:
        return text
    return b"\n".join(map(_last_writing, text.split(b"\n")))


def _last_writing(line: bytes) -> bytes:
    written = line.rstrip(b"\r")
    return line[written.rfind(b"\r") + 1 :]


def _write_end(file: BinaryIO, start: int, text: bytes) -> int:
    """Make `text` all that the file holds from `start` on; return the file's size."""
    file.seek(start)
    file.write(text)
    return file.truncate()


def _file_name(attempt: int) -> str:
    return f"attempt_{attempt}.log"
