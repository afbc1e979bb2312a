from __future__ import annotations

import asyncio
import threading
from contextlib import aclosing

import pytest

from dpnb.errors import EventDataError, QueueFullError, TriggerInactiveError
from dpnb.scheduler import ApiTrigger, create_api_trigger, create_manual_trigger
from dpnb.scheduler.triggers import call_line


async def heard(trigger: ApiTrigger, count: int) -> list[object]:
    async with aclosing(trigger.signals()) as signals:
        return [(await anext(signals)).data for _ in range(count)]


async def test_a_call_is_heard_by_all_who_listen():
    trigger = create_api_trigger()
    listeners = [asyncio.create_task(heard(trigger, 2)) for _ in range(3)]
    await asyncio.sleep(0)
    signal = await trigger.call({"연도": 2013}, key="열쇠")
    assert (signal.data, signal.key) == ({"연도": 2013}, "열쇠")
    trigger.call_sync([1])
    assert await asyncio.gather(*listeners) == [[{"연도": 2013}, [1]]] * 3


async def test_calls_that_nobody_listens_to_wait():
    trigger = create_api_trigger()
    for number in range(3):
        trigger.call_sync(number)
    assert await heard(trigger, 1) == [0]
    assert await heard(trigger, 2) == [1, 2]


async def test_calls_from_many_threads_are_all_heard():
    trigger = create_api_trigger()
    callers = [
        threading.Thread(target=lambda n=n: [trigger.call_sync([n, number]) for number in range(200)]) for n in range(8)
    ]
    for caller in callers:
        caller.start()
    got = await heard(trigger, 8 * 200)
    for caller in callers:
        caller.join()
    assert sorted(map(str, got)) == sorted(str([n, number]) for n in range(8) for number in range(200))
    for n in range(8):
        assert [one for one in got if one[0] == n] == [[n, number] for number in range(200)]  # type: ignore[index]


def test_calls_wait_up_to_a_bound(monkeypatch):
    monkeypatch.setattr(call_line, "MOST_WAITING", 2)
    trigger = create_api_trigger()
    trigger.call_sync()
    trigger.call_sync()
    with pytest.raises(QueueFullError):
        trigger.call_sync()


async def test_a_listener_that_takes_nothing_costs_the_others_nothing(monkeypatch):
    monkeypatch.setattr(call_line, "MOST_WAITING", 1)
    trigger = create_api_trigger()
    idle, busy = trigger.signals(), trigger.signals()
    trigger.call_sync(1)
    assert (await anext(busy)).data == 1
    with pytest.raises(QueueFullError):
        trigger.call_sync(2)
    assert (await anext(busy)).data == 2
    assert (await anext(idle)).data == 1


async def test_a_listener_that_was_forgotten_is_not_waited_for():
    trigger = create_api_trigger()
    trigger.signals()
    trigger.call_sync("가")
    assert await heard(trigger, 1) == ["가"]


def test_outside_start_and_end_it_takes_no_calls():
    trigger = create_api_trigger(start="2020-01-01T00:00Z", end="2021-01-01T00:00Z")
    with pytest.raises(TriggerInactiveError, match="only from 2020-01-01 00:00 UTC until 2021-01-01 00:00 UTC"):
        trigger.call_sync()


def test_what_json_cannot_carry_is_refused():
    with pytest.raises(EventDataError):
        create_api_trigger().call_sync({1, 2})


async def test_a_manual_trigger_is_fired_by_hand():
    trigger = create_manual_trigger()
    trigger.fire("서울", key="1")
    signal = await anext(trigger.signals())
    assert (signal.data, signal.key) == ("서울", "1")
