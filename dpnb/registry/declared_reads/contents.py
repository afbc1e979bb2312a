"""What a file holds, as a digest; files that nothing has written to are not read again.

Size and times tell that a file is as it was, except for one that is written within the same tick of the clock as it is
read. So they count only for files that had been left alone for some time when they were read
(https://git-scm.com/docs/racy-git).
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import xxhash

from dpnb.registry.declared_reads.record import FileState

if TYPE_CHECKING:
    from collections.abc import Callable
    from io import FileIO

type _Key = tuple[int, int, int, int, int]  # device, inode, size, times of change: of contents, of anything

_SETTLED_NS = 2_000_000_000  # the coarsest clock of a file system in use, FAT's
_MOST_READINGS = 3  # of a file that changes while it is read
_MOST_KNOWN = 200_000  # files


class FileDigests:
    """Digests of files, remembered for as long as the process lives.

    Parameters
    ----------
    clock_ns
        Returns the time since the epoch in nanoseconds.
    """

    def __init__(self, clock_ns: Callable[[], int] = time.time_ns) -> None:
        self._clock_ns = clock_ns
        self._known: dict[_Key, str] = {}

    def state(self, path: str, shown: str, earlier: FileState | None = None) -> FileState:
        """Return what the file at `path` holds, under the path `shown`; never raises.

        `earlier` is the same file when it was looked at before, maybe by another process.
        """
        try:
            found = os.stat(path)  # noqa: PTH116 - a path from a glob
            if not stat.S_ISREG(found.st_mode):
                problem = "a folder that cannot be listed" if stat.S_ISDIR(found.st_mode) else "not a regular file"
                return FileState(path=shown, problem=problem)
            now = _without_digest(shown, found)
            if earlier is not None and earlier.is_settled and earlier.digest and earlier.has_times_of(now):
                return replace(now, digest=earlier.digest, is_settled=True)
            known = self._known.get(_key(found))
            return self._read(path, shown) if known is None else replace(now, digest=known, is_settled=True)
        except (OSError, ValueError) as error:
            return FileState(path=shown, problem=_problem(path, error))

    def _read(self, path: str, shown: str) -> FileState:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123
            for _ in range(_MOST_READINGS - 1):
                read = self._read_once(file, shown)
                if read.has_times_of(_without_digest(shown, os.fstat(file.fileno()))):
                    return read
            return replace(self._read_once(file, shown), is_settled=False)

    def _read_once(self, file: FileIO, shown: str) -> FileState:
        begun_ns = self._clock_ns()
        found = os.fstat(file.fileno())
        digest = _digest(file)
        is_settled = max(found.st_mtime_ns, found.st_ctime_ns) + _SETTLED_NS < begun_ns
        if is_settled and _key(os.fstat(file.fileno())) == _key(found):
            self._remember(_key(found), digest)
        return replace(_without_digest(shown, found), digest=digest, is_settled=is_settled)

    def _remember(self, key: _Key, digest: str) -> None:
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[key] = digest


def _digest(file: FileIO) -> str:
    file.seek(0)
    return hashlib.file_digest(file, xxhash.xxh3_128).hexdigest()


def _without_digest(shown: str, found: os.stat_result) -> FileState:
    return FileState(path=shown, size_bytes=found.st_size, mtime_ns=found.st_mtime_ns, ctime_ns=found.st_ctime_ns)


def _key(found: os.stat_result) -> _Key:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _problem(path: str, error: Exception) -> str:
    match error:
        case FileNotFoundError():
            return "a link to nothing" if os.path.islink(path) else "gone when it was read"  # noqa: PTH114
        case PermissionError():
            return "not allowed to be read"
        case _:
            return f"not readable ({type(error).__name__})"
