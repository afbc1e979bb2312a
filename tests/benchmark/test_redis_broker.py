"""Events through a Redis server, beside redis-py's own streams there, which know neither topics nor doubles."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis

from dpnb.events import EventBase, RedisBroker

EVENTS = 2_000


@pytest.fixture
def broker(redis_server) -> Iterator[RedisBroker]:
    made = RedisBroker(redis_server.url, namespace="bench")
    yield made
    made.close()


@pytest.fixture
def client(redis_server) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_server.url, decode_responses=True) as made:
        yield made


@pytest.mark.benchmark(group="Redis: publish, then consume")
def test_publish_and_consume(in_turns, benchmark, broker, client):
    publisher, events = broker.publisher("bench"), broker.consumer().consume("run.**", maxsize=0)
    position = "0-0"

    def with_dpnb() -> None:
        for number in range(EVENTS):
            publisher.publish_sync("run.1.task.a", EventBase("run.1.task.a", {"number": number}))
        for _ in range(EVENTS):
            events.get_sync(timeout=60)

    def with_redis_py() -> None:
        nonlocal position
        for number in range(EVENTS):
            event = EventBase("run.1.task.a", {"number": number}, source="bench")
            client.xadd("bare", {"t": event.topic, "e": event.to_json()}, maxlen=100_000)
        left = EVENTS
        while left:
            ((_, entries),) = client.xread({"bare": position}, count=500)
            for entry, fields in entries:
                EventBase.from_json(fields["e"])
                position = entry
            left -= len(entries)

    benchmark.extra_info["goal_ratio"] = 2
    in_turns(with_dpnb, {"redis-py": with_redis_py})


@pytest.mark.benchmark(group="Redis: publish, then consume as a member of a group")
def test_publish_and_consume_in_a_group(in_turns, benchmark, broker, client):
    publisher, events = broker.publisher("bench"), broker.consumer().consume("job.*", group="workers")
    client.xgroup_create("jobs", "workers", mkstream=True)

    def with_dpnb() -> None:
        for number in range(EVENTS):
            publisher.publish_sync("job.a", EventBase("job.a", {"number": number}))
        for _ in range(EVENTS):
            events.get_sync(timeout=60)

    def with_redis_py() -> None:
        for number in range(EVENTS):
            event = EventBase("job.a", {"number": number}, source="bench")
            client.xadd("jobs", {"t": event.topic, "e": event.to_json()}, maxlen=100_000)
        for _ in range(EVENTS):
            ((_, ((entry, fields),)),) = client.xreadgroup("workers", "me", {"jobs": ">"}, count=1)
            EventBase.from_json(fields["e"])
            client.xack("jobs", "workers", entry)

    benchmark.extra_info["goal_ratio"] = 1.5
    in_turns(with_dpnb, {"redis-py": with_redis_py})
