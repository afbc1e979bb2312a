"""Pickles a value into a file, large buffers in place, aligned and noted. The package's docstring draws the format."""

from __future__ import annotations

import os
import pickle
from typing import TYPE_CHECKING, NamedTuple

from xxhash import xxh3_128, xxh3_128_digest, xxh3_128_hexdigest

from dpnb.results.mapped_pickle.footer import MappedBuffer

if TYPE_CHECKING:
    from collections.abc import Buffer
    from concurrent.futures import Future

    from dpnb.results.aside import Aside

ALIGNMENT_BYTES = 64  # a cache line, and the widest vector register
SMALLEST_MAPPED_BYTES = 64 * 1024  # CPython's FRAME_SIZE_TARGET: smaller buffers are copied into frames
_LARGEST_WRITE_BYTES = 1 << 30  # Linux takes at most 0x7ffff000 in one call, macOS fails beyond INT_MAX
_HASHED_ASIDE_BYTES = 1 << 20  # from here on a helper thread pays for itself
_FLUSHED_BYTES = 1 << 20
_LEAST_PADDING_BYTES = 3  # two opcodes and a length
_SHORT_BINBYTES, _POP, _BINBYTES, _BINBYTES8, _BYTEARRAY8 = b"C", b"0", b"B", b"\x8e", b"\x96"


class PickleContents(NamedTuple):
    """What `PickleWriter` has written, footer not included; digests are hexadecimal."""

    size: int
    opcodes_digest: str
    digest: str
    buffers: tuple[MappedBuffer, ...]


class PickleWriter:
    """The file that a pickler writes to; give `announce` to the pickler as its ``buffer_callback``.

    `aside` hashes large payloads while they are being written: both release the GIL. `failed` tells that an exception
    came from writing rather than from the value.
    """

    def __init__(self, fd: int, aside: Aside) -> None:
        self.failed = False
        self._fd = fd
        self._aside = aside
        self._pending: list[bytes] = []
        self._pending_bytes = 0
        self._position = 0
        self._opcodes = xxh3_128()
        self._announced: memoryview | None = None
        self._payload_follows = False
        self._buffers: list[MappedBuffer] = []
        self._digests: list[bytes | Future[bytes]] = []

    def announce(self, buffer: pickle.PickleBuffer) -> bool:
        """Note that a buffer comes next, and keep it in the stream."""
        view = buffer.raw()
        if view.nbytes >= SMALLEST_MAPPED_BYTES:
            self._announced = view
        return True

    def write(self, data: bytes | bytearray | pickle.PickleBuffer) -> int:
        """Take what the pickler writes."""
        if self._announced is not None:
            return self._take_header(bytes(data), self._announced)
        if self._payload_follows:
            return self._take_payload(data)
        if not isinstance(data, bytes) or len(data) >= _FLUSHED_BYTES:
            return self._take_large(data)
        self._queue(data)
        return len(data)

    def contents(self) -> PickleContents:
        """Return what was written; call it when the pickler is done."""
        self._hash_pending()
        opcodes = self._opcodes.digest()
        digest = opcodes
        if self._digests:
            parts = [part if isinstance(part, bytes) else part.result() for part in self._digests]
            digest = xxh3_128_digest(opcodes + b"".join(parts))
        return PickleContents(
            size=self._position + self._pending_bytes,
            opcodes_digest=opcodes.hex(),
            digest=digest.hex(),
            buffers=tuple(self._buffers),
        )

    def finish(self, footer: bytes) -> int:
        """Write what is still pending and the footer, in one call; return the file's size. Follows `contents`."""
        self._pending.append(footer)
        self._pending_bytes += len(footer)
        self._write_pending()
        return self._position

    def _take_header(self, data: bytes, payload: memoryview) -> int:
        self._announced = None
        header = _header(payload.nbytes, readonly=payload.readonly)
        if data.endswith(header):  # else a pickler that lays buffers out otherwise: the file is right, only not mapped
            self._payload_follows = True
            cut = self._position + self._pending_bytes + len(data) - len(header)
            padding = _padding(cut + len(header))
            offset = cut + len(padding) + len(header)
            self._buffers.append(MappedBuffer(cut=cut, offset=offset, size=payload.nbytes, readonly=payload.readonly))
            self._queue(data[: -len(header)] + padding + header)
        else:
            self._queue(data)
        return len(data)

    def _take_payload(self, data: Buffer) -> int:
        self._payload_follows = False
        view = memoryview(data) if not isinstance(data, pickle.PickleBuffer) else data.raw()
        large = view.nbytes >= _HASHED_ASIDE_BYTES
        self._digests.append(self._aside.submit(xxh3_128_digest, view) if large else xxh3_128_digest(view))
        self._flush()
        self._write(view)
        return view.nbytes

    def _take_large(self, data: Buffer) -> int:
        view = memoryview(data)
        self._flush()
        self._opcodes.update(view)
        self._write(view)
        return view.nbytes

    def _queue(self, data: bytes) -> None:
        self._pending.append(data)
        self._pending_bytes += len(data)
        if self._pending_bytes >= _FLUSHED_BYTES:
            self._flush()

    def _flush(self) -> None:
        self._hash_pending()
        self._write_pending()

    def _hash_pending(self) -> None:
        for data in self._pending:
            self._opcodes.update(data)

    def _write_pending(self) -> None:
        if self._pending:
            data = self._pending[0] if len(self._pending) == 1 else b"".join(self._pending)
            self._pending.clear()
            self._pending_bytes = 0
            self._write(memoryview(data))

    def _write(self, view: memoryview) -> None:
        try:
            write_whole(self._fd, view)
        except OSError:
            self.failed = True
            raise
        self._position += view.nbytes


def contents_of(pickled: bytes) -> PickleContents:
    """Return what a pickle without large buffers is to the footer."""
    digest = xxh3_128_hexdigest(pickled)
    return PickleContents(size=len(pickled), opcodes_digest=digest, digest=digest, buffers=())


def write_whole(fd: int, view: memoryview) -> None:
    """Write all bytes, in as many calls as the system wants."""
    done = os.write(fd, view[:_LARGEST_WRITE_BYTES])
    while done < view.nbytes:
        done += os.write(fd, view[done : done + _LARGEST_WRITE_BYTES])


def _header(size: int, *, readonly: bool) -> bytes:
    if not readonly:
        return _BYTEARRAY8 + size.to_bytes(8, "little")
    if size < 1 << 32:
        return _BINBYTES + size.to_bytes(4, "little")
    return _BINBYTES8 + size.to_bytes(8, "little")


def _padding(position: int) -> bytes:
    missing = -position % ALIGNMENT_BYTES
    if missing == 0:
        return b""
    if missing < _LEAST_PADDING_BYTES:
        missing += ALIGNMENT_BYTES
    zeros = missing - _LEAST_PADDING_BYTES
    return _SHORT_BINBYTES + bytes([zeros]) + bytes(zeros) + _POP
