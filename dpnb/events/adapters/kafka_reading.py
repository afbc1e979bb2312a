"""Reading a Kafka topic, all of its partitions, for one subscription."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from dpnb.events.adapters.kafka_server import start
from dpnb.events.adapters.outages import reading_through

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dpnb.events.adapters.inbox import Delivery, Inbox
    from dpnb.events.adapters.kafka_server import KafkaServer, Positions
    from dpnb.events.topics import TopicPattern

WAIT_MS = 1_000
_FIRST_WINDOW = 500
STOP_S = 1.5


class PartitionReader:
    """Reads all partitions from `positions` on, having told the last `replay` events before."""

    def __init__(self, server: KafkaServer, inbox: Inbox, positions: Positions, replay: int | None) -> None:
        self.inbox = inbox
        self._server, self._positions, self._replay = server, dict(positions), replay or 0

    async def run(self) -> None:
        """Read until cancelled."""
        await reading_through(self._serve, self.inbox, translated=self._server.outage)

    async def _serve(self, has_answered: Callable[[], None]) -> None:
        if self._replay:
            for record in await earlier_records(self._server, self.inbox.pattern, self._positions, self._replay):
                await self.inbox.tell(topic_of(record), record.value or b"", is_earlier=True)
            self._replay = 0
        consumer = self._server.consumer()
        await start(consumer)
        try:
            partitions = [TopicPartition(self._server.topic, number) for number in self._positions]
            consumer.assign(partitions)
            for one in partitions:
                consumer.seek(one, self._positions[one.partition])
            while True:
                read = await consumer.getmany(timeout_ms=WAIT_MS)
                has_answered()
                for record in records_of(read):
                    await self.inbox.tell(topic_of(record), record.value or b"")
                    self._positions[record.partition] = record.offset + 1
        finally:
            await stop(consumer)

    def ask(self, handled: Delivery | None) -> None:
        """Do nothing: all is read, asked for or not."""

    def rest(self) -> None:
        """Do nothing."""

    def hand_over(self, delivery: Delivery) -> bool:  # noqa: ARG002 - nobody else has it
        """Tell that it is this subscription's."""
        return True

    def finish(self, handled: Delivery | None) -> None:
        """Do nothing."""

    async def leave(self) -> None:
        """Do nothing."""


def topic_of(record: ConsumerRecord) -> str:
    """Return the topic under which an event was published; an empty one for what is no event."""
    return next((value.decode(errors="replace") for name, value in record.headers if name == "topic"), "")


def records_of(read: dict[TopicPartition, list[ConsumerRecord]]) -> Iterable[ConsumerRecord]:
    """Return what was read of several partitions, each in its order."""
    return (record for records in read.values() for record in records)


async def stop(consumer: AIOKafkaConsumer) -> None:
    """Let go of a consumer, also if the cluster does not answer."""
    with suppress(KafkaError, TimeoutError):
        async with asyncio.timeout(STOP_S):
            await consumer.stop()


async def earlier_records(
    server: KafkaServer, pattern: TopicPattern, ends: Positions, count: int
) -> list[ConsumerRecord]:
    """Return the last `count` records before `ends` that the pattern chooses, oldest first.

    Between partitions there is no order but that of the time at which they were sent.
    """
    consumer = server.consumer()
    await start(consumer)
    try:
        partitions = [TopicPartition(server.topic, number) for number in ends]
        consumer.assign(partitions)
        starts = await consumer.beginning_offsets(partitions)
        found: list[ConsumerRecord] = []
        for one in partitions:
            found += await _last(consumer, one, pattern, (starts[one], ends[one.partition]), count)
    finally:
        await stop(consumer)
    return sorted(found, key=lambda record: record.timestamp)[-count:]


async def _last(
    consumer: AIOKafkaConsumer, partition: TopicPartition, pattern: TopicPattern, span: tuple[int, int], count: int
) -> list[ConsumerRecord]:
    """Return a partition's last `count` records that are chosen, looking back further until there are so many."""
    first, end = span
    window = max(_FIRST_WINDOW, count)
    while True:
        low = max(first, end - window)
        chosen = [record for record in await _between(consumer, partition, low, end) if _chooses(pattern, record)]
        if len(chosen) >= count or low == first:
            return chosen[-count:]
        window *= 4


def _chooses(pattern: TopicPattern, record: ConsumerRecord) -> bool:
    return pattern.matches(topic_of(record))


async def _between(consumer: AIOKafkaConsumer, partition: TopicPartition, low: int, end: int) -> list[ConsumerRecord]:
    found: list[ConsumerRecord] = []
    consumer.seek(partition, low)
    while low < end:
        read = list(records_of(await consumer.getmany(partition, timeout_ms=WAIT_MS)))
        if not read:  # the last offsets may belong to no record
            break
        found += [record for record in read if record.offset < end]
        low = read[-1].offset + 1
    return found
