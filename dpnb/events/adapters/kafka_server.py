"""The clients of one Kafka cluster and topic, in the background's loop, and what their errors mean.

All events are records of one Kafka topic. Their topics go into a header: Kafka's are few and made on purpose, and a
subscription by a pattern would have to learn of each new one. A record's key is the event's source, so that what one
publisher says is in one partition, in its order.
"""

from __future__ import annotations

import asyncio
import re
from inspect import signature
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import AuthenticationFailedError, KafkaError, TopicAuthorizationFailedError
from aiokafka.helpers import create_ssl_context

from dpnb.errors import BrokerUnavailableError
from dpnb.errors.url_text import without_secrets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dpnb.events.event import EventBase

type Positions = dict[int, int]
"""The next offset of each partition."""

FAILURES = (KafkaError, TimeoutError, OSError)
_OPTIONS = signature(AIOKafkaProducer).parameters.keys() & signature(AIOKafkaConsumer).parameters.keys()
_ANSWER_S = 1.0
_TOPIC = re.compile(r"[A-Za-z0-9._-]{1,249}")


class KafkaServer:
    """A topic of a Kafka cluster, as `dpnb.events.KafkaBroker` was told of it."""

    def __init__(self, url: str, *, timeout: float, reclaim_after: float, options: Mapping[str, Any]) -> None:
        self.name = without_secrets(url)
        self.timeout, self.reclaim_ms = timeout, max(1, int(reclaim_after * 1000))
        self.topic, self.options = _facts(url)
        self.options |= options
        if unknown := sorted(self.options.keys() - _OPTIONS):
            raise ValueError(f"aiokafka's clients have no options {', '.join(unknown)}")
        self._producer: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()

    async def send(self, topic: str, event: EventBase, text: str) -> None:
        """Publish; returns when all replicas that are in step have it."""
        async with asyncio.timeout(self.timeout):
            producer = await self._started_producer()
            await producer.send_and_wait(
                self.topic, text.encode(), key=event.source.encode(), headers=[("topic", topic.encode())]
            )

    async def _started_producer(self) -> AIOKafkaProducer:
        async with self._starting:
            if self._producer is None:
                producer = AIOKafkaProducer(enable_idempotence=True, **self.options)
                await start(producer)
                self._producer = producer
        return self._producer

    async def partitions(self) -> list[TopicPartition]:
        """Return the topic's partitions; a cluster that makes topics by itself makes it."""
        producer = await self._started_producer()
        return [TopicPartition(self.topic, number) for number in sorted(await producer.partitions_for(self.topic))]

    async def ends(self) -> Positions:
        """Return the positions after which there is nothing yet."""
        async with asyncio.timeout(self.timeout):
            partitions = await self.partitions()
            consumer = self.consumer()
            await start(consumer)
            try:
                return {one.partition: end for one, end in (await consumer.end_offsets(partitions)).items()}
            finally:
                await consumer.stop()

    def consumer(self, **options: Any) -> AIOKafkaConsumer:
        """Return a consumer that is yet to be started, with an offset of its own or of its group."""
        return AIOKafkaConsumer(
            enable_auto_commit=False,
            auto_offset_reset="earliest",  # where what comes next has been deleted
            **{**self.options, **options},
        )

    async def stop(self) -> None:
        """Let go of the producer."""
        if self._producer is not None:
            await self._producer.stop()

    def unavailable(self, error: Exception) -> BrokerUnavailableError:
        """Return an error of the cluster, or of the way to it, as dpnb's."""
        is_refused = isinstance(error, (AuthenticationFailedError, TopicAuthorizationFailedError))
        reason = "no answer came in time" if isinstance(error, TimeoutError) else str(error).rstrip(".")
        return BrokerUnavailableError(
            self.name, reason=reason or type(error).__name__, hint=_ADMISSION if is_refused else _REACH
        )

    def outage(self, error: Exception) -> BrokerUnavailableError | None:
        """Return a failure that waiting may mend as dpnb's error."""
        return self.unavailable(error) if isinstance(error, FAILURES) else None


async def start(client: AIOKafkaConsumer | AIOKafkaProducer) -> None:
    """Start a client; one that cannot be started is let go of.

    Who is cancelled meanwhile waits a moment for the cluster's answer: aiokafka leaves the connection open over which
    it was asking.
    """
    starting = asyncio.ensure_future(client.start())
    try:
        await asyncio.shield(starting)
    except BaseException:
        await asyncio.wait([starting], timeout=_ANSWER_S)
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        await client.stop()
        raise


def _facts(url: str) -> tuple[str, dict[str, Any]]:
    """Return a URL's topic, and the options of aiokafka's clients that it stands for. Raises `ValueError`."""
    parts = urlsplit(url)
    credentials, _, hosts = parts.netloc.rpartition("@")
    topic = unquote(parts.path.strip("/"))
    if not hosts:
        raise ValueError("it names no host")
    if not _TOPIC.fullmatch(topic):
        raise ValueError(f"{topic!r} is no name of a Kafka topic (letters, digits, '.', '_' and '-')")
    options: dict[str, Any] = {"bootstrap_servers": hosts, **dict(parse_qsl(parts.query))}
    if credentials:
        user, _, password = credentials.partition(":")
        options |= {"sasl_plain_username": unquote(user), "sasl_plain_password": unquote(password)}
        options = {"security_protocol": "SASL_SSL", "sasl_mechanism": "PLAIN"} | options
    if "SSL" in options.get("security_protocol", "").replace("SASL_PLAINTEXT", ""):
        options["ssl_context"] = create_ssl_context()
    return topic, options


_REACH = "see that the cluster runs and can be reached from here, and that the topic exists."
_ADMISSION = "see that the URL's user and password are right, and may read and write the topic."
