"""Which of many schedules is next: a heap, from which what was changed is left out when it comes up."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Agenda:
    """Names with their instants, in microseconds since 1970 UTC. A change costs O(log n), the next one O(1).

    Examples
    --------
    >>> agenda = Agenda({"later": 20, "soon": 10})
    >>> agenda.set("soon", 15)
    >>> agenda.next_us, agenda.pop_due(15)
    (15, ['soon'])
    """

    def __init__(self, instants_us: Mapping[str, int] | None = None) -> None:
        self._current = dict(instants_us or {})
        self._heap = [(when, name) for name, when in self._current.items()]
        heapify(self._heap)

    def set(self, name: str, when_us: int | None) -> None:
        """Give a name another instant, or none any more."""
        if when_us is None:
            self._current.pop(name, None)
        elif self._current.get(name) != when_us:
            self._current[name] = when_us
            heappush(self._heap, (when_us, name))
            if len(self._heap) > 2 * len(self._current) + 64:  # most of it is left over from changes
                self.__init__(self._current)  # type: ignore[misc]

    @property
    def next_us(self) -> int | None:
        """The earliest instant; None where there is none."""
        while self._heap and self._current.get(self._heap[0][1]) != self._heap[0][0]:
            heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def pop_due(self, now_us: int) -> list[str]:
        """Take out the names whose instants have come, the earliest first; of the same instant in their order."""
        due: list[str] = []
        while (when := self.next_us) is not None and when <= now_us:
            name = heappop(self._heap)[1]
            del self._current[name]
            due.append(name)
        return due

    def __len__(self) -> int:
        return len(self._current)

    def __contains__(self, name: object) -> bool:
        return name in self._current
