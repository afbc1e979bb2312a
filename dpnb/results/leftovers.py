"""What processes that died while they wrote have left in a store: temporary files and half-deleted folders."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from typing import TYPE_CHECKING

import psutil

from dpnb.results.processes import process_started

if TYPE_CHECKING:
    from collections.abc import Iterator

_TEMPORARY = re.compile(r"\.([0-9a-f]{1,16})-[0-9a-f]+\.tmp", re.ASCII)  # as `atomic_file.temporary_path` makes them
_CLOCK_S = 2.0  # file systems and processes tell the time by clocks that may differ by so much


def remove_leftovers(folder: str, *, depth: int) -> list[str]:
    """Remove what dead processes left in a folder and `depth` levels of folders below it; return its paths.

    What a live process of this machine writes is left alone. Links are not followed.
    """
    removed: list[str] = []
    for entry in _entries(folder):
        if owner := _TEMPORARY.fullmatch(entry.name):
            if not _is_being_written(entry, int(owner[1], 16)):
                _remove(entry)
                removed.append(entry.path)
        elif depth and entry.is_dir(follow_symlinks=False):
            removed += remove_leftovers(entry.path, depth=depth - 1)
    return removed


def _entries(folder: str) -> Iterator[os.DirEntry[str]]:
    with contextlib.suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as entries:
        yield from entries


def _is_being_written(entry: os.DirEntry[str], pid: int) -> bool:
    """Tell whether the process is there, and was when the file was last written: its id may be another's by now."""
    if not process_started(pid):
        return False
    try:
        created_s = float(psutil.Process(pid).create_time())
        return created_s <= entry.stat(follow_symlinks=False).st_mtime + _CLOCK_S
    except (FileNotFoundError, psutil.Error):
        return False


def _remove(entry: os.DirEntry[str]) -> None:
    if entry.is_dir(follow_symlinks=False):
        shutil.rmtree(entry.path, ignore_errors=True)
    else:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(entry.path)  # noqa: PTH108
