"""A broker within this process.

Publishing is: look the topic's subscribers up, put the event into the queue of each. Who hears a topic is worked out
once and kept until somebody subscribes or leaves. No lock is taken on the way, so that a publisher never waits for
another, nor for a consumer that did not ask for it.

A subscription that begins with earlier events enters the trie first and then copies what is retained, while an event is
retained first and then delivered: an event that comes in between is there twice, never missing, and is told once by its
id.
"""

from __future__ import annotations

import itertools
import threading
import weakref
from collections import deque
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from dpnb.errors import EventKindError, QueueClosedError
from dpnb.events.adapters.mailbox import Held, Mailbox, offer_to_all
from dpnb.events.adapters.memory_queue import InMemoryQueue
from dpnb.events.adapters.memory_subscription import InMemorySubscription
from dpnb.events.event import EventBase, signed
from dpnb.events.ports import MAXSIZE
from dpnb.events.topic_trie import TopicTrie
from dpnb.events.topics import TopicPattern, check_topic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dpnb.events.ports import Overflow

RETAINED = 1_000
_MOST_ROUTES = 10_000
_MOST_SHOWN = 5

type _Queue = InMemoryQueue[EventBase]


class InMemoryBroker:
    """A `dpnb.events.Broker` within this process, for threads and event loops together.

    Parameters
    ----------
    retained
        How many events are kept for those who subscribe later.

    Examples
    --------
    >>> from dpnb.events import EventBase
    >>> broker = InMemoryBroker()
    >>> consumer = broker.consumer()
    >>> broker.publisher().publish_sync("data.ingested", EventBase("data.ingested", {"rows": 100}))
    >>> consumer.consume("data.*").get_sync().data
    {'rows': 100}
    """

    def __init__(self, retained: int = RETAINED) -> None:
        self.published = 0
        self.is_closed = False
        self._numbers = itertools.count(1)
        self._retained: deque[tuple[int, str, EventBase]] = deque(maxlen=retained)
        self._trie: TopicTrie[_Queue] = TopicTrie()
        self._routes: dict[str, tuple[_Queue, ...]] = {}
        self._groups: dict[tuple[str, str], Mailbox] = {}
        self._open: weakref.WeakSet[InMemorySubscription] = weakref.WeakSet()
        self._leaving: deque[Mailbox] = deque()
        self._lock = threading.Lock()

    def publisher(self, source: str = "") -> InMemoryPublisher:
        """Return a publisher; events without a source of their own get `source`."""
        return InMemoryPublisher(self, source)

    def consumer(self) -> InMemoryConsumer:
        """Return a consumer, which hears from now on."""
        return InMemoryConsumer(self)

    def has_listeners(self, topic: str) -> bool:
        """Tell whether somebody hears `topic`."""
        return bool(self._route(topic))

    def deliver(self, topic: str, event: EventBase) -> Held | None:
        """Retain an event, and put it into the queues of all who hear it; return what holds it up."""
        if self.is_closed:
            raise QueueClosedError(repr(self))
        if topic not in self._routes:
            check_topic(topic)
        if not isinstance(event, EventBase):
            raise EventKindError(event)
        self.published = number = next(self._numbers)
        self._retained.append((number, topic, event))
        queues = self._routes.get(topic)  # to be asked for once the event is retained
        return offer_to_all(self._route(topic) if queues is None else queues, event)

    def _route(self, topic: str) -> tuple[_Queue, ...]:
        """Return the queues into which what is published under `topic` goes."""
        found = self._routes.get(topic)
        if found is None:
            with self._guarded():
                if len(self._routes) >= _MOST_ROUTES:
                    self._routes = {}
                found = self._routes[topic] = tuple(self._trie.match(topic))
        return found

    def subscribe(
        self, pattern: TopicPattern, group: str | None, queue: _Queue, *, since: int | None, replay: int | None
    ) -> InMemorySubscription:
        """Subscribe to a pattern: from the event of number `since` on, or with the last `replay` ones, or from now."""
        with self._guarded():
            if self.is_closed:
                raise QueueClosedError(repr(self))
            mailbox = self._groups.get((group, pattern.text)) if group is not None else None
            if mailbox is not None:
                mailbox.members += 1
            else:
                mailbox = self._new_mailbox(pattern, group, queue, since=since, replay=replay)
            subscription = InMemorySubscription(mailbox, self.leave)
            self._open.add(subscription)
        return subscription

    def _new_mailbox(
        self, pattern: TopicPattern, group: str | None, queue: _Queue, *, since: int | None, replay: int | None
    ) -> Mailbox:
        mailbox = Mailbox(pattern.text, group, queue)
        self._trie.add(pattern.text, queue)
        self._routes = {}
        if group is not None:
            self._groups[group, pattern.text] = mailbox
        mailbox.earlier.extend(self._earlier(pattern, since, replay))
        mailbox.told.update(event.event_id for event in mailbox.earlier)
        return mailbox

    def _earlier(self, pattern: TopicPattern, since: int | None, replay: int | None) -> list[EventBase]:
        if replay is None and since in (None, self.published):
            return []
        fitting = [(number, event) for number, topic, event in self._retained.copy() if pattern.matches(topic)]
        if replay is not None:
            return [event for _, event in fitting[len(fitting) - min(replay, len(fitting)) :]]
        return [event for number, event in fitting if since is not None and number > since]

    def leave(self, mailbox: Mailbox) -> None:
        """Have a subscription end. It may be garbage, found while this very thread is in the midst of a change."""
        self._leaving.append(mailbox)
        while self._leaving and self._lock.acquire(blocking=False):
            try:
                self._let_go()
            finally:
                self._lock.release()

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Keep others from changing who is subscribed, then let those go who wanted to leave meanwhile."""
        with self._lock:
            yield
            self._let_go()

    def _let_go(self) -> None:
        while self._leaving:
            mailbox = self._leaving.popleft()
            mailbox.members -= 1
            if not mailbox.members:
                if mailbox.group is not None:
                    self._groups.pop((mailbox.group, mailbox.pattern), None)
                self._trie.remove(mailbox.pattern, mailbox.queue)
                self._routes = {}
                mailbox.queue.close()

    def close(self) -> None:
        """End all subscriptions; what waits for them can still be taken. May be called twice."""
        self.is_closed = True
        for subscription in list(self._open):
            subscription.end()

    def __repr__(self) -> str:
        heard = [repr(one) for one in itertools.islice(list(self._open), _MOST_SHOWN)]
        more = f", … {len(self._open)} in all" if len(self._open) > len(heard) else ""
        return f"<InMemoryBroker: {self.published} published; {', '.join(heard) or 'nobody listens'}{more}>"


class InMemoryPublisher:
    """A `dpnb.events.Publisher` of an `InMemoryBroker`."""

    def __init__(self, broker: InMemoryBroker, source: str = "") -> None:
        self._broker, self._source = broker, source

    async def publish(self, topic: str, event: EventBase) -> None:
        """Publish; returns when all who hear it have it in their queues. Raises as `dpnb.events.Publisher` says."""
        if self._source:
            event = signed(event, self._source)
        held = self._broker.deliver(topic, event)
        if held is not None:
            for queue in held.waited_for:
                with suppress(QueueClosedError):
                    await queue.put(event)
            if held.full is not None:
                raise held.full

    def publish_sync(self, topic: str, event: EventBase) -> None:
        """Publish from any thread. Raises as `dpnb.events.Publisher` says."""
        if self._source:
            event = signed(event, self._source)
        held = self._broker.deliver(topic, event)
        if held is not None:
            for queue in held.waited_for:
                with suppress(QueueClosedError):
                    queue.put_sync(event)
            if held.full is not None:
                raise held.full

    def __repr__(self) -> str:
        return f"InMemoryPublisher({self._broker!r})"


class InMemoryConsumer:
    """A `dpnb.events.Consumer` of an `InMemoryBroker`."""

    def __init__(self, broker: InMemoryBroker) -> None:
        self._broker = broker
        self._since: int | None = broker.published

    def consume(
        self,
        pattern: str,
        *,
        group: str | None = None,
        replay: int | None = None,
        maxsize: int = MAXSIZE,
        overflow: Overflow = "drop_oldest",
    ) -> InMemorySubscription:
        """Subscribe to the topics that `pattern` chooses; see `dpnb.events.Consumer`."""
        if replay is not None and replay < 0:
            raise ValueError(f"replay must be 0 or more events, not {replay}")
        chosen = TopicPattern(pattern)
        queue: _Queue = InMemoryQueue(maxsize, overflow)
        since, self._since = self._since, None
        return self._broker.subscribe(chosen, group, queue, since=since, replay=replay)

    def __repr__(self) -> str:
        return f"InMemoryConsumer({self._broker!r})"
