"""Reading a share of a Kafka topic's partitions, for a member of a group."""

from __future__ import annotations

import asyncio
import threading
from collections import defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from dpnb.events.adapters.kafka_reading import STOP_S, WAIT_MS, earlier_records, records_of, stop, topic_of
from dpnb.events.adapters.kafka_server import start
from dpnb.events.adapters.outages import reading_through

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dpnb.events.adapters.inbox import Delivery, Inbox
    from dpnb.events.adapters.kafka_server import KafkaServer, Positions

_LONGEST_MS = 2**31 - 1


class Share(NamedTuple):
    """A record as a member of a group had it: where, and in which assignment of partitions."""

    partition: int
    offset: int
    assignment: int


class MemberReader(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka has no annotations
    """Reads a member's share of the partitions, and commits what was handled, up to the first that was not.

    When partitions are shared out anew, what waits is forgotten, since its next owner reads it. What is in hand stays
    so; if the partition comes back it is not told again.
    """

    def __init__(self, server: KafkaServer, inbox: Inbox, positions: Positions, replay: int | None) -> None:
        self.inbox = inbox
        self._server, self._positions, self._replay = server, dict(positions), replay or 0
        self._group = f"{server.topic}:{inbox.group}:{inbox.pattern.text}"  # groups are the whole cluster's
        self._consumer: AIOKafkaConsumer | None = None
        self._lock = threading.Lock()
        self._assignment = 0
        self._in_hand: set[tuple[int, int]] = set()
        self._open: defaultdict[int, set[int]] = defaultdict(set)  # a partition's offsets that are not done with
        self._read_to: Positions = {}
        self._committed: Positions = {}
        self._has_news = asyncio.Event()

    async def run(self) -> None:
        """Read until cancelled."""
        await reading_through(self._serve, self.inbox, translated=self._server.outage)

    async def _serve(self, has_answered: Callable[[], None]) -> None:
        await self._found_group()
        self._consumer = consumer = self._server.consumer(
            group_id=self._group,
            session_timeout_ms=self._server.reclaim_ms,
            heartbeat_interval_ms=max(1, self._server.reclaim_ms // 5),
            rebalance_timeout_ms=self._server.reclaim_ms,
            max_poll_interval_ms=_LONGEST_MS,  # an event may be worked on for as long as it takes
        )
        consumer.subscribe([self._server.topic], listener=self)
        await start(consumer)
        committing = asyncio.ensure_future(self._commit_on(consumer))
        try:
            while True:
                read = await consumer.getmany(timeout_ms=WAIT_MS)
                has_answered()
                assignment = self._assignment
                for record in records_of(read):
                    await self._tell(record, assignment)
                self._has_news.set()
        finally:
            committing.cancel()
            await asyncio.wait([committing])
            with suppress(KafkaError, TimeoutError):
                async with asyncio.timeout(STOP_S):
                    await self._commit(consumer)
            await stop(consumer)
            self._let_go()

    async def _found_group(self) -> None:
        """Have a new group begin where this member was to; one that exists goes on where it stopped."""
        if self._replay:
            for record in await earlier_records(self._server, self.inbox.pattern, self._positions, self._replay):
                self._positions[record.partition] = min(record.offset, self._positions[record.partition])
            self._replay = 0
        founder = self._server.consumer(group_id=self._group)
        await start(founder)
        try:
            partitions = [TopicPartition(self._server.topic, number) for number in self._positions]
            founder.assign(partitions)
            unknown = [one for one in partitions if await founder.committed(one) is None]
            if unknown:
                with suppress(KafkaError):  # another member was quicker
                    await founder.commit({one: self._positions[one.partition] for one in unknown})
        finally:
            await stop(founder)

    async def _tell(self, record: ConsumerRecord, assignment: int) -> None:
        share = Share(record.partition, record.offset, assignment)
        if assignment != self._assignment:
            return
        self._read_to[record.partition] = record.offset + 1
        self._open[record.partition].add(record.offset)
        if (record.partition, record.offset) in self._in_hand:
            return
        if not await self.inbox.tell(topic_of(record), record.value or b"", share):
            self._close(share)

    def _close(self, share: Share) -> None:
        """Take note that a record is done with."""
        self._in_hand.discard((share.partition, share.offset))
        self._open[share.partition].discard(share.offset)
        self._has_news.set()

    async def _commit_on(self, consumer: AIOKafkaConsumer) -> None:
        """Commit whenever something was handled; what is handled meanwhile goes along with the next."""
        while True:
            await self._has_news.wait()
            self._has_news.clear()
            with suppress(KafkaError):  # the partitions are being shared out anew: their next owner has what is open
                await self._commit(consumer)

    async def _commit(self, consumer: AIOKafkaConsumer) -> None:
        handled = {number: min(self._open[number], default=end) for number, end in self._read_to.items()}
        news = {number: offset for number, offset in handled.items() if self._committed.get(number) != offset}
        if news:
            await consumer.commit({TopicPartition(self._server.topic, number): at for number, at in news.items()})
            self._committed |= news

    async def on_partitions_revoked(self, revoked: Any) -> None:  # noqa: ARG002 - all are, before they are shared out
        """Commit for the last time what was handled, and forget what waits."""
        if self._consumer is not None:
            with suppress(KafkaError):
                await self._commit(self._consumer)
        self._let_go()

    def _let_go(self) -> None:
        with self._lock:
            self._assignment += 1
            waiting = list(self._waiting())
        for delivery in waiting:
            self.inbox.forget(delivery)
        self._open.clear()
        self._read_to.clear()
        self._committed.clear()

    def _waiting(self) -> Iterable[Delivery]:
        while True:
            try:
                yield self.inbox.queue.take()
            except IndexError:
                return

    async def on_partitions_assigned(self, assigned: Any) -> None:
        """Go on where the group is."""

    def ask(self, handled: Delivery | None) -> None:
        """Take note of what has been handled."""
        if handled is not None and isinstance(handled.token, Share):
            self._close(handled.token)

    def rest(self) -> None:
        """Do nothing."""

    def hand_over(self, delivery: Delivery) -> bool:
        """Take note that an event is in hand; False if its partition was shared out anew. Called in any thread."""
        share = delivery.token
        with self._lock:
            if not isinstance(share, Share) or share.assignment != self._assignment:
                return False
            self._in_hand.add((share.partition, share.offset))
        return True

    def finish(self, handled: Delivery | None) -> None:
        """Take note of what has been handled; `run` commits it at its end."""
        self.ask(handled)

    async def leave(self) -> None:
        """Do nothing: the end of `run` has left the group."""
