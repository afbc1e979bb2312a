"""Reads the end of an object, which tells all that is known of a result, whatever its size."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, NamedTuple

from dpnb.errors import CorruptResultError
from dpnb.results.mapped_pickle.footer import TRAILER_BYTES, Footer, decode_facts_file, decode_footer, footer_size

if TYPE_CHECKING:
    from collections.abc import Callable

    from dpnb.results.remote.objects import Objects

_TRIES = 3
GLANCE_BYTES = 64 * 1024  # costs no more time than one byte; holds most small results whole


class Tail(NamedTuple):
    """The footer of an object, and the last bytes, which may be all of it; of what is no pickle, its facts' object."""

    key: str
    size: int
    footer: Footer
    data: bytes

    @property
    def is_whole(self) -> bool:
        """Whether the object has no more bytes than these."""
        return self.footer.form is None and len(self.data) == self.size


def read_tail(objects: Objects, key: str) -> Tail | None:
    """Return the end of a result's object; None where there is none. Raises `CorruptResultError`."""
    for _ in range(_TRIES - 1):
        with contextlib.suppress(CorruptResultError):  # it may have been replaced between two looks at it
            return _read(objects, key)
    return _read(objects, key)


def _read(objects: Objects, key: str) -> Tail | None:
    size = objects.size(key)
    if size is None:
        return None
    if size < TRAILER_BYTES:
        raise CorruptResultError(key, what="its size", expected=f"{TRAILER_BYTES} bytes or more", found=f"{size}")
    try:
        data = objects.read(key, max(0, size - GLANCE_BYTES), size)
        return _decoded(objects, key, size, data)
    except FileNotFoundError:  # deleted since
        return None


def read_facts(objects: Objects, key: str, key_of: Callable[[str], str]) -> Tail | None:
    """Return what is known of a result that is no pickle, from the object of that key; None where there is none.

    `key_of` gives the result's own key for a suffix. Raises `CorruptResultError`.
    """
    for _ in range(_TRIES - 1):
        with contextlib.suppress(CorruptResultError):  # the two may be of different times
            return _facts(objects, key, key_of)
    return _facts(objects, key, key_of)


def _facts(objects: Objects, key: str, key_of: Callable[[str], str]) -> Tail | None:
    try:
        size = objects.size(key)
        data = b"" if size is None else objects.read(key, 0, size)
    except FileNotFoundError:
        return None
    if not data:
        return None
    footer = decode_facts_file(data, path=key)
    own = key_of(footer.suffix)
    found = objects.size(own)
    if found is not None and found != footer.size:
        raise CorruptResultError(own, what="its size", expected=f"{footer.size:,} bytes", found=f"{found:,} bytes")
    return None if found is None else Tail(own, footer.size, footer, data)


def _decoded(objects: Objects, key: str, size: int, data: bytes) -> Tail:
    if len(data) < TRAILER_BYTES:
        raise CorruptResultError(key, what="its size", expected=f"{size:,} bytes", found=f"{len(data):,} bytes")
    length = footer_size(data[-TRAILER_BYTES:], path=key)
    if length > size:
        raise CorruptResultError(key, what="its size", expected=f"{length:,} bytes or more", found=f"{size:,} bytes")
    if length > len(data):
        data = objects.read(key, size - length, size)
    return Tail(key, size, decode_footer(data[-length:], file_size=size, path=key), data)
