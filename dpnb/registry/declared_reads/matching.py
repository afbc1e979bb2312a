"""Which files a pattern finds, as paths from a folder.

Files and folders whose names begin with a dot are found only where the pattern names them, as in every shell. So
``reads="."`` leaves out ``.dpnb``, which each run changes.
"""

from __future__ import annotations

import glob
import os
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def paths_of(pattern: str, folder: str) -> set[str]:
    """Return the paths of the files that a pattern finds, those in the folders that it finds included.

    A path is what ``open`` takes, relative to `folder` where the file lies in it. Broken links, and folders that
    cannot be listed, are among them.
    """
    paths: set[str] = set()
    seen: set[tuple[int, int]] = set()
    for path in sorted(_matches(os.path.expanduser(pattern), folder)):  # noqa: PTH111 - a pattern is no path
        full = os.path.join(folder, path)  # noqa: PTH118 - as above
        if os.path.isdir(full):  # noqa: PTH112
            paths.update(_relative(found, folder) for found in _files_below(full, seen))
        else:
            paths.add(_relative(full, folder))
    return paths


def _matches(pattern: str, folder: str) -> Iterator[str]:
    # A name typed in one normal form may lie on the disk in the other, as names from a Mac do.
    for form in {pattern, unicodedata.normalize("NFC", pattern), unicodedata.normalize("NFD", pattern)}:
        try:
            if os.path.lexists(os.path.join(folder, form)):  # noqa: PTH118 - brackets may be part of a name
                yield form
            if glob.has_magic(form):
                yield from glob.iglob(form, root_dir=folder, recursive=True)  # noqa: PTH207 - pathlib hides no dots
        except (OSError, ValueError, RecursionError):  # a path that no file can have
            continue


def _files_below(folder: str, seen: set[tuple[int, int]]) -> Iterator[str]:
    """Yield the files in a folder and its folders, each folder once: links may lead in circles."""
    waiting = [folder.rstrip(os.sep) or os.sep]
    for current in waiting:  # grows meanwhile
        try:
            state = os.stat(current)  # noqa: PTH116
            if (state.st_dev, state.st_ino) in seen:
                continue
            seen.add((state.st_dev, state.st_ino))
            with os.scandir(current) as entries:
                visible = sorted((entry for entry in entries if entry.name[:1] != "."), key=lambda entry: entry.name)
        except OSError:
            yield current
            continue
        for entry in visible:
            if _is_folder(entry):
                waiting.append(entry.path)
            else:
                yield entry.path


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def _relative(path: str, folder: str) -> str:
    root = folder.rstrip(os.sep) + os.sep
    return path.replace(f"{os.sep}.{os.sep}", os.sep).removeprefix(root)
