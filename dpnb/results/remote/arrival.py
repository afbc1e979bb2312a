"""Brings objects to this machine as files that are whole and sealed, like those that were written here."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dpnb.errors import CorruptResultError, require_digest
from dpnb.results.atomic_file import temporary_path
from dpnb.results.mapped_pickle import read_footer, verify_pickle

if TYPE_CHECKING:
    from dpnb.results.mapped_pickle import Footer
    from dpnb.results.remote.objects import Objects
    from dpnb.results.remote.tails import Tail

_TRIES = 3  # a line may break without anybody saying so, and an object may be replaced while it comes


class Kept(NamedTuple):
    """A file of this machine."""

    footer: Footer
    size: int


class Arrival:
    """Downloads results of one place."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    @staticmethod
    def kept(file: Path) -> Kept | None:
        """Return what a file of this machine says of itself; None where there is none that can be used."""
        try:
            fd = os.open(file, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        except OSError:
            return None
        try:
            return Kept(read_footer(fd, path=str(file)), os.fstat(fd).st_size)
        except CorruptResultError:
            return None
        finally:
            os.close(fd)

    def bring(self, tail: Tail, file: Path) -> None:
        """Download the object of a tail into `file`, where it appears when every byte has been verified.

        Raises
        ------
        CorruptResultError
            What came is not what was saved, nor did it come right when it was asked for again.
        """
        file.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(temporary_path(str(file.parent)))
        try:
            for attempt in range(_TRIES):
                self._download(tail, temporary)
                try:
                    _check(tail, temporary)
                    break
                except CorruptResultError:
                    if attempt == _TRIES - 1 or tail.is_whole:
                        raise
            os.utime(temporary, ns=(tail.footer.sealed_ns, tail.footer.sealed_ns))
            temporary.replace(file)
        finally:
            with contextlib.suppress(FileNotFoundError):
                temporary.unlink()

    def _download(self, tail: Tail, file: Path) -> None:
        if tail.is_whole:
            file.write_bytes(tail.data)
        else:
            self._objects.download(tail.key, str(file))


def _check(tail: Tail, file: Path) -> None:
    fd = os.open(file, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        found = verify_pickle(fd, path=tail.key)
    finally:
        os.close(fd)
    require_digest(tail.key, expected=tail.footer.digest, found=found.digest)
