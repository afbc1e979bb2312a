"""Looks for declared files and at what they hold."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from dpnb.registry.declared_reads.contents import FileDigests
from dpnb.registry.declared_reads.matching import paths_of
from dpnb.registry.declared_reads.record import FileState, ReadsState

if TYPE_CHECKING:
    from collections.abc import Iterable

_of_this_process = FileDigests()


def state_of_reads(
    patterns: Iterable[str],
    folder: str | os.PathLike[str] | None = None,
    known: ReadsState | None = None,
    *,
    digests: FileDigests = _of_this_process,
) -> ReadsState:
    """Return what the files hold that a task declares; never raises because of a file.

    Parameters
    ----------
    patterns
        Paths or globs, as in ``@task(reads=…)``. One that finds nothing is part of the state too.
    folder
        Where patterns begin; the working directory by default.
    known
        An earlier state of the same files: those that nothing has written to since are not read again.
    digests
        Remembers what it has read; one for the whole process by default.

    Examples
    --------
    >>> state_of_reads(["no such file.csv"]).files
    {'no such file.csv': ()}
    """
    root = _absolute(folder)
    earlier = {} if known is None else {file.path: file for files in known.files.values() for file in files}
    states: dict[str, FileState] = {}
    found: dict[str, list[FileState]] = {}
    for pattern in patterns:
        paths = paths_of(pattern, root)
        for path in paths - states.keys():
            shown = path.replace(os.sep, "/")
            full = os.path.join(root, path)  # noqa: PTH118 - paths of any form
            states[path] = digests.state(full, shown, earlier.get(shown))
        found[pattern] = [states[path] for path in paths]
    return ReadsState.of(found)


def _absolute(folder: str | os.PathLike[str] | None) -> str:
    try:
        return os.path.abspath(folder or os.curdir)  # noqa: PTH100 - links stay as they are
    except FileNotFoundError:  # the working directory itself is gone
        return os.curdir
