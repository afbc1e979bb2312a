"""An immutable mapping that is cheap to change into another one.

Its values lie in blocks of `BLOCK`. A changed copy shares all blocks but one with the original: the cost is that of
copying one block and the row of blocks, some microseconds for 100,000 values. Where the values are is known to all
copies together: places are only ever added at the end, and a copy that finds its next place taken by another one's
value begins a book of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

BLOCK = 128
_growing = threading.Lock()


class TaskTable[V](Mapping[str, V]):
    """Values by name, in the order in which the names came.

    Examples
    --------
    >>> before = TaskTable([("a", 1)])
    >>> after = before.with_value("b", 2).with_value("a", 3)
    >>> dict(before), dict(after)
    ({'a': 1}, {'a': 3, 'b': 2})
    """

    __slots__ = ("_blocks", "_length", "_places")

    def __init__(self, items: Iterable[tuple[str, V]] = ()) -> None:
        values = dict(items)
        every = tuple(values.values())
        self._places = {name: place for place, name in enumerate(values)}
        self._blocks = tuple(every[start : start + BLOCK] for start in range(0, len(every), BLOCK))
        self._length = len(every)

    def with_value(self, name: str, value: V) -> Self:
        """Return a copy in which `name` has this value."""
        place = self._place(name)
        if place is None:
            return self._grown(name, value)
        block, within = divmod(place, BLOCK)
        changed = list(self._blocks[block])
        changed[within] = value
        return self._copy(self._places, tuple(changed), block)

    def _grown(self, name: str, value: V) -> Self:
        place = self._length
        block = place // BLOCK
        old = self._blocks[block] if block < len(self._blocks) else ()
        with _growing:
            is_taken = len(self._places) > place
            places = {known: at for known, at in self._places.items() if at < place} if is_taken else self._places
            places[name] = place
        return self._copy(places, (*old, value), block, more=1)

    def _copy(self, places: dict[str, int], changed: tuple[V, ...], block: int, *, more: int = 0) -> Self:
        copy = object.__new__(type(self))
        copy._places, copy._length = places, self._length + more
        blocks = list(self._blocks)
        blocks[block : block + 1] = [changed]
        copy._blocks = tuple(blocks)
        return copy

    def _place(self, name: str) -> int | None:
        place = self._places.get(name)
        return place if place is not None and place < self._length else None

    def __getitem__(self, name: str) -> V:
        place = self._place(name)
        if place is None:
            raise KeyError(name)
        return self._blocks[place // BLOCK][place % BLOCK]

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value of `name`, else `default`."""
        place = self._place(name)
        return default if place is None else self._blocks[place // BLOCK][place % BLOCK]

    def __iter__(self) -> Iterator[str]:
        for name, place in list(self._places.items()):
            if place < self._length:
                yield name

    def __len__(self) -> int:
        return self._length

    def __repr__(self) -> str:
        return f"TaskTable({dict(self)!r})"
