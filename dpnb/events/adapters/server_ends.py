"""The two ends of a broker in a server: who publishes to it, and who consumes from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from dpnb.events.adapters.inbox import Inbox
from dpnb.events.event import signed
from dpnb.events.ports import MAXSIZE
from dpnb.events.topics import TopicPattern, check_topic

if TYPE_CHECKING:
    from dpnb.events.adapters.server_subscription import ServerSubscription
    from dpnb.events.event import EventBase
    from dpnb.events.ports import Overflow


class Sink(Protocol):
    """What a publisher needs of a broker."""

    async def send(self, topic: str, event: EventBase) -> None:
        """Publish an event that is signed."""
        ...

    def send_sync(self, topic: str, event: EventBase) -> None:
        """Publish an event that is signed, from any thread."""
        ...


class Spring[Position](Protocol):
    """What a consumer needs of a broker."""

    def position(self) -> Position:
        """Return after which event there is none yet."""
        ...

    def subscribe(self, inbox: Inbox, position: Position, replay: int | None) -> ServerSubscription:
        """Have an inbox filled with what comes after `position`, and with the last `replay` events before."""
        ...


class ServerPublisher:
    """A `dpnb.events.Publisher` of a broker in a server."""

    def __init__(self, broker: Sink, source: str = "") -> None:
        self._broker, self._source = broker, source

    async def publish(self, topic: str, event: EventBase) -> None:
        """Publish; returns when the server has the event. Raises as `dpnb.events.Publisher` says."""
        await self._broker.send(check_topic(topic), signed(event, self._source))

    def publish_sync(self, topic: str, event: EventBase) -> None:
        """Publish from any thread. Raises as `dpnb.events.Publisher` says."""
        self._broker.send_sync(check_topic(topic), signed(event, self._source))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._broker!r})"


class ServerConsumer[Position]:
    """A `dpnb.events.Consumer` of a broker in a server."""

    def __init__(self, broker: Spring[Position]) -> None:
        self._broker = broker
        self._since: Position | None = broker.position()

    def consume(
        self,
        pattern: str,
        *,
        group: str | None = None,
        replay: int | None = None,
        maxsize: int = MAXSIZE,
        overflow: Overflow = "drop_oldest",
    ) -> ServerSubscription:
        """Subscribe to the topics that `pattern` chooses; see `dpnb.events.Consumer`."""
        if replay is not None and replay < 0:
            raise ValueError(f"replay must be 0 or more events, not {replay}")
        inbox = Inbox(TopicPattern(pattern), group, maxsize, overflow)
        since, self._since = self._since, None
        if since is None or replay is not None:
            since = self._broker.position()
        return self._broker.subscribe(inbox, since, replay)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._broker!r})"
