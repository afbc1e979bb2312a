"""A broker in a Redis server, for all processes and machines that reach it.

Publishing is one script call from whatever thread, over a pool of connections; from an event loop it goes through the
broker's own background loop, where all reading takes place too, so that no connection is bound to a loop of the user's.
"""

from __future__ import annotations

import asyncio
import weakref
from typing import TYPE_CHECKING

from dpnb.errors import BrokerUnavailableError, QueueClosedError
from dpnb.errors.url_text import without_secrets
from dpnb.events.adapters.inbox import REMEMBERED
from dpnb.events.adapters.redis_reading import GroupReader, StreamReader
from dpnb.events.adapters.redis_scripts import PUBLISH
from dpnb.events.adapters.redis_server import FAILURES, RedisServer, split_options
from dpnb.events.adapters.server_ends import ServerConsumer, ServerPublisher
from dpnb.events.adapters.server_subscription import ServerSubscription
from dpnb.events.background_loop import BackgroundLoop

if TYPE_CHECKING:
    from dpnb.events.adapters.inbox import Inbox
    from dpnb.events.event import EventBase

RETAINED = 100_000


class RedisBroker:
    """A `dpnb.events.Broker` in a Redis server (6.2 or newer).

    Each subscription has a connection of its own. While the server is away, publishing raises `BrokerUnavailableError`
    and subscriptions wait; they go on where they were when it is back. An event that is published again, since nobody
    knows whether it had arrived, is heard once: the server knows the latest 10,000 by their ids, and each subscription
    those that it has heard.

    Parameters
    ----------
    url
        As redis-py takes it: ``redis://user:password@host:6379/0``, ``rediss://…`` for TLS, ``unix:///path?db=0``.
        ``?namespace=…`` and ``retained=…`` may be given in it.
    namespace
        Which of the server's keys are used: ``{namespace}:…``. Brokers of different namespaces hear nothing of each
        other.
    retained
        About how many events the server keeps, for those who come later or are away; older ones are trimmed.
    timeout
        How many seconds the server may take to connect, and to answer; publishing tries twice at most.
    reclaim_after
        After how many seconds without a sign of life a group's member counts as dead, so that another gets the event
        that it had in hand. A member that works on one for longer gives such signs by itself.

    Raises
    ------
    BrokerUnavailableError
        The URL is none that redis-py takes.

    Examples
    --------
    >>> RedisBroker("redis://:secret@localhost:6379/0")
    <RedisBroker: redis://localhost:6379/0>
    """

    def __init__(
        self,
        url: str,
        *,
        namespace: str = "dpnb",
        retained: int = RETAINED,
        timeout: float = 2.0,
        reclaim_after: float = 30.0,
    ) -> None:
        try:
            address, options = split_options(url)
            self._retained = int(options.get("retained", retained))
            self._server = RedisServer(
                address,
                namespace=options.get("namespace", namespace),
                timeout=timeout,
                reclaim_after=reclaim_after,
            )
        except (ValueError, TypeError) as error:
            raise BrokerUnavailableError(without_secrets(url), reason=f"its URL is wrong: {error}", hint=_URL) from None
        self._publish = self._server.asking.register_script(PUBLISH)
        self._background = BackgroundLoop(f"dpnb {self._server.name}")
        self._background.at_end(self._server.reading.aclose)
        self._in_order = asyncio.Lock()
        self._open: weakref.WeakSet[ServerSubscription] = weakref.WeakSet()
        self._is_closed = False
        weakref.finalize(self, _let_go, self._background, self._server)

    def publisher(self, source: str = "") -> ServerPublisher:
        """Return a publisher; events without a source of their own get `source`."""
        return ServerPublisher(self, source)

    def consumer(self) -> ServerConsumer[str]:
        """Return a consumer, which hears from now on. Raises `BrokerUnavailableError`."""
        return ServerConsumer(self)

    def has_listeners(self, topic: str) -> bool:  # noqa: ARG002 - they may be anywhere
        """Return True: nobody knows."""
        return True

    def send_sync(self, topic: str, event: EventBase) -> None:
        """Publish an event from any thread."""
        arguments = self._arguments(topic, event)
        try:
            self._publish(keys=[self._server.stream, self._server.ids], args=arguments)
        except FAILURES as error:
            raise self._server.unavailable(error) from error

    async def send(self, topic: str, event: EventBase) -> None:
        """Publish an event from any event loop."""
        arguments = self._arguments(topic, event)
        try:
            await asyncio.wrap_future(self._background.submit(_send(self._server, self._in_order, arguments)))
        except FAILURES as error:
            raise self._server.unavailable(error) from error

    def _arguments(self, topic: str, event: EventBase) -> list[str | int]:
        if self._is_closed:
            raise QueueClosedError(repr(self))
        return [event.event_id, topic, event.to_json(), self._retained, REMEMBERED]

    def position(self) -> str:
        """Return the id of the latest entry."""
        if self._is_closed:
            raise QueueClosedError(repr(self))
        try:
            return self._server.latest()
        except FAILURES as error:
            raise self._server.unavailable(error) from error

    def subscribe(self, inbox: Inbox, position: str, replay: int | None) -> ServerSubscription:
        """Have an inbox filled."""
        reader = (StreamReader if inbox.group is None else GroupReader)(self._server, inbox, position, replay)
        subscription = ServerSubscription(self, self._background, reader)
        self._open.add(subscription)
        return subscription

    def close(self) -> None:
        """End all subscriptions and let go of connections; a group's events in hand are given back."""
        self._is_closed = True
        for subscription in list(self._open):
            subscription.end()
        self._background.close()
        self._server.asking.close()

    def __repr__(self) -> str:
        return f"<RedisBroker: {self._server.name}>"


def _let_go(background: BackgroundLoop, server: RedisServer) -> None:
    """Let go of what a broker had that was not closed; whoever drops it waits for nothing."""
    background.stop()
    server.asking.close()


async def _send(server: RedisServer, in_order: asyncio.Lock, arguments: list[str | int]) -> None:
    async with in_order:
        await server.script(PUBLISH)(keys=[server.stream, server.ids], args=arguments)


_URL = "give redis://user:password@host:6379/0, rediss://… for TLS, or unix:///path/of/the/socket?db=0."
