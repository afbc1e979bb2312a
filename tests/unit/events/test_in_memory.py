from __future__ import annotations

import asyncio
import gc
import threading

import pytest

from dpnb.errors import BrokerUnavailableError, QueueClosedError, QueueFullError
from dpnb.events import EventBase, InMemoryBroker, InMemoryConsumer, InMemoryPublisher, open_broker


async def test_the_example_of_the_document_that_the_project_comes_from():
    broker = InMemoryBroker()
    publisher = InMemoryPublisher(broker)
    consumer = InMemoryConsumer(broker)

    class DataEvent(EventBase):
        def __init__(self, topic: str, data: dict[str, int], **kwargs):
            super().__init__(topic=topic, data=data, **kwargs)
            self.data = data  # type: ignore[misc]

    await publisher.publish("data.ingestion", DataEvent(topic="data.ingestion", data={"rows": 100}))
    async for event in consumer.consume("data.ingestion"):
        assert event.data == {"rows": 100}
        break
    assert not broker.has_listeners("data.ingestion")


def test_a_consumer_that_asks_for_it_holds_its_publishers_back():
    broker = InMemoryBroker()
    events = broker.consumer().consume("a", maxsize=1, overflow="block")
    publisher = broker.publisher()
    publisher.publish_sync("a", EventBase("a", 1))
    waiting = threading.Thread(target=publisher.publish_sync, args=("a", EventBase("a", 2)))
    waiting.start()
    assert [events.get_sync(timeout=30).data for _ in range(2)] == [1, 2]
    waiting.join()


async def test_a_consumer_that_leaves_lets_its_publisher_go():
    broker = InMemoryBroker()
    events = broker.consumer().consume("a", maxsize=1, overflow="block")
    publisher = broker.publisher("name")
    await publisher.publish("a", EventBase("a"))
    waiting = asyncio.create_task(publisher.publish("a", EventBase("a")))
    await asyncio.sleep(0)
    events.close()
    await asyncio.wait_for(waiting, 30)


def test_a_full_queue_of_the_policy_error_is_told_when_the_others_have_the_event():
    broker = InMemoryBroker()
    full = broker.consumer().consume("a", maxsize=1, overflow="error")
    other = broker.consumer().consume("a")
    publisher = broker.publisher()
    publisher.publish_sync("a", EventBase("a", 1))
    with pytest.raises(QueueFullError):
        publisher.publish_sync("a", EventBase("a", 2))
    assert [other.get_sync().data for _ in range(2)] == [1, 2]
    assert full.get_sync().data == 1


async def test_a_full_queue_of_the_policy_error_keeps_no_event_from_one_that_is_waited_for():
    broker = InMemoryBroker()
    full = broker.consumer().consume("a", maxsize=1, overflow="error")
    waited_for = broker.consumer().consume("a", maxsize=1, overflow="block")
    publisher = broker.publisher()
    await publisher.publish("a", EventBase("a", 1))
    publishing = asyncio.create_task(publisher.publish("a", EventBase("a", 2)))
    assert [(await waited_for.get(timeout=30)).data for _ in range(2)] == [1, 2]
    with pytest.raises(QueueFullError):
        await publishing
    assert full.qsize() == 1


def test_a_closed_broker_takes_nothing():
    broker = InMemoryBroker()
    broker.close()
    with pytest.raises(QueueClosedError):
        broker.publisher().publish_sync("a", EventBase("a"))
    with pytest.raises(QueueClosedError):
        broker.consumer().consume("a")


def test_a_subscription_that_nobody_holds_is_gone():
    broker = InMemoryBroker()
    cycle = [broker.consumer().consume("a.**")]
    cycle.append(cycle)  # type: ignore[arg-type]
    assert broker.has_listeners("a.b")
    del cycle
    gc.collect()
    assert not broker.has_listeners("a.b")


async def test_a_task_cancelled_in_its_loop_is_unsubscribed_even_if_its_traceback_is_kept():
    broker = InMemoryBroker()

    async def listen() -> None:
        async for _ in broker.consumer().consume("a"):
            pass

    listening = asyncio.create_task(listen())
    await asyncio.sleep(0)
    assert broker.has_listeners("a")
    listening.cancel()
    with pytest.raises(asyncio.CancelledError) as kept:
        await listening
    assert kept.tb is not None
    assert not broker.has_listeners("a")


def test_a_loop_left_by_an_exception_is_unsubscribed_even_if_its_traceback_is_kept():
    broker = InMemoryBroker()
    consumer = broker.consumer()
    broker.publisher().publish_sync("a", EventBase("a"))

    def listen() -> None:
        for _ in consumer.consume("a"):
            raise ValueError

    with pytest.raises(ValueError) as kept:  # noqa: PT011 - our own
        listen()
    assert kept.tb is not None
    assert not broker.has_listeners("a")


def test_thousands_of_subscribers_hear_what_is_theirs():
    broker = InMemoryBroker()
    every = [broker.consumer().consume(f"run.{number}.**") for number in range(3_000)]
    all_of_them = broker.consumer().consume("run.*.started", maxsize=0)
    publisher = broker.publisher()
    for number in range(3_000):
        publisher.publish_sync(f"run.{number}.started", EventBase("a", number))
    assert [events.get_sync(timeout=30).data for events in every] == list(range(3_000))
    assert [all_of_them.get_sync().data for _ in range(3_000)] == list(range(3_000))
    assert not any(events.qsize() for events in every)
    for events in every:
        events.close()
    assert not broker.has_listeners("run.7.task.x")
    assert broker.has_listeners("run.7.started")


def test_a_group_goes_on_until_its_last_member_leaves():
    broker = InMemoryBroker()
    first, second = (broker.consumer().consume("a", group="g") for _ in range(2))
    first.close()
    broker.publisher().publish_sync("a", EventBase("a", 1))
    assert second.get_sync(timeout=30).data == 1
    second.close()
    assert not broker.has_listeners("a")


def test_what_is_published_while_one_subscribes_is_heard_once_and_not_missed():
    broker = InMemoryBroker(retained=100_000)
    publisher = broker.publisher()
    ready, go_on = threading.Event(), threading.Event()

    def publish() -> None:
        number = 0
        while not go_on.is_set() or number < 2_000:
            publisher.publish_sync("a", EventBase("a", number))
            number += 1
            ready.set()
        publisher.publish_sync("a", EventBase("a", None))

    thread = threading.Thread(target=publish)
    thread.start()
    ready.wait()
    subscriptions = [broker.consumer().consume("a", replay=100_000, maxsize=0) for _ in range(20)]
    go_on.set()
    thread.join()
    broker.close()
    for events in subscriptions:
        heard = [event.data for event in events]
        assert heard[:-1] == list(range(len(heard) - 1))
        assert heard[-1] is None


def test_topics_beyond_those_that_are_remembered_are_heard():
    broker = InMemoryBroker(retained=10)
    events = broker.consumer().consume("a.*", maxsize=0)
    publisher = broker.publisher()
    for number in range(10_050):
        publisher.publish_sync(f"a.{number}", EventBase(f"a.{number}", number))
    assert [events.get_sync().data for _ in range(10_050)] == list(range(10_050))


def test_its_repr_tells_who_listens():
    broker = InMemoryBroker()
    assert repr(broker) == "<InMemoryBroker: 0 published; nobody listens>"
    events = broker.consumer().consume("a.*", group="g")
    broker.publisher().publish_sync("a.b", EventBase("a.b"))
    assert repr(broker) == "<InMemoryBroker: 1 published; <subscription to 'a.*' in group 'g': 1 waiting>>"
    assert events.qsize() == 1


def test_a_url_names_a_broker():
    assert isinstance(open_broker("memory:"), InMemoryBroker)
    with pytest.raises(BrokerUnavailableError, match="'ftp' is no kind"):
        open_broker("ftp://x")
