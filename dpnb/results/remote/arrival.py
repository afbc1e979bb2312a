"""Brings objects to this machine as files that are whole and sealed, like those that were written here."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from xxhash import xxh3_128

from dpnb.errors import CorruptResultError, require_digest
from dpnb.results.atomic_file import temporary_path
from dpnb.results.layout import FACTS_SUFFIX, RESULT_SUFFIX
from dpnb.results.mapped_pickle import read_footer, verify_pickle
from dpnb.results.mapped_pickle.footer import decode_facts_file

if TYPE_CHECKING:
    from dpnb.results.mapped_pickle import Footer
    from dpnb.results.remote.objects import Objects
    from dpnb.results.remote.tails import Tail

_PIECE_BYTES = 1 << 20
_TRIES = 3  # a line may break without anybody saying so, and an object may be replaced while it comes


class Kept(NamedTuple):
    """A file of this machine, by its key, and what is known of it."""

    key: str
    footer: Footer
    size: int


class Arrival:
    """Downloads results of one place."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    @staticmethod
    def kept(folder: Path, key: str, facts: str) -> Kept | None:
        """Return what this machine has of a result, a pickle or not; None where there is none that can be used."""
        with contextlib.suppress(OSError, CorruptResultError), (folder / key).open("rb") as file:
            found = read_footer(file.fileno(), path=key)
            return Kept(key, found, os.fstat(file.fileno()).st_size)
        with contextlib.suppress(OSError, CorruptResultError):
            found = decode_facts_file((folder / facts).read_bytes(), path=facts)
            own = key.removesuffix(RESULT_SUFFIX) + found.suffix
            if (folder / own).stat().st_size == found.size:
                return Kept(own, found, found.size)
        return None

    def bring(self, tail: Tail, folder: Path) -> None:
        """Download the object of a tail below `folder`, where it appears when every byte has been verified.

        Raises
        ------
        CorruptResultError
            What came is not what was saved, nor did it come right when it was asked for again.
        """
        file = folder / tail.key
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
            if tail.footer.form is not None:
                temporary.write_bytes(tail.data)
                segment = file.name.removesuffix(tail.footer.suffix)
                temporary.replace(file.with_name(f".{segment}{FACTS_SUFFIX}"))
        finally:
            with contextlib.suppress(FileNotFoundError):
                temporary.unlink()

    def _download(self, tail: Tail, file: Path) -> None:
        if tail.is_whole:
            file.write_bytes(tail.data)
        else:
            self._objects.download(tail.key, str(file))


def _check(tail: Tail, file: Path) -> None:
    with file.open("rb") as opened:
        is_pickle = tail.footer.form is None
        found = verify_pickle(opened.fileno(), path=tail.key).digest if is_pickle else _digest(opened)
    require_digest(tail.key, expected=tail.footer.digest, found=found)


def _digest(file: BinaryIO) -> str:
    digest = xxh3_128()
    while piece := file.read(_PIECE_BYTES):
        digest.update(piece)
    return digest.hexdigest()
