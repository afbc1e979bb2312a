"""What every trigger guarantees, whatever makes it fire."""

from __future__ import annotations

import asyncio
import gc
import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest

from dpnb.errors import EventFactoryError, TriggerOptionError
from dpnb.events import EventBase, InMemoryBroker
from dpnb.scheduler import (
    Signal,
    Trigger,
    create_api_trigger,
    create_cron_trigger,
    create_event_trigger,
    create_file_trigger,
    create_interval_trigger,
    create_manual_trigger,
    create_once_trigger,
    trigger_from,
)

NOW = datetime(2026, 5, 1, 9, tzinfo=UTC)


def consumer():
    return InMemoryBroker().consumer()


MADE = {
    "cron": lambda **options: create_cron_trigger(cron_expression="*/10 * * * *", zone="Asia/Seoul", **options),
    "interval": lambda **options: create_interval_trigger(every=90, **options),
    "once": lambda **options: create_once_trigger(at="2026-05-01T09:30Z", **options),
    "event": lambda **options: create_event_trigger(consumer=consumer(), source_topic="자료.**", **options),
    "file": lambda **options: create_file_trigger(pattern="자료/*.csv", **options),
    "api": create_api_trigger,
    "manual": create_manual_trigger,
}
TIMED = ("cron", "interval", "once")
BOUNDED = [kind for kind in MADE if kind != "once"]


@pytest.fixture(params=MADE)
def kind(request):
    return request.param


@pytest.fixture
def make(kind):
    return MADE[kind]


@pytest.fixture
def trigger(make):
    return make()


def test_it_is_what_the_port_asks_for(trigger, kind):
    assert isinstance(trigger, Trigger)
    assert trigger.kind == kind
    assert trigger.describe() in repr(trigger)
    assert trigger.describe()[0].isalpha()


def test_its_next_fire_is_the_same_whoever_asks_whenever_and_in_whichever_order(trigger, kind):
    instants = [NOW + timedelta(seconds=7 * number) for number in range(40)]
    forward = [trigger.next_fire(instant) for instant in instants]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(trigger.next_fire, instants)) == forward
    assert [trigger.next_fire(instant) for instant in reversed(instants)] == forward[::-1]
    assert any(forward) == (kind in TIMED)


@pytest.mark.parametrize("jitter", [0, 30])
def test_its_fires_grow_strictly_and_are_in_utc(make, kind, jitter):
    trigger = make(jitter=jitter) if kind in TIMED else make()
    fires = [NOW]
    while len(fires) < 20 and (due := trigger.next_fire(fires[-1])) is not None:
        fires.append(due)
    assert all(early < late for early, late in pairwise(fires))
    assert {due.tzinfo for due in fires} == {UTC}
    assert (len(fires) > 1) == (kind in TIMED)


def test_it_takes_instants_of_any_zone_and_refuses_those_of_none(trigger):
    elsewhere = NOW.astimezone(timezone(timedelta(hours=9)))
    assert trigger.next_fire(elsewhere) == trigger.next_fire(NOW)
    with pytest.raises(ValueError, match="no time zone"):
        trigger.next_fire(NOW.replace(tzinfo=None))


def test_what_it_specifies_makes_an_equal_one(trigger):
    carried = json.loads(json.dumps(trigger.spec()))
    again = trigger_from(carried, consumer=consumer())
    assert again == trigger
    assert again.spec() == trigger.spec()
    assert again.describe() == trigger.describe()


def test_an_event_factory_cannot_be_carried(make):
    assert make(event_factory=lambda: EventBase("보고.일일")).spec() is None


def test_a_factory_without_an_argument_makes_the_event(make):
    event = make(event_factory=lambda: EventBase("보고.일일", {"줄": 3})).event_for("보고", NOW)
    assert (event.topic, event.data) == ("보고.일일", {"줄": 3})


def test_without_a_factory_the_event_states_the_facts(trigger, kind):
    heard = EventBase("자료.새", {"rows": 1})
    event = trigger.event_for("보고", NOW, Signal(at=NOW, data={"줄": 3}, event=heard if kind == "event" else None))
    assert event.topic == "보고"
    assert (event.data["trigger"], event.data["due"], event.data["data"]) == (kind, NOW.isoformat(), {"줄": 3})
    assert event.data.get("source_event_id") == (heard.event_id if kind == "event" else None)
    assert EventBase.from_json(event.to_json()) == event


def test_a_factory_that_raises_is_the_cause_of_an_error(make):
    def broken() -> EventBase:
        raise OSError("no disk")

    with pytest.raises(EventFactoryError, match="it raised OSError: no disk") as caught:
        make(event_factory=broken).event_for("보고", NOW)
    assert isinstance(caught.value.__cause__, OSError)


def test_a_factory_that_makes_no_event_is_an_error(make):
    with pytest.raises(EventFactoryError, match="it returned 3"):
        make(event_factory=lambda: 3).event_for("보고", NOW)


async def _late() -> EventBase:
    return EventBase("보고")


def _of_two(topic: str, data: object) -> EventBase:
    return EventBase(topic, data)


@pytest.mark.parametrize("factory", [3, _late, _of_two])
def test_what_cannot_be_an_event_factory_is_refused(make, factory):
    with pytest.raises(TriggerOptionError, match="event_factory"):
        make(event_factory=factory)


async def test_its_signals_end_when_they_are_closed(trigger):
    signals = trigger.signals()
    async with aclosing(signals):
        waiting = asyncio.ensure_future(anext(signals, None))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    assert await anext(signals, None) is None
    gc.collect()
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize("kind", BOUNDED, indirect=True)
@pytest.mark.parametrize("options", [{"start": "2026-05-02"}, {"start": NOW.replace(tzinfo=None)}])
def test_local_times_need_a_zone(make, kind, options):
    if kind == "cron":
        assert make(**options).spec()["start"] in ("2026-05-01T15:00:00+00:00", "2026-05-01T00:00:00+00:00")
    else:
        with pytest.raises(TriggerOptionError, match="no time zone"):
            make(**options)


@pytest.mark.parametrize("kind", BOUNDED, indirect=True)
def test_an_end_before_the_start_is_refused(make):
    with pytest.raises(TriggerOptionError, match="it is before the start"):
        make(start=NOW, end=NOW - timedelta(seconds=1))
