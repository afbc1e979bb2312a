"""One file under two names: what a run takes over from another costs no space, and outlives it."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dpnb.results.atomic_file import AtomicFile, sync_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dpnb.results.atomic_file import Durability


def link_file(path: str, target: str, *, modified_ns: int, durability: Durability) -> None:
    """Give a file another name, in place of what may be there; copy it where it can have no other.

    A file system may know no links, or no more of them, or have the target on another disk.

    Parameters
    ----------
    modified_ns
        The modification time that a copy is given.
    """
    try:
        _link(path, target)
    except FileNotFoundError:
        raise
    except OSError:
        with AtomicFile(os.path.dirname(target), durability) as file:  # noqa: PTH120
            _copy(path, file.fd)
            file.commit(target, modified_ns=modified_ns)
    else:
        if durability == "power":
            sync_folder(os.path.dirname(target))  # noqa: PTH120


def link_companions(path: str, target: str, suffixes: Sequence[str]) -> None:
    """Give what lies beside a file under its name, with other suffixes, a name beside `target` too.

    Where the first is missing the others are too. What cannot be linked or copied is not missed: it only illustrates
    the file.
    """
    stem, target_stem = os.path.splitext(path)[0], os.path.splitext(target)[0]  # noqa: PTH122
    for suffix in suffixes:
        try:
            link_file(stem + suffix, target_stem + suffix, modified_ns=time.time_ns(), durability="process")
        except FileNotFoundError:
            return
        except OSError:
            continue


def _link(path: str, target: str) -> None:
    try:
        os.link(path, target, follow_symlinks=False)
    except FileExistsError:  # renaming one name of a file to another of its names would do nothing
        os.unlink(target)  # noqa: PTH108
        os.link(path, target, follow_symlinks=False)


def _copy(path: str, fd: int) -> None:
    with open(path, "rb") as source, open(fd, "wb", closefd=False) as copy:  # noqa: PTH123
        shutil.copyfileobj(source, copy, 2**20)


def told_from(path: str, value: Any) -> Any:
    """Return a value that tells where its companions lie as one that tells of those beside the file at `path`.

    Its file may be one that another run has taken over, and outlive the one that it was made for.
    """
    beside = vars(type(value)).get("_lying_beside")
    return value if beside is None else beside(value, Path(path))
