"""What a broker in a Kafka cluster promises when processes die, and when there is no cluster."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from uuid import uuid4

import pytest

from dpnb.errors import BrokerUnavailableError
from dpnb.events import EventBase, KafkaBroker, Subscription
from tests.waiting import until

pytestmark = pytest.mark.integration

PATIENCE_S = 60
RECLAIM_S = 4.0  # the simulated cluster takes 3 s to form a group

MEMBER = """
import sys, time
from dpnb.events import KafkaBroker
broker = KafkaBroker(sys.argv[1], reclaim_after=4.0)
with broker.consumer().consume("a", group="g", replay=10) as events:
    for _ in range(2):
        print(events.get_sync(timeout=60).data, flush=True)
    if sys.argv[2] == "hang":
        time.sleep(600)
"""


@pytest.fixture
def url(kafka_hosts) -> str:
    return f"kafka://{kafka_hosts}/t-{uuid4().hex}"


@pytest.fixture
def broker(url) -> Iterator[KafkaBroker]:
    made = KafkaBroker(url, reclaim_after=RECLAIM_S)
    yield made
    made.close()


def say(broker: KafkaBroker, *data: object) -> None:
    publisher = broker.publisher("loader")
    for one in data:
        publisher.publish_sync("a", EventBase("a", one))


def heard(subscription: Subscription, count: int) -> list[object]:
    return [subscription.get_sync(timeout=PATIENCE_S).data for _ in range(count)]


def member(url: str, mode: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "error", "-c", MEMBER, url, mode]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_what_a_killed_member_had_in_hand_is_anothers_and_what_it_had_handled_is_not(broker, url):
    say(broker, 1, 2, 3)
    with member(url, "hang") as dead:
        assert dead.stdout is not None
        assert [dead.stdout.readline() for _ in range(2)] == ["1\n", "2\n"]
        until(lambda: handled(broker) == 1)
        dead.kill()
    assert heard(broker.consumer().consume("a", group="g"), 2) == [2, 3]


def handled(broker: KafkaBroker) -> int:
    """Return how many events the group has handled."""

    async def ask() -> int:
        consumer = broker._server.consumer(group_id=f"{broker._server.topic}:g:a")
        await consumer.start()
        try:
            return sum([await consumer.committed(one) or 0 for one in await broker._server.partitions()])
        finally:
            await consumer.stop()

    return broker._background.run(ask(), PATIENCE_S)


def test_a_process_that_ends_has_said_what_it_handled(broker, url):
    say(broker, 1, 2, 3)
    with member(url, "end") as ended:
        out, err = ended.communicate(timeout=PATIENCE_S)
    assert (out, err, ended.returncode) == ("1\n2\n", "", 0)
    assert handled(broker) == 2


def test_a_cluster_that_is_not_there_is_named_soon():
    broker = KafkaBroker("kafka://me:secret@127.0.0.1:1/events?security_protocol=PLAINTEXT", timeout=2)
    began = time.monotonic()
    for ask in (lambda: say(broker, 1), broker.consumer):
        with pytest.raises(BrokerUnavailableError, match="kafka://me@127.0.0.1:1/events") as caught:
            ask()
        assert "secret" not in f"{caught.value}{broker!r}"
    assert time.monotonic() - began < 10
    broker.close()


async def test_a_task_that_publishes_is_told_too():
    broker = KafkaBroker("kafka://127.0.0.1:1/events", timeout=2)
    with pytest.raises(BrokerUnavailableError):
        await broker.publisher().publish("a", EventBase("a"))
    broker.close()


def test_no_thread_is_left(url):
    broker = KafkaBroker(url)
    events = broker.consumer().consume("a")
    say(broker, 1)
    assert heard(events, 1) == [1]
    del broker, events
    gc.collect()
    until(lambda: not any(thread.name.startswith("dpnb kafka") for thread in threading.enumerate()))
