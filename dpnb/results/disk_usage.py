"""What runs take on the disk, where one file may lie in several of them.

A reused result is a hard link: one file under names in two runs. What a run takes is told file by file, each once
however many names it has there; a file that lies in several runs counts as added by the oldest, and deleting a run
frees only what has no name anywhere else. Sizes are those of the blocks that a file occupies, as ``du`` counts them,
where the system tells; folders count too.
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

type FileId = tuple[int | str, int]  # device and inode, or the key of an object that is no file

_BLOCK_BYTES = 512  # the unit of st_blocks, whatever the file system's own may be (POSIX.1, sys/stat.h)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFile:
    """A file as it was found in a run."""

    size_bytes: int  # what it holds
    disk_bytes: int  # what it occupies
    links: int  # names that it has, wherever they are


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFiles:
    """What lies in a run's folder: files, how many names each of them has there, and what the folders occupy."""

    run_id: str
    files: Mapping[FileId, FoundFile] = field(default_factory=dict)
    names: Mapping[FileId, int] = field(default_factory=dict)
    folder_bytes: int = 0

    @property
    def disk_bytes(self) -> int:
        """What the run would take if it were alone."""
        return self.folder_bytes + sum(file.disk_bytes for file in self.files.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskUse:
    """What a run takes on the disk; `added_bytes` add up over all runs."""

    run_id: str
    files: int
    size_bytes: int
    disk_bytes: int  # freed and shared
    added_bytes: int  # of files that no older run has
    freed_bytes: int  # by its deletion

    @property
    def shared_bytes(self) -> int:
        """What its deletion would not free, since it lies in other runs too."""
        return self.disk_bytes - self.freed_bytes


def files_of(run_id: str, folder: str) -> RunFiles:
    """Look through a run's folder; links are not followed, and what vanishes meanwhile does not count."""
    files: dict[FileId, FoundFile] = {}
    names: Counter[FileId] = Counter()
    folder_bytes = 0
    for path in _below(folder):
        try:
            found = os.lstat(path)
        except FileNotFoundError:
            continue
        if stat.S_ISDIR(found.st_mode):
            folder_bytes += _occupied(found)
        else:
            file = found.st_dev, found.st_ino
            files[file] = FoundFile(size_bytes=found.st_size, disk_bytes=_occupied(found), links=found.st_nlink)
            names[file] += 1
    return RunFiles(run_id=run_id, files=files, names=names, folder_bytes=folder_bytes)


def disk_uses(runs: Iterable[RunFiles]) -> list[DiskUse]:
    """Tell what each run takes; the oldest comes first."""
    seen: set[FileId] = set()
    uses = []
    for run in runs:
        new = [file for identity, file in run.files.items() if identity not in seen]
        seen.update(run.files)
        uses.append(
            DiskUse(
                run_id=run.run_id,
                files=len(run.files),
                size_bytes=sum(file.size_bytes for file in run.files.values()),
                disk_bytes=run.disk_bytes,
                added_bytes=run.folder_bytes + sum(file.disk_bytes for file in new),
                freed_bytes=freed_bytes([run])[0],
            )
        )
    return uses


def freed_bytes(doomed: Iterable[RunFiles]) -> list[int]:
    """Tell what becomes free with each run as they are deleted one after the other."""
    gone: Counter[FileId] = Counter()
    freed = []
    for run in doomed:
        gone.update(run.names)
        last = [file for identity, file in run.files.items() if gone[identity] >= file.links]
        freed.append(run.folder_bytes + sum(file.disk_bytes for file in last))
    return freed


def _below(folder: str) -> Iterator[str]:
    """Yield the paths of a folder, if it is one, and of all that lies in it."""
    if not os.path.isdir(folder) or os.path.islink(folder):  # noqa: PTH112, PTH114
        return
    waiting = [folder]
    while waiting:
        yield (here := waiting.pop())
        try:
            with os.scandir(here) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    else:
                        yield entry.path
        except FileNotFoundError:
            continue


def _occupied(found: os.stat_result) -> int:
    blocks: int | None = getattr(found, "st_blocks", None)
    return found.st_size if blocks is None else blocks * _BLOCK_BYTES
