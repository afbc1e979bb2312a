"""Files of a remote store on this machine: what was written or read here is read again from here."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from dpnb.results.adapters.filesystem import FilesystemIOManager
from dpnb.results.atomic_file import temporary_path
from dpnb.results.layout import Layout
from dpnb.results.leftovers import remove_leftovers
from dpnb.results.segments import encode_segment

if TYPE_CHECKING:
    from collections.abc import Iterator

_FULL = 0.9  # how much of its limit is left in use when room was made
_LOOKED_AFTER = 0.05  # of the limit, so much is added before all files are counted again


class Mirror:
    """A bounded folder of files under the keys that they have in the store; those read longest ago go first.

    Processes of this user share it: files appear by renaming, and one that is deleted stays for whoever has it open. A
    file's access time is set whenever it is used, since systems do not all keep it.

    Parameters
    ----------
    folder
        Where it lies; made with its first file.
    limit_bytes
        How much it keeps. A larger result is there while it is used.
    """

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        self.folder = folder
        self.limit_bytes = limit_bytes
        self.files = FilesystemIOManager(folder, trust=True)
        self._layout = Layout(str(folder))
        self._added = limit_bytes  # so that the first file has all counted

    @contextlib.contextmanager
    def draft(self) -> Iterator[FilesystemIOManager]:
        """Give a store of the file system for one result, which goes with the block what is not moved out of it."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        place = Path(temporary_path(str(self.folder)))
        try:
            yield FilesystemIOManager(place, trust=True)
        finally:
            shutil.rmtree(place, ignore_errors=True)

    def file(self, key: str) -> Path:
        """Return where the file of a key lies, if it is there."""
        return self.folder / key

    def make_folder(self, run_id: str, task: str) -> str:
        """Make a task's folder."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._layout.forget(self._layout.task_folder(run_id, task))  # another process may have cleared it
        return self._layout.make_task_folder(run_id, task)

    def take(self, file: Path, run_id: str, task: str) -> None:
        """Move a finished file in, with the time that seals it."""
        target = Path(self.make_folder(run_id, task)) / file.name
        file.replace(target)
        self.added(target)
        self.used(target)

    def added(self, file: Path) -> None:
        """Take note of a new file."""
        with contextlib.suppress(OSError):
            self._added += file.stat().st_size

    def note(self, run_id: str, task: str, result_id: str) -> None:
        """Keep a result's true name, which its file's does not tell."""
        self._layout.note_result_name(self.make_folder(run_id, task), result_id)

    def used(self, file: Path) -> None:
        """Say that a file was of use now."""
        with contextlib.suppress(OSError):
            status = file.stat()
            os.utime(file, ns=(_now_ns(), status.st_mtime_ns))

    def link(self, key: str, target: str) -> None:
        """Let a file stand under another key too, if it is there: a copy of the same bytes was made in the store."""
        source, copy = self.file(key), self.file(target)
        with contextlib.suppress(OSError):
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.unlink(missing_ok=True)
            os.link(source, copy)

    def drop(self, key: str) -> None:
        """Forget the file of a key."""
        with contextlib.suppress(OSError):
            self.file(key).unlink()

    def clear(self, run_id: str) -> None:
        """Forget the files of a run."""
        shutil.rmtree(self.folder / encode_segment(run_id), ignore_errors=True)

    def tidy(self) -> None:
        """Remove what processes of this machine that died had written for the store, but not sent."""
        remove_leftovers(str(self.folder), depth=0)

    def make_room(self, *, spared: Path | None = None) -> None:
        """Delete what was used longest ago, where there is more than may be kept, and what dead processes left."""
        if self._added < self.limit_bytes * _LOOKED_AFTER:
            return
        self._added = 0
        remove_leftovers(str(self.folder), depth=2)
        found = sorted(_files(self.folder))
        size = sum(one.size_bytes for one in found)
        for one in found if size > self.limit_bytes else ():
            if size <= self.limit_bytes * _FULL:
                break
            if one.path != spared:
                with contextlib.suppress(OSError):
                    one.path.unlink()
                    size -= one.size_bytes


class _Found(tuple[int, int, Path]):
    """A file: when it was used, its size, its path; sorted by that."""

    __slots__ = ()

    @property
    def size_bytes(self) -> int:
        return self[1]

    @property
    def path(self) -> Path:
        return self[2]


def _files(folder: Path) -> Iterator[_Found]:
    """Yield the results' files; one under several names takes its room once, with the last of them."""
    for path in folder.glob("*/*/*"):
        with contextlib.suppress(OSError):
            status = path.lstat()
            if path.is_file() and path.name != "store.json":
                yield _Found((status.st_atime_ns, status.st_size // max(1, status.st_nlink), path))


def _now_ns() -> int:
    import time

    return time.time_ns()
