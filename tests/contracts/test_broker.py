"""What every broker guarantees, whatever brings its events."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from dpnb.errors import EventKindError, QueueClosedError, QueueFullError, TopicError
from dpnb.events import Broker, Consumer, EventBase, InMemoryBroker, Publisher, Subscription, open_broker
from tests.servers import followers_first
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE_S = 30
MOMENT_S = 0.05


@dataclass(frozen=True, kw_only=True)
class Landed(EventBase):
    flight: str


class Ingested(EventBase):
    def __init__(self, topic: str, data: dict[str, int], **kwargs):
        super().__init__(topic=topic, data=data, **kwargs)
        self.data = data  # type: ignore[misc]
        self.doubled = data["rows"] * 2


@pytest.fixture(params=["memory", "redis", "kafka"])
def url(request) -> str:
    """Give the address of a place where no event has been."""
    place = f"t-{uuid4().hex}"
    match request.param:
        case "redis":
            return f"{request.getfixturevalue('redis_server').url}?namespace={place}"
        case "kafka":
            return f"kafka://{request.getfixturevalue('kafka_hosts')}/{place}"
        case _:
            return "memory:"


@pytest.fixture
def broker(url) -> Iterator[Broker]:
    made = open_broker(url)
    yield made
    made.close()


@pytest.fixture
def elsewhere(url, broker) -> Iterator[Broker]:
    """Give the broker as another process would have it."""
    made = broker if url == "memory:" else open_broker(url)
    with followers_first():
        yield made
    made.close()


def say(broker: Broker, topic: str, *data: object) -> None:
    publisher = broker.publisher()
    for one in data:
        publisher.publish_sync(topic, EventBase(topic, one))


def heard(subscription: Subscription, count: int) -> list[object]:
    return [subscription.get_sync(timeout=PATIENCE_S).data for _ in range(count)]


def test_its_parts_are_what_the_ports_ask_for(broker):
    assert isinstance(broker, Broker)
    assert isinstance(broker.publisher(), Publisher)
    assert isinstance(broker.consumer(), Consumer)
    assert isinstance(broker.consumer().consume("a"), Subscription)


async def test_events_of_a_topic_arrive_in_order(broker):
    events = broker.consumer().consume("run.*.task.**")
    publisher = broker.publisher()
    for number in range(20):
        await publisher.publish(f"run.1.task.항공편.{number}", EventBase(f"run.1.task.항공편.{number}", number))
    got = [await events.get(timeout=PATIENCE_S) for _ in range(20)]
    assert [event.data for event in got] == list(range(20))
    assert got[3].topic == "run.1.task.항공편.3"


def test_only_what_the_pattern_chooses_is_heard(broker):
    consumer = broker.consumer()
    one, many, exact = consumer.consume("a.*"), consumer.consume("a.**"), consumer.consume("a.b")
    for topic in ["a", "a.b", "a.b.c", "b.b"]:
        say(broker, topic, topic)
    say(broker, "a.b", "last")
    assert heard(one, 2) == ["a.b", "last"]
    assert heard(many, 4) == ["a", "a.b", "a.b.c", "last"]
    assert heard(exact, 2) == ["a.b", "last"]


def test_every_consumer_gets_every_event(broker):
    subscriptions = [broker.consumer().consume("a") for _ in range(3)]
    say(broker, "a", 1, 2, 3)
    for subscription in subscriptions:
        assert heard(subscription, 3) == [1, 2, 3]


def test_a_group_shares_its_events(broker, elsewhere):
    members = [one.consumer().consume("a", group="모음") for one in (broker, elsewhere)]
    other = broker.consumer().consume("a", group="another")
    taken: list[object] = []
    threads = [threading.Thread(target=lambda one=one: taken.extend(event.data for event in one)) for one in members]
    for thread in threads:
        thread.start()
    for number in range(10):
        broker.publisher(f"source {number % 5}").publish_sync("a", EventBase("a", number))
    assert sorted(heard(other, 10)) == list(range(10))  # type: ignore[type-var]
    until(lambda: len(taken) >= 10)
    for member in members:
        member.close()
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(10))  # type: ignore[type-var]


def test_a_member_of_a_group_takes_from_where_the_first_one_began(broker):
    say(broker, "a", *range(5))
    first = broker.consumer().consume("a", group="g", replay=3)
    assert heard(first, 3) == [2, 3, 4]


def test_a_consumer_hears_from_when_it_was_made(broker):
    say(broker, "a", "before")
    consumer = broker.consumer()
    say(broker, "a", "between")
    events = consumer.consume("a")
    say(broker, "a", "after")
    assert heard(events, 2) == ["between", "after"]
    second = consumer.consume("a")
    say(broker, "a", "last")
    assert heard(second, 1) == ["last"]


def test_a_consumer_may_begin_with_earlier_events(broker):
    say(broker, "a", *range(5))
    say(broker, "b", "other")
    events = broker.consumer().consume("a", replay=3)
    say(broker, "a", "new")
    assert heard(events, 4) == [2, 3, 4, "new"]
    assert heard(broker.consumer().consume("a", replay=100), 6) == [0, 1, 2, 3, 4, "new"]


def test_who_leaves_its_loop_is_unsubscribed(broker):
    async def first() -> object:
        async for event in broker.consumer().consume("a", replay=1):
            return event.data
        return None

    say(broker, "a", 1)
    assert asyncio.run(first()) == 1
    for event in broker.consumer().consume("a", replay=1):
        assert event.data == 1
        break
    if isinstance(broker, InMemoryBroker):
        assert not broker.has_listeners("a")


def test_a_closed_subscription_ends(broker):
    with broker.consumer().consume("a") as events:
        say(broker, "a", 1)
        assert heard(events, 1) == [1]
    assert list(events) == []
    with pytest.raises(QueueClosedError):
        events.get_sync(timeout=PATIENCE_S)


async def test_closing_ends_a_loop_that_waits(broker):
    async def listen(events: Subscription) -> list[object]:
        return [event.data async for event in events]

    events = broker.consumer().consume("a")
    listening = asyncio.create_task(listen(events))
    await asyncio.sleep(MOMENT_S)
    events.close()
    assert await asyncio.wait_for(listening, PATIENCE_S) == []


def test_a_subscriber_that_is_slow_costs_nobody_anything(broker):
    slow = broker.consumer().consume("a", maxsize=2)
    quick = broker.consumer().consume("a")
    say(broker, "a", *range(10))
    assert heard(quick, 10) == list(range(10))
    until(lambda: slow.dropped == 8)
    assert heard(slow, 2) == [8, 9]


def test_the_newest_may_be_dropped_instead(broker):
    slow = broker.consumer().consume("a", maxsize=2, overflow="drop_newest")
    say(broker, "a", *range(10))
    until(lambda: slow.dropped == 8)
    assert heard(slow, 2) == [0, 1]


def test_who_asked_for_an_error_when_it_is_full_causes_one(broker):
    slow = broker.consumer().consume("a", maxsize=2, overflow="error")
    say(broker, "a", 0, 1)

    def overflow() -> None:
        say(broker, "a", 2)  # raises here within a process
        until(lambda: slow.dropped)
        slow.get_sync(timeout=PATIENCE_S)  # and here where a server is between

    with pytest.raises(QueueFullError):
        overflow()
    assert heard(slow, 2) == [0, 1]


def test_a_publisher_may_wait_for_room_or_the_events_for_a_consumer(broker):
    events = broker.consumer().consume("a", maxsize=2, overflow="block")
    speaking = threading.Thread(target=say, args=(broker, "a", *range(20)))
    speaking.start()
    assert heard(events, 20) == list(range(20))
    speaking.join()
    assert events.dropped == 0


def test_threads_and_tasks_publish_and_consume_together(broker):
    events = broker.consumer().consume("a.**")

    async def publish(name: str) -> None:
        publisher = broker.publisher(name)
        for number in range(50):
            await publisher.publish(f"a.{name}", EventBase(f"a.{name}", number))

    def publish_sync(name: str) -> None:
        publisher = broker.publisher(name)
        for number in range(50):
            publisher.publish_sync(f"a.{name}", EventBase(f"a.{name}", number))

    threads = [threading.Thread(target=publish_sync, args=(name,)) for name in ("x", "y")]
    threads.append(threading.Thread(target=asyncio.run, args=(publish("z"),)))
    for thread in threads:
        thread.start()
    got = [events.get_sync(timeout=PATIENCE_S) for _ in range(150)]
    for thread in threads:
        thread.join()
    for name in ("x", "y", "z"):
        assert [event.data for event in got if event.source == name] == list(range(50))


def test_events_keep_their_class_and_attributes(broker):
    events = broker.consumer().consume("a")
    sent = [
        Landed("a", {"gate": "가"}, flight="KE1", source="tower"),
        Ingested("a", {"rows": 2}, event_id="42"),
    ]
    publisher = broker.publisher("default")
    for event in sent:
        publisher.publish_sync("a", event)
    got = [events.get_sync(timeout=PATIENCE_S) for _ in range(2)]
    landed, ingested = sorted(got, key=lambda event: event.source, reverse=True)  # of two sources, in any order
    assert isinstance(landed, Landed)
    assert (landed.flight, landed.data, landed.source) == ("KE1", {"gate": "가"}, "tower")
    assert (landed.event_id, landed.timestamp) == (sent[0].event_id, sent[0].timestamp)
    assert isinstance(ingested, Ingested)
    assert (ingested.doubled, ingested.event_id, ingested.source) == (4, "42", "default")


@pytest.mark.parametrize("topic", ["", "a..b", ".a", "a.*", "**", "a*"])
def test_a_topic_that_is_none_is_refused(broker, topic):
    with pytest.raises(TopicError):
        broker.publisher().publish_sync(topic, EventBase("a"))


@pytest.mark.parametrize("source", ["", "적재"])
async def test_what_is_no_event_is_refused_where_it_is_published(broker, source):
    events, publisher = broker.consumer().consume("a"), broker.publisher(source)
    with pytest.raises(EventKindError, match=r"\{'rows': 1\} cannot be published: it is a dict"):
        publisher.publish_sync("a", {"rows": 1})
    with pytest.raises(EventKindError, match="it is a str"):
        await publisher.publish("a", "항공편")
    say(broker, "a", 1)
    assert heard(events, 1) == [1]


@pytest.mark.parametrize("pattern", ["", "a..b", "a*.b", "a.***"])
def test_a_pattern_that_is_none_is_refused(broker, pattern):
    with pytest.raises(TopicError):
        broker.consumer().consume(pattern)


def test_a_closed_broker_ends_its_subscriptions(broker):
    events = broker.consumer().consume("a")
    broker.close()
    broker.close()
    assert list(events) == []
    with pytest.raises(QueueClosedError):
        say(broker, "a", 1)
    with pytest.raises(QueueClosedError):
        broker.consumer().consume("a")


def test_an_event_may_be_forwarded_under_another_topic(broker):
    events = broker.consumer().consume("*")
    event = EventBase("a", 1)
    for topic in ("a", "b"):
        broker.publisher().publish_sync(topic, event)
    assert heard(events, 2) == [1, 1]


def test_an_event_that_is_published_again_is_heard_once_through_a_server(broker, url):
    events = broker.consumer().consume("a")
    again = EventBase("a", 1)
    for event in (again, again, EventBase("a", 2)):
        broker.publisher().publish_sync("a", event)
    expected = [1, 1, 2] if url == "memory:" else [1, 2]
    assert heard(events, len(expected)) == expected
