"""Brokers that raise, hang, are down for a while, or never there: nobody who speaks ever waits for them."""

from __future__ import annotations

import itertools
import logging
import threading

import pytest

from dpnb.errors import BrokerUnavailableError
from dpnb.results import RunLedger, TaskState
from dpnb.results.told import Told, batch_of
from dpnb.run_events import Speaker
from tests.fake_broker import FakeBroker
from tests.waiting import until

PATIENCE_S = 30


@pytest.fixture
def ledger():
    with RunLedger("sqlite://") as opened:
        yield opened


def batch(number: int, events: int = 1):
    told = [Told(0, TaskState.RUNNING, "a", (1,))] * events
    return batch_of("r", 1, told, before=(number - 1) * events)


def at_once():
    return itertools.repeat(0.0)


def ids(numbers) -> list[str]:
    return [f"r:1:{number}" for number in numbers]


def test_all_is_told_in_order_and_its_thread_ends_when_nothing_comes(ledger, monkeypatch):
    monkeypatch.setattr("dpnb.run_events.speaker._IDLE_S", 0.01)
    broker = FakeBroker()
    speaker = Speaker(broker, ledger)
    for number in range(1, 101):
        speaker.hear(batch(number))
    assert speaker.flush(PATIENCE_S)
    until(lambda: speaker._thread is None)
    speaker.hear(batch(101))
    assert speaker.flush(PATIENCE_S)
    assert broker.taken == ids(range(1, 102))
    assert (speaker.told, speaker.waiting, speaker.dropped) == (101, 0, 0)


def test_a_broker_that_comes_back_gets_what_waited_once_and_in_order(ledger, caplog):
    failures = iter(range(5))

    def down_at_first(_event) -> None:
        if next(failures, None) is not None:
            raise BrokerUnavailableError("fake:", reason="it is down", hint="wait.")

    broker = FakeBroker(down_at_first)
    speaker = Speaker(broker, ledger, pauses=at_once)
    with caplog.at_level(logging.WARNING):
        for number in (1, 2, 3):
            speaker.hear(batch(number))
        assert speaker.flush(PATIENCE_S)
    assert broker.taken == ids([1, 2, 3])
    assert [record.message.partition(",")[0].split("by")[0] for record in caplog.records] == [
        f"Events of runs wait for {broker!r}",
        "Events of runs are published again ",
    ], "an outage is said once, and its end"


def test_what_is_refused_is_counted_and_the_next_is_told(ledger, caplog):
    def refuse_the_second(event) -> None:
        if event.number == 2:
            raise RuntimeError("not that one")

    broker = FakeBroker(refuse_the_second)
    speaker = Speaker(broker, ledger)
    with caplog.at_level(logging.WARNING):
        speaker.hear(batch(1, events=3))
        assert speaker.flush(PATIENCE_S)
    assert broker.taken == ids([1, 3])
    assert (speaker.told, speaker.refused) == (2, 1)
    assert "not that one" in caplog.text


def test_behind_a_broker_that_hangs_the_oldest_are_dropped_counted_and_said(ledger, caplog):
    gate = threading.Event()
    is_hanging = threading.Event()

    def hang(_event) -> None:
        is_hanging.set()
        gate.wait(PATIENCE_S)

    broker = FakeBroker(hang)
    speaker = Speaker(broker, ledger, most_waiting=20)
    with caplog.at_level(logging.WARNING):
        speaker.hear(batch(1, events=10))
        assert is_hanging.wait(PATIENCE_S)
        for number in range(2, 7):
            speaker.hear(batch(number, events=10))
    assert (speaker.waiting, speaker.dropped) == (20, 30)
    assert not speaker.flush(0)
    assert [record.message.partition(":")[0] for record in caplog.records] == [
        f"More than 20 events of runs wait for {broker!r}"
    ]
    gate.set()
    assert speaker.flush(PATIENCE_S)
    assert broker.taken == ids([*range(1, 11), *range(41, 61)])


def test_a_closed_speaker_gives_up_a_broker_that_never_comes_back(ledger):
    tries = threading.Semaphore(0)

    def down(_event) -> None:
        tries.release()
        raise ConnectionRefusedError

    speaker = Speaker(FakeBroker(down), ledger, pauses=lambda: itertools.repeat(3600.0))
    speaker.hear(batch(1))
    assert tries.acquire(timeout=PATIENCE_S)
    speaker.close()
    until(lambda: speaker._thread is None)
    speaker.hear(batch(2))
    assert speaker._thread is None


def test_pauses_between_attempts_grow_to_a_bound():
    from dpnb.run_events.speaker import pauses_s

    pauses = list(itertools.islice(pauses_s(), 12))
    assert pauses[:3] == [0.1, 0.2, 0.4]
    assert pauses[-1] == 30
