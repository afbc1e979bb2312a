"""Opens a large table in a remote store without fetching it: what is looked at comes, and nothing else.

The opcodes of its pickle come and are verified; its large buffers become memory that fills as it is read. What arrives
in parts cannot be held against the digest of the whole: the object's end, which is verified, says that it is the one.
"""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any, NamedTuple

from dpnb.errors import CorruptResultError
from dpnb.results.mapped_pickle.reader import checked_opcodes
from dpnb.results.remote.remote_memory import RemoteMemory
from dpnb.results.remote.touching import touch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dpnb.results.remote.objects import Objects
    from dpnb.results.remote.tails import Tail

SMALLEST_PAGED_BYTES = 8 * 1024 * 1024
"""Below, the whole comes as quickly as some of its parts."""
_TABLES = frozenset(["pandas.DataFrame", "pandas.Series", "pyarrow.Table", "numpy.ndarray"])
_MOST_BUFFERS = 2_000


class PagedValue(NamedTuple):
    """A value whose large arrays hold only what `touch` was called for."""

    value: Any
    memory: RemoteMemory

    def touch(self, values: Any, start: int, stop: int) -> None:
        """Have some rows of one of its arrays come."""
        touch(values, start, stop, self.memory.need)


def is_worth_paging(tail: Tail) -> bool:
    """Tell whether a result is a table so large that one had better not fetch it for a page."""
    footer = tail.footer
    return (
        footer.form is None
        and tail.size >= SMALLEST_PAGED_BYTES
        and 0 < len(footer.buffers) <= _MOST_BUFFERS
        and footer.facts.get("type") in _TABLES
    )


def open_paged(objects: Objects, tail: Tail) -> PagedValue | None:
    """Return the value of a large object, its buffers still to come; None where it cannot be made without them.

    It is unpickled: ask before whether the store is trusted. Raises `CorruptResultError`.
    """
    segments = [_read(objects, tail, start, end) for start, end in _segments(tail)]
    opcodes = checked_opcodes(tail.footer, [memoryview(one) for one in segments], path=tail.key)
    memory = RemoteMemory(objects, tail)
    memory.fetch_small()
    try:
        value = pickle.loads(opcodes, buffers=memory.views())
    except Exception:  # noqa: BLE001 - of code that looks at what is not there yet; the whole is fetched then
        return None
    shape = tail.footer.facts.get("shape")
    is_sound = shape is None or tuple(getattr(value, "shape", ())) == tuple(shape)
    return PagedValue(value, memory) if is_sound else None


def _segments(tail: Tail) -> Iterator[tuple[int, int]]:
    start = 0
    for buffer in tail.footer.buffers:
        yield start, buffer.offset
        start = buffer.offset + buffer.size
    yield start, tail.footer.size


def _read(objects: Objects, tail: Tail, start: int, end: int) -> bytes:
    """Return some bytes, from the end that is at hand where they lie in it."""
    at = tail.size - len(tail.data)
    if start >= at:
        return tail.data[start - at : end - at]
    data = objects.read(tail.key, start, end)
    if len(data) != end - start:
        raise CorruptResultError(
            tail.key, what="a part of it", expected=f"{end - start:,} bytes", found=f"{len(data):,} bytes"
        )
    return data
