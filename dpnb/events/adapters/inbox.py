"""What has come from a server for one subscription: filled in the background, emptied by the consumer.

A server does not know how full it is, so no publisher waits for it or is refused. Its policy tells what the background
does instead: ``"block"`` reads on when there is room, and ``"error"`` drops, counts, and tells the consumer.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

from dpnb.errors import DpnbError, EventDataError, QueueClosedError, QueueFullError
from dpnb.events.adapters.memory_queue import POLICIES, InMemoryQueue
from dpnb.events.event import EventBase

if TYPE_CHECKING:
    from dpnb.events.ports import Overflow
    from dpnb.events.topics import TopicPattern

REMEMBERED = 10_000
"""How many events are remembered by their ids, so that what comes once more is not told again."""

_log = logging.getLogger(__name__)


class Delivery(NamedTuple):
    """An event, what it was published under, and what its reader knows it by where it is to be acknowledged."""

    event: EventBase
    topic: str
    token: object = None


class Inbox:
    """A bounded queue of events that one pattern chooses, each told once.

    Parameters
    ----------
    pattern
        Which topics it takes.
    group
        With whom it shares them.
    maxsize, overflow
        How many events it holds at most (0: any number), and what happens to one more.
    """

    def __init__(self, pattern: TopicPattern, group: str | None, maxsize: int, overflow: Overflow) -> None:
        if overflow not in POLICIES:
            raise ValueError(f"overflow must be one of {', '.join(map(repr, POLICIES))}, not {overflow!r}")
        self.pattern, self.group, self.overflow = pattern, group, overflow
        self.queue: InMemoryQueue[Delivery] = InMemoryQueue(maxsize)
        self.dropped = 0
        self._error: DpnbError | None = None
        self._told: OrderedDict[tuple[str, str], None] = OrderedDict()

    async def tell(self, topic: str, text: str | bytes, token: object = None, *, is_earlier: bool = False) -> bool:
        """Put what was published into the queue; return whether it is there.

        It is not if the pattern does not choose it, if it was told already, or if it is no event. Earlier events, and
        those of a group, wait for room whatever the policy: none of them is lost by waiting.
        """
        if not self.pattern.matches(topic):
            return False
        try:
            event = EventBase.from_json(text)
        except EventDataError as error:
            _log.warning("What was published under %r is left out: %s", topic, error)
            return False
        if self._was_told(topic, event.event_id):
            return False
        await self._put(Delivery(event, topic, token), waits=is_earlier or self.group is not None)
        return True

    def _was_told(self, topic: str, event_id: str) -> bool:
        told = (topic, event_id)
        if told in self._told:
            return True
        self._told[told] = None
        if len(self._told) > REMEMBERED:
            self._told.popitem(last=False)
        return False

    def forget(self, delivery: Delivery) -> None:
        """Let an event be told again, since it was given back."""
        self._told.pop((delivery.topic, delivery.event.event_id), None)

    async def _put(self, delivery: Delivery, *, waits: bool) -> None:
        while not self.queue.offer(delivery):
            if waits or self.overflow == "block":
                await self.queue.put(delivery)
                return
            self.dropped += 1
            if self.overflow == "drop_oldest":
                self._drop_oldest()
                continue
            if self.overflow == "error":
                self._error = QueueFullError(repr(self), maxsize=self.queue.maxsize)
            return

    def _drop_oldest(self) -> None:
        try:
            self.queue.take()
        except IndexError:  # the consumer was quicker, so that there is room
            self.dropped -= 1

    def fail(self, error: DpnbError) -> None:
        """End it; the consumer is told why when it has taken what there is."""
        self._error = error
        self.queue.close()

    def raise_error(self) -> None:
        """Tell the consumer, once, what went wrong."""
        if self._error is not None and (isinstance(self._error, QueueFullError) or not self.queue.qsize()):
            error, self._error = self._error, None
            raise error

    def closed(self) -> QueueClosedError:
        """Return what the consumer is told at the end."""
        return QueueClosedError(repr(self))

    def __repr__(self) -> str:
        shared = f" in group {self.group!r}" if self.group is not None else ""
        dropped = f", {self.dropped} dropped" if self.dropped else ""
        return f"<subscription to {self.pattern.text!r}{shared}: {self.queue.qsize()} waiting{dropped}>"
