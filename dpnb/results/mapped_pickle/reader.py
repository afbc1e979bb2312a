"""Verifies and loads a file that `writer` wrote. The package's docstring draws the format."""

from __future__ import annotations

import mmap
import os
import sys
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from xxhash import xxh3_128, xxh3_128_digest, xxh3_128_hexdigest

from dpnb.errors import CorruptResultError
from dpnb.results.mapped_pickle.footer import TRAILER_BYTES, decode_footer, footer_size, footer_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dpnb.results.mapped_pickle.footer import Footer

_NEXT_BUFFER, _READONLY_BUFFER = b"\x97", b"\x98"
_MAPPED_BYTES = 1 << 20  # below, reading costs less than mapping
_GLANCE_BYTES = 16 * 1024  # holds nearly every footer
_READ_BYTES = 1 << 24
_MOST_MAPS = 256  # where each map holds a descriptor; a process often may have only 1024
_MAPS_HOLD_DESCRIPTORS = sys.version_info < (3, 13) or os.name != "posix"
_maps: WeakSet[mmap.mmap] = WeakSet()


@dataclass(slots=True)
class _Tally:
    bytes: int = 0


_mapped = _Tally()


def mapped_bytes() -> int:
    """Return how much this process has mapped so far: what it may read without the system counting it as read."""
    return _mapped.bytes


_noted: ContextVar[list[mmap.mmap] | None] = ContextVar("dpnb_noted_maps", default=None)


@contextmanager
def noting_maps() -> Iterator[list[mmap.mmap]]:
    """Gather the maps that are made in the block.

    Whoever alone holds what was loaded, and does not change it, may give their memory back to the system: what is read
    again comes from the file.
    """
    found: list[mmap.mmap] = []
    token = _noted.set(found)
    try:
        yield found
    finally:
        _noted.reset(token)


def read_footer(fd: int, *, path: str) -> Footer:
    """Read the footer alone; the pickle is neither read nor verified."""
    file_size = os.fstat(fd).st_size
    _require_trailer(file_size, path)
    tail = _read(fd, max(0, file_size - _GLANCE_BYTES), file_size)
    size = footer_size(tail[-TRAILER_BYTES:], path=path)
    _require_room(size, file_size, path)
    if size > len(tail):
        tail = _read(fd, file_size - size, file_size)
    return decode_footer(tail[-size:], file_size=file_size, path=path)


def load_pickle(fd: int, *, path: str) -> tuple[Footer, memoryview | bytes, list[memoryview]]:
    """Verify the file and return its footer, the opcodes and the payloads, ready for ``pickle.loads``."""
    status = os.fstat(fd)
    footer, data = _open(fd, status.st_size, path)
    segments = list(_segments(footer, data))
    _check_opcodes(footer, segments, path)
    if footer.sealed_ns != status.st_mtime_ns:
        _check_payloads(footer, data, path)
    return footer, _opcodes(footer, segments), [data[b.offset : b.offset + b.size] for b in footer.buffers]


def checked_opcodes(footer: Footer, segments: list[memoryview], *, path: str) -> memoryview | bytes:
    """Return the opcodes for ``pickle.loads(…, buffers=…)`` from what lies between a pickle's payloads, verified."""
    _check_opcodes(footer, segments, path)
    return _opcodes(footer, segments)


def verify_pickle(fd: int, *, path: str) -> Footer:
    """Read the whole file and raise `CorruptResultError` unless every byte is as it was saved."""
    footer, data = _open(fd, os.fstat(fd).st_size, path)
    _check_opcodes(footer, list(_segments(footer, data)), path)
    _check_payloads(footer, data, path)
    return footer


def holds_plain(fd: int, file_size: int, digest: str) -> bool:
    """Tell whether a file is small, whole, and holds the pickle of that digest without large buffers.

    Neither footer nor pickle is made a value of: this is for those who know both.
    """
    if not TRAILER_BYTES <= file_size <= _GLANCE_BYTES:
        return False
    data = os.pread(fd, file_size, 0)
    try:
        size = footer_size(data[-TRAILER_BYTES:], path="")
        footer_text(data[-size:], path="")
    except CorruptResultError:
        return False
    return xxh3_128_hexdigest(data[:-size]) == digest


def _open(fd: int, file_size: int, path: str) -> tuple[Footer, memoryview]:
    _require_trailer(file_size, path)
    data = memoryview(_contents(fd, file_size))
    size = footer_size(data[-TRAILER_BYTES:], path=path)
    _require_room(size, file_size, path)
    return decode_footer(data[-size:], file_size=file_size, path=path), data


def _contents(fd: int, size: int) -> mmap.mmap | bytearray:
    if size < _MAPPED_BYTES or (_MAPS_HOLD_DESCRIPTORS and len(_maps) >= _MOST_MAPS):
        return _read(fd, 0, size)
    options: dict[str, Any] = {} if _MAPS_HOLD_DESCRIPTORS else {"trackfd": False}
    mapped = mmap.mmap(fd, size, access=mmap.ACCESS_COPY, **options)
    _maps.add(mapped)
    _mapped.bytes += size
    if (noted := _noted.get()) is not None:
        noted.append(mapped)
    return mapped


def _read(fd: int, start: int, end: int) -> bytearray:
    """Read a part of the file into memory that may be changed; less of it where the file was cut off meanwhile."""
    data = bytearray()
    os.lseek(fd, start, os.SEEK_SET)
    while start + len(data) < end and (part := os.read(fd, min(end - start, _READ_BYTES))):
        data += part
    return data


def _segments(footer: Footer, data: memoryview) -> Iterator[memoryview]:
    start = 0
    for buffer in footer.buffers:
        yield data[start : buffer.offset]
        start = buffer.offset + buffer.size
    yield data[start : footer.size]


def _opcodes(footer: Footer, segments: list[memoryview]) -> memoryview | bytes:
    if not footer.buffers:
        return segments[0]
    parts: list[memoryview | bytes] = []
    for buffer, segment in zip(footer.buffers, segments, strict=False):
        parts += (segment[: buffer.cut - buffer.offset], _NEXT_BUFFER + _READONLY_BUFFER * buffer.readonly)
    return b"".join([*parts, segments[-1]])


def _check_opcodes(footer: Footer, segments: list[memoryview], path: str) -> None:
    digest = xxh3_128()
    for segment in segments:
        digest.update(segment)
    if (found := digest.hexdigest()) != footer.opcodes_digest:
        raise CorruptResultError(path, what="its pickle's digest", expected=footer.opcodes_digest, found=found)


def _check_payloads(footer: Footer, data: memoryview, path: str) -> None:
    if not footer.buffers:
        return
    parts = [xxh3_128_digest(data[b.offset : b.offset + b.size]) for b in footer.buffers]
    found = xxh3_128_digest(bytes.fromhex(footer.opcodes_digest) + b"".join(parts)).hex()
    if found != footer.digest:
        raise CorruptResultError(path, what="its data's digest", expected=footer.digest, found=found)


def _require_trailer(file_size: int, path: str) -> None:
    if file_size < TRAILER_BYTES:
        raise CorruptResultError(path, what="its size", expected=f"{TRAILER_BYTES} bytes or more", found=f"{file_size}")


def _require_room(size: int, file_size: int, path: str) -> None:
    if size > file_size:
        raise CorruptResultError(
            path, what="its size", expected=f"{size:,} bytes or more", found=f"{file_size:,} bytes"
        )
