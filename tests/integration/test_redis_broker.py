"""What a broker in a Redis server promises when processes die, and when the server does."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
import redis

from dpnb.errors import BrokerUnavailableError
from dpnb.events import EventBase, RedisBroker, Subscription
from tests.servers import RedisProcess, redis_process
from tests.waiting import until

pytestmark = pytest.mark.integration

PATIENCE_S = 30
QUICK_S = 0.3

MEMBER = """
import sys, time
from dpnb.events import RedisBroker
broker = RedisBroker(sys.argv[1], reclaim_after=0.3)
with broker.consumer().consume("a", group="g", replay=10) as events:
    print(events.get_sync(timeout=30).data, flush=True)
    if sys.argv[2] == "hang":
        time.sleep(600)
"""


@pytest.fixture
def place() -> str:
    return f"t-{uuid4().hex}"


@pytest.fixture
def open_here(redis_server, place) -> Iterator[Callable[..., RedisBroker]]:
    """Give what opens a broker, as another process would."""
    opened: list[RedisBroker] = []

    def open_it(**options) -> RedisBroker:
        opened.append(RedisBroker(redis_server.url, namespace=place, **options))
        return opened[-1]

    yield open_it
    for one in opened:
        one.close()


@pytest.fixture
def client(redis_server) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_server.url, decode_responses=True) as made:
        yield made


@pytest.fixture
def durable(require) -> Iterator[RedisProcess]:
    require("redis-server")
    with redis_process(is_durable=True) as server:
        yield server


@pytest.fixture
def forgetful(require) -> Iterator[RedisProcess]:
    require("redis-server")
    with redis_process() as server:
        yield server


def say(broker: RedisBroker, *data: object) -> None:
    publisher = broker.publisher()
    for one in data:
        publisher.publish_sync("a", EventBase("a", one))


def heard(subscription: Subscription, count: int) -> list[object]:
    return [subscription.get_sync(timeout=PATIENCE_S).data for _ in range(count)]


def member(url: str, mode: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "error", "-c", MEMBER, url, mode]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_what_a_killed_member_had_in_hand_is_anothers(open_here, redis_server, place):
    broker = open_here(reclaim_after=QUICK_S)
    say(broker, 1, 2)
    with member(f"{redis_server.url}?namespace={place}", "hang") as dead:
        assert dead.stdout is not None
        assert dead.stdout.readline() == "1\n"
        dead.kill()
    assert sorted(heard(broker.consumer().consume("a", group="g"), 2)) == [1, 2]  # type: ignore[type-var]


def test_a_process_that_ends_has_said_what_it_handled_and_leaves_nothing(open_here, redis_server, place, client):
    broker = open_here(reclaim_after=QUICK_S)
    say(broker, 1, 2)
    with member(f"{redis_server.url}?namespace={place}", "end") as ended:
        out, err = ended.communicate(timeout=PATIENCE_S)
    assert (out, err, ended.returncode) == ("1\n", "", 0)
    (group,) = client.xinfo_groups(f"{{{place}}}:events")
    assert (group["pending"], group["consumers"]) == (0, 0)
    assert heard(broker.consumer().consume("a", group="g"), 1) == [2]


def test_what_was_in_hand_when_a_block_failed_is_anothers_at_once(open_here):
    broker, other = open_here(), open_here()
    say(broker, 1)
    events = broker.consumer().consume("a", group="g", replay=1)
    with pytest.raises(ZeroDivisionError), events:
        print(1 / (events.get_sync(timeout=PATIENCE_S).data - 1))
    assert heard(other.consumer().consume("a", group="g"), 1) == [1]


def test_a_member_takes_no_more_than_it_asked_for(open_here):
    members = [open_here().consumer().consume("a", group="g") for _ in range(2)]
    with pytest.raises(TimeoutError):
        members[0].get_sync(timeout=0.01)
    say(open_here(), *range(20))
    assert [number for _ in range(10) for one in members for number in heard(one, 1)] == list(range(20))


def test_a_member_may_work_on_an_event_for_longer_than_the_dead_are_waited_for(open_here):
    broker, other = open_here(reclaim_after=QUICK_S), open_here(reclaim_after=QUICK_S)
    busy = broker.consumer().consume("a", group="g")
    say(broker, 1)
    assert heard(busy, 1) == [1]
    waiting = other.consumer().consume("a", group="g")
    with pytest.raises(TimeoutError):
        waiting.get_sync(timeout=4 * QUICK_S)
    say(broker, 2)
    assert heard(waiting, 1) == [2]


def test_a_group_goes_on_where_it_stopped(open_here):
    broker = open_here()
    with broker.consumer().consume("a", group="g") as events:
        say(broker, 1, 2, 3)
        assert heard(events, 1) == [1]
    say(broker, 4)
    assert heard(open_here().consumer().consume("a", group="g"), 3) == [2, 3, 4]


def test_a_group_waits_for_what_its_pattern_chooses_among_much_else(open_here):
    broker = open_here()
    events = broker.consumer().consume("a.*.c", group="g")
    publisher = broker.publisher()
    for topic in ["b"] * 1_500 + ["a.b.c", "a.b", "a.항공편.c"]:
        publisher.publish_sync(topic, EventBase(topic, topic))
    assert heard(events, 2) == ["a.b.c", "a.항공편.c"]


def test_publishing_fails_soon_while_the_server_is_away_and_all_go_on_when_it_is_back(durable):
    broker = RedisBroker(durable.url, timeout=1.0)
    events, shared = broker.consumer().consume("a"), broker.consumer().consume("a", group="g")
    say(broker, 1, 2)
    assert heard(events, 1) + heard(shared, 1) == [1, 1]
    durable.kill()
    late = EventBase("a", 3)
    began = time.monotonic()
    with pytest.raises(BrokerUnavailableError):
        broker.publisher().publish_sync("a", late)
    with pytest.raises(BrokerUnavailableError):
        broker.consumer()
    assert time.monotonic() - began < 5
    durable.start()
    for _ in range(2):  # who was not told whether it had arrived says it again
        broker.publisher().publish_sync("a", late)
    say(broker, 4)
    assert heard(events, 3) == [2, 3, 4]
    assert heard(shared, 3) == [2, 3, 4]
    broker.close()


def test_a_server_that_came_back_without_its_memory_is_listened_to_again(forgetful):
    broker = RedisBroker(forgetful.url)
    events, shared = broker.consumer().consume("a"), broker.consumer().consume("a", group="g")
    kept = EventBase("a", 1)
    broker.publisher().publish_sync("a", kept)
    assert heard(events, 1) + heard(shared, 1) == [1, 1]
    forgetful.kill()
    forgetful.start()
    broker.publisher().publish_sync("a", kept)  # it is told once, though the server knows nothing of it
    say(broker, 2)
    assert heard(events, 1) + heard(shared, 1) == [2, 2]
    broker.close()


async def test_a_task_that_publishes_is_told_too(forgetful):
    broker = RedisBroker(forgetful.url)
    await broker.publisher().publish("a", EventBase("a", 1))
    forgetful.kill()
    with pytest.raises(BrokerUnavailableError):
        await broker.publisher().publish("a", EventBase("a", 2))
    broker.close()


def test_a_server_that_hangs_is_not_waited_for_for_long(forgetful):
    broker = RedisBroker(forgetful.url, timeout=0.1)
    say(broker, 1)
    os.kill(forgetful.process.pid, signal.SIGSTOP)
    began = time.monotonic()
    with pytest.raises(BrokerUnavailableError):
        say(broker, 2)
    assert time.monotonic() - began < 5
    os.kill(forgetful.process.pid, signal.SIGCONT)
    broker.close()


def test_the_server_keeps_no_more_than_it_was_told_to(open_here, client, place):
    broker = open_here(retained=200)
    say(broker, *range(1_000))
    assert client.xlen(f"{{{place}}}:events") <= 300  # it trims by nodes of 100
    assert len(heard(broker.consumer().consume("a", replay=200), 200)) >= 200
    assert {key for key in client.keys("*") if place in key} == {f"{{{place}}}:events", f"{{{place}}}:ids"}


def test_what_others_wrote_into_the_stream_is_left_out(open_here, client, place):
    broker = open_here()
    plain, shared = broker.consumer().consume("a"), broker.consumer().consume("a", group="g")
    for fields in ({"x": "1"}, {"t": "a", "e": "{"}, {"t": "a"}):
        client.xadd(f"{{{place}}}:events", fields)
    say(broker, 1)
    assert heard(plain, 1) + heard(shared, 1) == [1, 1]


def test_a_key_that_is_something_else_is_named(open_here, client, place):
    client.set(f"{{{place}}}:events", "text")
    broker = open_here()
    with pytest.raises(BrokerUnavailableError, match="WRONGTYPE"):
        broker.consumer()
    with pytest.raises(BrokerUnavailableError, match="WRONGTYPE"):
        say(broker, 1)


@pytest.mark.parametrize("is_closed", [True, False])
def test_no_thread_and_no_connection_is_left(forgetful, is_closed):
    def connections() -> int:
        with redis.Redis.from_url(forgetful.url) as client:
            return len(client.client_list()) - 1

    broker = RedisBroker(forgetful.url)
    subscriptions = [broker.consumer().consume("a", group=group) for group in (None, "g")]
    say(broker, 1)
    for one in subscriptions:
        assert heard(one, 1) == [1]
    assert connections() > 2
    if is_closed:
        broker.close()
    del broker, subscriptions, one
    gc.collect()
    until(lambda: not connections())
    until(lambda: not any(thread.name.startswith("dpnb unix") for thread in threading.enumerate()))


@pytest.mark.parametrize(
    ("option", "refusing", "willing"), [("min-replicas-to-write", "1", "0"), ("maxmemory", "1", "0")]
)
def test_a_group_waits_while_the_server_takes_no_changes(forgetful, option, refusing, willing):
    broker = RedisBroker(forgetful.url)
    group = broker.consumer().consume("a", group="g")
    say(broker, 1)
    assert heard(group, 1) == [1]
    with redis.Redis.from_url(forgetful.url) as client:
        client.config_set(option, refusing)
        with pytest.raises(BrokerUnavailableError):
            say(broker, 2)
        with pytest.raises(TimeoutError):
            group.get_sync(timeout=QUICK_S)
        client.config_set(option, willing)
    say(broker, 3)
    assert heard(group, 1) == [3]
    broker.close()
    group.close()


def test_what_is_no_event_ends_nobodys_listening(open_here, client, place):
    broker = open_here()
    everyone, group = (broker.consumer().consume("a", group=name) for name in (None, "g"))
    say(broker, 1)
    assert heard(everyone, 1) + heard(group, 1) == [1, 1]
    for text in ("[" * 100_000, '{"type": []}', '{"topic": "a", "type": [], "data": 0, "event_id": "", "source": ""}'):
        client.xadd(f"{{{place}}}:events", {"t": "a", "e": text})
    say(broker, 2)
    assert heard(everyone, 1) + heard(group, 1) == [2, 2]
