"""A file that appears whole or not at all."""

from __future__ import annotations

import contextlib
import itertools
import os
from typing import TYPE_CHECKING, Literal, Self

from dpnb.results.crash_points import reach
from dpnb.results.own_pid import own_pid

if TYPE_CHECKING:
    from types import TracebackType

Durability = Literal["process", "power"]
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_FLAGS |= getattr(os, "O_BINARY", 0)
_numbers = itertools.count()


class AtomicFile:
    """A temporary file beside its target; `commit` renames it, leaving the ``with`` block without that deletes it.

    The name may be deleted or replaced by others at any time; readers see the old file or the new one. After `commit`
    the file survives the death of any process; with ``durability="power"`` also that of the machine.
    """

    __slots__ = ("_committed", "_durability", "_temporary", "fd", "folder")

    def __init__(self, folder: str, durability: Durability = "process") -> None:
        self.folder = folder
        self._durability = durability
        self._committed = False
        self.fd, self._temporary = _create(folder)
        reach("save.begin")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        os.close(self.fd)
        if not self._committed:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._temporary)  # noqa: PTH108

    def commit(self, path: str, *, modified_ns: int | None) -> None:
        """Set the modification time, if one is given, and give the file its name."""
        reach("save.written")
        if modified_ns is not None:
            os.utime(self.fd if _UTIME_TAKES_FD else self._temporary, ns=(modified_ns, modified_ns))
        if self._durability == "power":
            os.fsync(self.fd)
        os.replace(self._temporary, path)  # noqa: PTH105
        self._committed = True
        reach("save.renamed")
        if self._durability == "power":
            sync_folder(self.folder)


_UTIME_TAKES_FD = os.utime in os.supports_fd


def temporary_path(folder: str) -> str:
    """Return a name for what is being written: it tells whose it is, so that those of dead processes can be removed."""
    return f"{folder}{os.sep}.{own_pid():x}-{next(_numbers):x}.tmp"


def _create(folder: str) -> tuple[int, str]:
    while True:
        path = temporary_path(folder)
        try:
            return os.open(path, _FLAGS, 0o666), path
        except FileExistsError:  # left by a process of the same id
            continue


def sync_folder(folder: str) -> None:
    """Make the names in a folder survive a power failure; does nothing where folders cannot be opened."""
    if os.name != "posix":
        return
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
