"""Events and queues, beside what Python has for them.

Goals: an event goes from its publisher to an asynchronous consumer at 0.4 times the rate of a bare `asyncio.Queue`, and
it costs the same however many other patterns there are; a million topics a second are held against a pattern.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from multiprocessing import get_context
from typing import Any

import pytest

from dpnb.events import EventBase, InMemoryBroker, MultiprocessQueue, TopicPattern, TopicTrie

EVENTS = 20_000
ITEMS = 5_000
ROUNDS = 5
GOAL_RATIO = 2.5  # of the duration, which is 0.4 of the rate
GOAL_PER_S = 1_000_000
TOPIC = "run.2013.task.delays.started"
CONTEXT = get_context("spawn")


def note_rate(benchmark: Any, count: int) -> None:
    if benchmark.stats is not None:
        benchmark.extra_info["events_per_s"] = count / benchmark.stats.stats.min


async def through_asyncio_queue() -> None:
    queue: asyncio.Queue[EventBase] = asyncio.Queue()
    event = EventBase(TOPIC)
    for _ in range(EVENTS):
        await queue.put(event)
        await queue.get()


async def through_broker(subscriptions: int) -> Callable[[], Any]:
    broker = InMemoryBroker()
    others = [broker.consumer().consume(f"run.{number}.*.*.ended.**") for number in range(subscriptions - 1)]
    events = broker.consumer().consume("run.*.task.**")
    publisher, event = broker.publisher(), EventBase(TOPIC)

    async def bring() -> None:
        for _ in range(EVENTS):
            await publisher.publish(TOPIC, event)
            await anext(events)
        assert not any(other.qsize() for other in others)

    return bring


@pytest.mark.benchmark(group=f"events: {EVENTS:,} published and heard, of so many subscriptions")
@pytest.mark.parametrize("subscriptions", [1, 100, 10_000])
def test_events_reach_a_consumer(benchmark, in_turns, subscriptions):
    benchmark.extra_info["goal_ratio"] = GOAL_RATIO
    with asyncio.Runner() as runner:
        bring = runner.run(through_broker(subscriptions))
        in_turns(
            lambda: runner.run(bring()),
            {"asyncio.Queue": lambda: runner.run(through_asyncio_queue())},
            rounds=ROUNDS,
        )


@pytest.mark.benchmark(group="events: a topic held against a pattern")
@pytest.mark.parametrize("pattern", ["run.*.task.**", "**.started", "run.**.*.**.task.**.started"])
def test_topics_are_matched(benchmark, pattern):
    benchmark.extra_info["goal_per_s"] = GOAL_PER_S
    matches = TopicPattern(pattern).matches

    def match() -> None:
        for _ in range(EVENTS):
            matches(TOPIC)

    benchmark.pedantic(match, rounds=ROUNDS)
    note_rate(benchmark, EVENTS)


@pytest.mark.benchmark(group="events: a topic's subscribers found among so many patterns")
@pytest.mark.parametrize("patterns", [1, 100, 10_000])
def test_subscribers_are_found(benchmark, patterns):
    trie: TopicTrie[int] = TopicTrie()
    for number in range(patterns):
        trie.add(f"run.{2013 + number}.*.delays.**", number)

    def match() -> None:
        for _ in range(EVENTS):
            trie.match(TOPIC)

    benchmark.pedantic(match, rounds=ROUNDS)
    note_rate(benchmark, EVENTS)


# Between processes


def serve(orders: Any, queue: Any, give: str, take: str) -> None:
    """Put into a queue, or take from it, whenever and whichever is ordered."""
    while (order := orders.recv()) is not None:
        call = getattr(queue, give if order == "give" else take)
        for number in range(ITEMS):
            call(number) if order == "give" else call()
        orders.send("through")


class Between:
    """A queue between this process and one that serves."""

    def __init__(self, queue: Any, give: str, take: str) -> None:
        self._give, self._take = getattr(queue, give), getattr(queue, take)
        self._orders, other = CONTEXT.Pipe()
        self._process = CONTEXT.Process(target=serve, args=(other, queue, give, take))
        self._process.start()

    def hither(self) -> None:
        self._orders.send("give")
        for _ in range(ITEMS):
            self._take()
        self._orders.recv()

    def thither(self) -> None:
        self._orders.send("take")
        for number in range(ITEMS):
            self._give(number)
        self._orders.recv()

    def close(self) -> None:
        self._orders.send(None)
        self._process.join()


@pytest.mark.benchmark(group=f"events: {ITEMS:,} items from process to process")
@pytest.mark.parametrize("direction", ["hither", "thither"])
@pytest.mark.parametrize("maxsize", [0, 1_000])
def test_items_travel_between_processes(benchmark, in_turns, direction, maxsize):
    ours: MultiprocessQueue[int] = MultiprocessQueue(maxsize)
    peers = CONTEXT.Queue(maxsize)
    between, beside = Between(ours, "put_sync", "get_sync"), Between(peers, "put", "get")
    in_turns(getattr(between, direction), {"multiprocessing.Queue": getattr(beside, direction)}, rounds=ROUNDS)
    for each in (between, beside):
        each.close()
    peers.close()
    peers.join_thread()
