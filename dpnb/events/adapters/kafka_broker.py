"""A broker in a Kafka cluster, for all processes and machines that reach it."""

from __future__ import annotations

import asyncio
import weakref
from typing import TYPE_CHECKING, Any

from dpnb.errors import BrokerUnavailableError, QueueClosedError
from dpnb.errors.url_text import without_secrets
from dpnb.events.adapters.kafka_group import MemberReader
from dpnb.events.adapters.kafka_reading import PartitionReader
from dpnb.events.adapters.kafka_server import FAILURES, KafkaServer
from dpnb.events.adapters.server_ends import ServerConsumer, ServerPublisher
from dpnb.events.adapters.server_subscription import ServerSubscription
from dpnb.events.background_loop import BackgroundLoop

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping

    from dpnb.events.adapters.inbox import Inbox
    from dpnb.events.adapters.kafka_server import Positions
    from dpnb.events.event import EventBase


class KafkaBroker:
    """A `dpnb.events.Broker` in one topic of a Kafka cluster.

    Order is kept per source, which is a record's key; publishers without a name share a partition. The members of a
    group share the partitions, so that all events of one source go to one member while it lives, and of more members
    than partitions some get nothing. How long events are retained is the topic's own setting.

    Parameters
    ----------
    url
        ``kafka://host:9092/topic``; several hosts are separated by commas, a user and password stand before an ``@``.
        The query holds further options of aiokafka's clients, such as ``?security_protocol=SASL_PLAINTEXT``; with a
        user it is ``SASL_SSL`` otherwise.
    timeout
        How many seconds publishing, and asking for a position, may take.
    reclaim_after
        After how many seconds without a sign of life a group's member counts as dead, so that others get its share.
        The cluster sets bounds to it, 6 s and 30 min by default.
    options
        Further options of aiokafka's clients that are no text, such as ``ssl_context``.

    Raises
    ------
    BrokerUnavailableError
        The URL names no host, or no topic as Kafka names them.

    Examples
    --------
    >>> KafkaBroker("kafka://localhost:9092/events")
    <KafkaBroker: kafka://localhost:9092/events>
    """

    def __init__(
        self,
        url: str,
        *,
        timeout: float = 10.0,
        reclaim_after: float = 10.0,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        try:
            self._server = KafkaServer(url, timeout=timeout, reclaim_after=reclaim_after, options=options or {})
        except ValueError as error:
            raise BrokerUnavailableError(without_secrets(url), reason=f"its URL is wrong: {error}", hint=_URL) from None
        self._background = BackgroundLoop(f"dpnb {self._server.name}")
        self._background.at_end(self._server.stop)
        self._open: weakref.WeakSet[ServerSubscription] = weakref.WeakSet()
        weakref.finalize(self, self._background.stop)

    def publisher(self, source: str = "") -> ServerPublisher:
        """Return a publisher; events without a source of their own get `source`."""
        return ServerPublisher(self, source)

    def consumer(self) -> ServerConsumer[Positions]:
        """Return a consumer, which hears from now on. Raises `BrokerUnavailableError`."""
        return ServerConsumer(self)

    def has_listeners(self, topic: str) -> bool:  # noqa: ARG002 - they may be anywhere
        """Return True: nobody knows."""
        return True

    def send_sync(self, topic: str, event: EventBase) -> None:
        """Publish an event from any thread."""
        self._run(self._server.send(topic, event, event.to_json()))

    async def send(self, topic: str, event: EventBase) -> None:
        """Publish an event from any event loop."""
        sending = self._server.send(topic, event, event.to_json())
        try:
            await asyncio.wrap_future(self._background.submit(sending))
        except FAILURES as error:
            raise self._server.unavailable(error) from error

    def position(self) -> Positions:
        """Return after which offset of each partition there is none yet."""
        return self._run(self._server.ends())

    def _run[T](self, coroutine: Coroutine[Any, Any, T]) -> T:
        try:
            return self._background.run(coroutine, self._server.timeout + _PATIENCE_S)
        except QueueClosedError:
            raise QueueClosedError(repr(self)) from None
        except FAILURES as error:
            raise self._server.unavailable(error) from error

    def subscribe(self, inbox: Inbox, position: Positions, replay: int | None) -> ServerSubscription:
        """Have an inbox filled."""
        reader = (PartitionReader if inbox.group is None else MemberReader)(self._server, inbox, position, replay)
        subscription = ServerSubscription(self, self._background, reader)
        self._open.add(subscription)
        return subscription

    def close(self) -> None:
        """End all subscriptions and let go of connections; a group's events in hand are given back."""
        for subscription in list(self._open):
            subscription.end()
        self._background.close()

    def __repr__(self) -> str:
        return f"<KafkaBroker: {self._server.name}>"


_PATIENCE_S = 2.0  # the coroutine has a timeout of its own, and closes what it opened after it
_URL = "give kafka://host:9092/topic, or kafka://user:password@host:9092,host2:9092/topic."
