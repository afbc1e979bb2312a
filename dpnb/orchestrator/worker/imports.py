"""Which of the user's files this worker has imported, as they were then.

A file may be edited while a run goes on, before a worker imports it or after. Only the worker knows which of the two it
runs, so it tells with each outcome. Python looks at a file's times just before it reads it; they are noted there.
"""

from __future__ import annotations

import os
from contextlib import suppress
from importlib.machinery import SourceFileLoader
from typing import TYPE_CHECKING, Any

from dpnb.registry.fingerprint.module_files import file_times, is_foreign

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dpnb.orchestrator.executable import ImportedFile

_noted: dict[ImportedFile, None] = {}  # in the order of the imports; a file that is imported anew is there again
_path_stats = SourceFileLoader.path_stats


def watch_imports() -> None:
    """Note from now on what is imported in this process, and in those that are forked from it."""
    setattr(SourceFileLoader, "path_stats", _noting)  # noqa: B010 - to be called in its place is all that it is for


def imported_files() -> tuple[ImportedFile, ...]:
    """Return the user's files that have been imported since then: path, time of the last change, size."""
    return tuple(_noted)


def _noting(loader: SourceFileLoader, path: Any) -> Mapping[str, Any]:
    """Note a file's times before anything else is done with it, so that they are never newer than what is read."""
    with suppress(Exception):  # whatever is the matter with it, Python is about to say
        file = os.fspath(path)
        if not is_foreign(file) and (times := file_times(file)) is not None:
            _noted[(file, *times)] = None
    return _path_stats(loader, path)
