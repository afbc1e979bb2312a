"""Copies what an attempt prints into its log, in a process that is not dpnb's and may run several attempts in threads.

Streams, log records and warnings are told apart by the thread that they come from. Where the process runs one attempt
alone, what its other threads print is its too; in the process that started the run it is not, for there it may be
anybody's. What compiled code and child processes write goes where the process's own output goes.
"""

from __future__ import annotations

import io
import logging
import sys
import threading
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    type Write = Callable[[str], object]

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


@contextmanager
def captured(write: Write, *, is_own: bool) -> Iterator[None]:
    """Have what this thread prints while the block runs given to `write`; `is_own` where the process is a worker's."""
    thread = threading.get_ident()
    with _lock:
        _writes[thread] = write
        if len(_writes) == 1:
            _hooks.append(_Hooks(is_own=is_own))
    try:
        yield
    finally:
        with _lock:
            del _writes[thread]
            if not _writes:
                _hooks.pop().remove()


_lock = threading.RLock()
_writes: dict[int, Write] = {}  # by thread
_hooks: list[_Hooks] = []


class _Hooks:
    """What stands in the place of the process's streams while any attempt runs."""

    def __init__(self, *, is_own: bool) -> None:
        self.is_own = is_own
        self._before = sys.stdout, sys.stderr, warnings.showwarning
        self._stdout, self._stderr = _Router(self, sys.stdout), _Router(self, sys.stderr)
        self._handler = logging.StreamHandler(_Router(self, None))
        self._handler.setFormatter(logging.Formatter(_FORMAT))
        root = logging.getLogger()
        self._level = root.level
        root.addHandler(self._handler)
        if is_own and root.level in (logging.WARNING, logging.NOTSET):
            root.setLevel(logging.INFO)
        sys.stdout, sys.stderr = self._stdout, self._stderr
        warnings.showwarning = self._show_warning  # type: ignore[assignment]  # the last two are passed on

    def remove(self) -> None:
        """Put back what was there; what a task has put in its place meanwhile stays."""
        stdout, stderr, show = self._before
        sys.stdout = stdout if sys.stdout is self._stdout else sys.stdout
        sys.stderr = stderr if sys.stderr is self._stderr else sys.stderr
        if warnings.showwarning == self._show_warning:
            warnings.showwarning = show
        root = logging.getLogger()
        root.removeHandler(self._handler)
        root.setLevel(self._level)

    def current(self) -> Write | None:
        """Return where what this thread prints goes; None where it is no attempt's."""
        write = _writes.get(threading.get_ident())
        if write is None and self.is_own and len(_writes) == 1:
            return next(iter(_writes.values()), None)
        return write

    def _show_warning(
        self, message: Warning | str, category: type[Warning], filename: str, lineno: int, *more: Any
    ) -> None:
        write = self.current()
        if write is None:
            self._before[2](message, category, filename, lineno, *more)
        else:
            write(warnings.formatwarning(message, category, filename, lineno))


class _Router(io.TextIOBase):
    """Writes to the log of the attempt whose thread writes, else to the stream that was there before."""

    def __init__(self, hooks: _Hooks, before: Any) -> None:
        self._hooks = hooks
        self._before = before

    def write(self, text: str) -> int:
        write = self._hooks.current()
        if write is not None:
            write(text)
        elif self._before is not None:
            self._before.write(text)
        return len(text)

    def flush(self) -> None:
        if self._before is not None:
            self._before.flush()

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return int(self._before.fileno())

    @property
    def encoding(self) -> str:  # type: ignore[override]  # a plain attribute in typeshed
        return "utf-8"
