"""What is needed of a place that keeps objects under keys, stated as guarantees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


class Objects(Protocol):
    """A place that keeps objects: a bucket's prefix, a folder on a server, a database.

    Keys are ``/``-separated segments as `dpnb.results.segments` makes them. Every method raises
    `StoreUnavailableError`, an ``OSError``, where the place cannot be reached or refuses, and `FileNotFoundError` where
    it is said so.

    - **Atomic**: an object is visible whole or not at all, to everybody, whenever the writer dies or the line breaks.
    - **Last write wins**: what is put under a key that is taken replaces what was there.
    - **Bounded**: `upload` and `download` take memory for some parts of the object, whatever its size.
    - **Portable**: an instance can be pickled into another process and works there.
    """

    @property
    def location(self) -> str:
        """Where it is, as text that holds no secret."""
        ...

    def upload(self, file: str, key: str) -> None:
        """Put a file of this machine."""
        ...

    def put(self, key: str, data: bytes) -> None:
        """Put some bytes."""
        ...

    def download(self, key: str, file: str) -> None:
        """Write an object into a file of this machine. Raises `FileNotFoundError`."""
        ...

    def size(self, key: str) -> int | None:
        """Return how many bytes an object has; None where there is none."""
        ...

    def read(self, key: str, start: int, end: int) -> bytes:
        """Return some bytes of an object. Raises `FileNotFoundError`."""
        ...

    def copy(self, key: str, target: str) -> None:
        """Put a copy of an object, whose bytes do not come here. Raises `FileNotFoundError`."""
        ...

    def delete(self, key: str) -> bool:
        """Delete an object; tell whether there was one."""
        ...

    def below(self, prefix: str) -> Mapping[str, int]:
        """Return the keys that begin with `prefix` and ``/``, all where it is empty, and how many bytes each has."""
        ...

    def clear(self, prefix: str) -> None:
        """Delete all objects below a prefix."""
        ...

    def tidy(self, prefix: str) -> list[str]:
        """Remove what uploads that were cut off left below a prefix; return what it was. Those that go on are left."""
        ...
