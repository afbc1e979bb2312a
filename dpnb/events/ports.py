"""What is needed of a queue and of a broker, and what they promise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol, Self, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from dpnb.events.event import EventBase

type Overflow = Literal["block", "drop_oldest", "drop_newest", "error"]
"""What a full queue does with one more: let its giver wait, drop the oldest, drop this one, raise `QueueFullError`."""

MAXSIZE = 10_000
"""How many events a subscription holds where nothing else is said."""


@runtime_checkable
class Queue[T](Protocol):
    """Carries items from those who put to those who get, each to one of them.

    Guarantees
    ----------
    - What one thread (or process) puts comes out in its order.
    - What was put is got once; after `close`, what is in the queue can still be got, then `QueueClosedError` is raised,
      and iteration ends.
    - Bounded by `maxsize` (0: unbounded) with the policy that was chosen; what is dropped is counted.
    - Threads and event loops may use it together; a wait that times out or is cancelled takes nothing.
    """

    @property
    def dropped(self) -> int:
        """How many items were dropped."""
        ...

    @property
    def is_closed(self) -> bool:
        """Whether nothing can be put any more."""
        ...

    async def put(self, item: T, timeout: float | None = None) -> None:
        """Put an item; `timeout` in seconds. Raises `QueueFullError`, `QueueClosedError`, `TimeoutError`."""
        ...

    async def get(self, timeout: float | None = None) -> T:
        """Take the oldest item; `timeout` in seconds. Raises `QueueClosedError`, `TimeoutError`."""
        ...

    def put_sync(self, item: T, timeout: float | None = None) -> None:
        """Put an item from a thread. Raises as `put`."""
        ...

    def get_sync(self, timeout: float | None = None) -> T:
        """Take the oldest item in a thread. Raises as `get`."""
        ...

    def qsize(self) -> int:
        """Return how many items are in it."""
        ...

    def close(self) -> None:
        """Take no more; whoever waits is woken. May be called twice."""
        ...

    def __aiter__(self) -> AsyncIterator[T]:
        """Iterate over items until the queue is closed and empty."""
        ...

    def __iter__(self) -> Iterator[T]:
        """Iterate in a thread over items until the queue is closed and empty."""
        ...


@runtime_checkable
class Publisher(Protocol):
    """Says what happened.

    Guarantees
    ----------
    - What one publisher says is heard in its order by each consumer.
    - A consumer that is slow, hangs or raises delays nobody, unless it asked for the policy ``"block"`` of a broker
      within this process.
    - What was taken is heard at least once by each subscription that is not full. It may be heard again: by a group
      whose member died before it had handled it, or where it was published again because `publish` had raised. It has
      the same `event_id` then, by which whoever must not do a thing twice tells.
    - A broker in a server takes the same event under the same topic for the same: who does not know whether it had
      arrived publishes it again, and it is heard once. The latest 10,000 are remembered.
    - A broker within this process that raises `QueueFullError` has given the event to all who had room, and gives it
      to them again where it is published again.
    """

    async def publish(self, topic: str, event: EventBase) -> None:
        """Publish; returns when the broker has taken the event.

        Raises
        ------
        TopicError
            `topic` is none.
        EventKindError
            `event` is none.
        QueueFullError
            A consumer with the policy ``"error"`` has no room; the others have the event. Brokers in a server cannot
            know: there the consumer is told instead, when it takes the next event.
        EventDataError
            The event has to leave this process and cannot.
        BrokerUnavailableError
            The broker cannot be reached, within a bounded time; the event may have arrived nevertheless.
        QueueClosedError
            The broker is closed.
        """
        ...

    def publish_sync(self, topic: str, event: EventBase) -> None:
        """Publish from any thread, without an event loop. Raises as `publish`."""
        ...


@runtime_checkable
class Subscription(Protocol):
    """What a consumer hears: an iterator for ``async for`` and for ``for``, and a context manager of both kinds.

    It ends, and nothing is kept for it any more, when it is closed, when its loop is left and nobody holds it, or when
    its broker is closed. While the broker's server is away it waits, and goes on when that is back.

    An event of a group counts as handled when the next one is asked for, when the subscription is closed, or when its
    ``with`` block ends without an exception. In a server it is another member's otherwise, so that whatever dies, each
    event is handled at least once; within a process, events end with it.
    """

    @property
    def pattern(self) -> str:
        """Which topics it hears."""
        ...

    @property
    def group(self) -> str | None:
        """With whom it shares them."""
        ...

    @property
    def dropped(self) -> int:
        """How many events were dropped because it was full."""
        ...

    def qsize(self) -> int:
        """Return how many events wait for it, as far as this is known."""
        ...

    async def get(self, timeout: float | None = None) -> EventBase:
        """Return the next event; `timeout` in seconds. Raises `TimeoutError`, `QueueClosedError`."""
        ...

    def get_sync(self, timeout: float | None = None) -> EventBase:
        """Return the next event, in a thread. Raises as `get`."""
        ...

    def close(self) -> None:
        """Unsubscribe. May be called twice."""
        ...

    def __aiter__(self) -> Self:
        """Iterate over events as they come."""
        ...

    async def __anext__(self) -> EventBase:
        """Return the next event."""
        ...

    def __iter__(self) -> Self:
        """Iterate over events as they come, in a thread."""
        ...

    def __next__(self) -> EventBase:
        """Return the next event."""
        ...

    def __enter__(self) -> Self:
        """Close it when the block is left."""
        ...

    def __exit__(self, *_: object) -> None:
        """Close it."""
        ...

    async def __aenter__(self) -> Self:
        """Close it when the block is left."""
        ...

    async def __aexit__(self, *_: object) -> None:
        """Close it."""
        ...


@runtime_checkable
class Consumer(Protocol):
    """Hears what is published.

    Guarantees
    ----------
    - Each subscription gets each event that its pattern chooses, once; the members of a named group share them, each
      event going to one of them. A group is known by its name and its pattern. How many each member gets is the
      broker's affair: Redis and a process give to whoever asks, Kafka gives all of a source to the same one.
    - It hears from the moment when the consumer was made: its first subscription also gets what was published between,
      as far as the broker retains it. `replay=n` begins with the last `n` retained events that its pattern chooses.
      Both are for a group's first member to say. In a server a group outlives its members, and who joins it goes on
      where it stopped.
    - A subscription holds as many events as it was told to. What a server trimmed before it was read is lost to who was
      away or too slow, and not counted: nobody knows which topics it had.
    """

    def consume(
        self,
        pattern: str,
        *,
        group: str | None = None,
        replay: int | None = None,
        maxsize: int = MAXSIZE,
        overflow: Overflow = "drop_oldest",
    ) -> Subscription:
        """Subscribe to the topics that `pattern` chooses.

        Parameters
        ----------
        pattern
            See `dpnb.events.TopicPattern`.
        group
            Shares the events with the other members of this group.
        replay
            How many earlier events to begin with.
        maxsize, overflow
            How many events wait for it at most, and what happens to one more. With a broker in a server, ``"block"``
            leaves them there, as is always done for groups, and ``"error"`` drops and tells this consumer.

        Raises
        ------
        TopicError
            `pattern` is none.
        BrokerUnavailableError
            The broker cannot be reached.
        QueueClosedError
            The broker is closed.
        """
        ...


@runtime_checkable
class Broker(Protocol):
    """Brings events from publishers to consumers."""

    def publisher(self, source: str = "") -> Publisher:
        """Return a publisher; events without a source of their own get `source`."""
        ...

    def consumer(self) -> Consumer:
        """Return a consumer, which hears from now on. Raises `BrokerUnavailableError`, `QueueClosedError`."""
        ...

    def has_listeners(self, topic: str) -> bool:
        """Tell whether somebody may hear `topic`; True where that is not known."""
        ...

    def close(self) -> None:
        """End all subscriptions and let go of connections. May be called twice."""
        ...
