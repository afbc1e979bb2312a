"""Memory for the large buffers of a result that has not come yet: parts come when somebody is about to look at them.

The memory begins as zeros. Whoever reads an array in it says so first (`touch`), and blocks that are missing are asked
for, several that follow each other at once. Each time it is looked whether the object is still the one that was opened.
"""

from __future__ import annotations

import mmap
import threading
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dpnb.errors import CorruptResultError
from dpnb.results.mapped_pickle.footer import TRAILER_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dpnb.results.mapped_pickle.footer import MappedBuffer
    from dpnb.results.remote.objects import Objects
    from dpnb.results.remote.tails import Tail

BLOCK_BYTES = 256 * 1024
"""What is asked for at least: as much as comes in the time that asking takes."""
_MOST_AT_ONCE = 32 * 1024 * 1024


@dataclass(slots=True)
class _Piece:
    """The memory of one buffer, and which blocks of it have come."""

    buffer: MappedBuffer
    memory: mmap.mmap
    address: int
    has: bytearray = field(init=False)

    def __post_init__(self) -> None:
        self.has = bytearray(-(-self.buffer.size // BLOCK_BYTES))


class RemoteMemory:
    """The buffers of one stored result.

    Parameters
    ----------
    objects, tail
        Where the result lies, and its end.
    """

    def __init__(self, objects: Objects, tail: Tail) -> None:
        self._objects = objects
        self._tail = tail
        self._pieces = sorted((_new_piece(one) for one in tail.footer.buffers), key=lambda piece: piece.address)
        self._addresses = [piece.address for piece in self._pieces]
        self._lock = threading.Lock()
        self.fetched_bytes = 0

    def views(self) -> list[memoryview]:
        """Return the buffers in their order, for ``pickle.loads``."""
        in_order = sorted(self._pieces, key=lambda piece: piece.buffer.offset)
        return [memoryview(piece.memory)[: piece.buffer.size] for piece in in_order]

    def fetch_small(self) -> None:
        """Bring the buffers of a single block: what reads an index or categories does so at once."""
        for piece in self._pieces:
            if piece.buffer.size <= BLOCK_BYTES:
                self.need(piece.address, piece.buffer.size)

    def need(self, address: int, size: int) -> None:
        """See to it that some bytes of this process's memory are there, if they are of these buffers.

        Raises
        ------
        CorruptResultError
            The object is not any more what it was.
        """
        place = bisect_right(self._addresses, address) - 1
        if size <= 0 or place < 0:
            return
        piece = self._pieces[place]
        start, end = address - piece.address, min(address - piece.address + size, piece.buffer.size)
        if start >= piece.buffer.size:
            return
        with self._lock:
            runs = list(_missing(piece, start // BLOCK_BYTES, -(-end // BLOCK_BYTES)))
            for first, last in runs:
                self._fetch(piece, first, last)
            if runs:
                self._require_unchanged()

    def _fetch(self, piece: _Piece, first: int, last: int) -> None:
        start, end = first * BLOCK_BYTES, min(last * BLOCK_BYTES, piece.buffer.size)
        data = self._objects.read(self._tail.key, piece.buffer.offset + start, piece.buffer.offset + end)
        if len(data) != end - start:
            raise CorruptResultError(
                self._tail.key, what="a part of it", expected=f"{end - start:,} bytes", found=f"{len(data):,} bytes"
            )
        piece.memory[start:end] = data
        piece.has[first:last] = b"\1" * (last - first)
        self.fetched_bytes += len(data)

    def _require_unchanged(self) -> None:
        size = self._tail.size
        found = self._objects.read(self._tail.key, size - TRAILER_BYTES, size)
        if found != self._tail.data[-TRAILER_BYTES:]:
            for piece in self._pieces:
                piece.has = bytearray(len(piece.has))
            raise CorruptResultError(self._tail.key, what="its end", expected="what it was", found="something else")


def _new_piece(buffer: MappedBuffer) -> _Piece:
    import numpy as np

    memory = mmap.mmap(-1, buffer.size)
    address: int = np.frombuffer(memory, dtype="u1").__array_interface__["data"][0]
    return _Piece(buffer=buffer, memory=memory, address=address)


def _missing(piece: _Piece, first: int, last: int) -> Iterator[tuple[int, int]]:
    """Yield the runs of blocks that have not come, none of them too long."""
    most = _MOST_AT_ONCE // BLOCK_BYTES
    begin: int | None = None
    for block in range(first, last + 1):
        is_missing = block < last and not piece.has[block]
        if begin is not None and (not is_missing or block - begin == most):
            yield begin, block
            begin = None
        if is_missing and begin is None:
            begin = block
