"""What waits for a subscription within this process."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from dpnb.errors import QueueClosedError, QueueFullError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dpnb.events.adapters.memory_queue import InMemoryQueue
    from dpnb.events.event import EventBase


@dataclass(slots=True, eq=False)
class Mailbox:
    """What waits for a subscription, or for the members of a group: first `earlier`, then what is in the queue.

    `told` are the ids of those earlier ones that may be in the queue as well.
    """

    pattern: str
    group: str | None
    queue: InMemoryQueue[EventBase]
    earlier: deque[EventBase] = field(default_factory=deque)
    told: set[str] = field(default_factory=set)
    members: int = 1

    async def next(self, timeout: float | None) -> EventBase:
        """Return the next event; `timeout` in seconds."""
        if (earlier := self._next_earlier()) is not None:
            return earlier
        while self._was_told(event := await self.queue.get(timeout)):
            pass
        return event

    def next_sync(self, timeout: float | None) -> EventBase:
        """Return the next event, in a thread."""
        if (earlier := self._next_earlier()) is not None:
            return earlier
        while self._was_told(event := self.queue.get_sync(timeout)):
            pass
        return event

    def _next_earlier(self) -> EventBase | None:
        try:
            return self.earlier.popleft() if self.earlier else None
        except IndexError:  # another member of the group was quicker
            return None

    def _was_told(self, event: EventBase) -> bool:
        if event.event_id not in self.told:
            return False
        self.told.discard(event.event_id)
        return True


class Held(NamedTuple):
    """What keeps an event from being with all who hear it: queues to wait for, and one that is to be raised as full."""

    waited_for: list[InMemoryQueue[EventBase]]
    full: QueueFullError | None


def offer_to_all(queues: Iterable[InMemoryQueue[EventBase]], event: EventBase) -> Held | None:
    """Put an event into all queues that have room or drop something; None where that is all of them."""
    waited_for: list[InMemoryQueue[EventBase]] = []
    full: QueueFullError | None = None
    for queue in queues:
        try:
            if not queue.offer(event):
                waited_for.append(queue)
        except QueueClosedError:  # its subscription has just ended
            continue
        except QueueFullError as error:
            full = error
    return Held(waited_for, full) if waited_for or full is not None else None
