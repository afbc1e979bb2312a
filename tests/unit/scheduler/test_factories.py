"""The forms in which the project's first document makes triggers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from dpnb.errors import CronExpressionError, TopicError, TriggerOptionError, TriggerSpecError
from dpnb.events import EventBase, InMemoryBroker, InMemoryConsumer, InMemoryPublisher
from dpnb.scheduler import (
    Signal,
    create_api_trigger,
    create_cron_trigger,
    create_event_trigger,
    create_file_trigger,
    create_manual_trigger,
    trigger_from,
)

NOW = datetime(2026, 5, 1, tzinfo=UTC)


@dataclass(frozen=True, eq=False)
class DailyReportEvent(EventBase): ...


class StartTransformEvent(EventBase):
    def __init__(self, topic: str, data: dict[str, list[int]], **kwargs):
        super().__init__(topic=topic, data=data, **kwargs)


def test_a_cron_trigger_makes_the_event_of_its_factory(monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Seoul")
    cron_trigger = create_cron_trigger(
        cron_expression="0 9 * * *", event_factory=lambda: DailyReportEvent(topic="reports.daily")
    )
    assert cron_trigger.next_fire(NOW) == datetime(2026, 5, 2, tzinfo=UTC)
    event = cron_trigger.event_for("reports.daily", NOW)
    assert (type(event), event.topic) == (DailyReportEvent, "reports.daily")


async def test_an_event_trigger_makes_its_event_from_the_one_it_hears():
    broker = InMemoryBroker()
    publisher, consumer = InMemoryPublisher(broker), InMemoryConsumer(broker)
    transform_trigger = create_event_trigger(
        consumer=consumer,
        source_topic="data.extracted",
        event_factory=lambda event: StartTransformEvent(topic="pipeline.transform", data=event.data),
    )
    signals = transform_trigger.signals()
    extracted = EventBase("data.extracted", {"rows": [1, 2, 3]})
    await publisher.publish("data.extracted", extracted)
    signal = await anext(signals)
    assert (signal.key, signal.event, signal.data) == (extracted.event_id, extracted, {"rows": [1, 2, 3]})
    event = transform_trigger.event_for("pipeline.transform", signal.at, signal)
    assert (type(event), event.topic, event.data) == (StartTransformEvent, "pipeline.transform", {"rows": [1, 2, 3]})
    await signals.aclose()
    assert not broker.has_listeners("data.extracted")


def test_an_event_trigger_that_is_fired_by_hand_has_an_event_all_the_same():
    trigger = create_event_trigger(
        consumer=InMemoryBroker().consumer(),
        source_topic="data.*",
        event_factory=lambda event: EventBase("made", [event.topic, event.data]),
    )
    assert trigger.event_for("자료.변환", NOW, Signal(at=NOW, data={"줄": 1})).data == ["자료.변환", {"줄": 1}]


def test_factories_that_take_an_argument_get_what_made_it_fire():
    cron = create_cron_trigger(cron_expression="@daily", zone="UTC", event_factory=lambda due: EventBase("a", due))
    assert cron.event_for("a", NOW).data == NOW
    signal = Signal(at=NOW, data={"files": ["판매.csv"], "new": []})
    for trigger in (
        create_api_trigger(event_factory=lambda data: EventBase("a", data)),
        create_manual_trigger(event_factory=lambda data: EventBase("a", data)),
        create_file_trigger(pattern="*.csv", event_factory=lambda data: EventBase("a", data)),
    ):
        assert trigger.event_for("a", NOW, signal).data == signal.data


async def test_an_event_that_json_cannot_carry_is_heard_as_an_event():
    broker = InMemoryBroker()
    trigger = create_event_trigger(consumer=broker.consumer(), source_topic="**")
    signals = trigger.signals()
    broker.publisher().publish_sync("a", EventBase("a", {1, 2}))
    signal = await anext(signals)
    assert signal.data is None
    assert signal.event is not None
    assert signal.event.data == {1, 2}


async def test_events_outside_start_and_end_are_not_signals():
    broker = InMemoryBroker()
    past = create_event_trigger(consumer=broker.consumer(), source_topic="a", end="2020-01-01T00:00Z")
    signals = past.signals()
    broker.publisher().publish_sync("a", EventBase("a"))
    broker.close()
    assert [signal async for signal in signals] == []


def test_a_pattern_that_is_none_is_refused():
    with pytest.raises(TopicError):
        create_event_trigger(consumer=InMemoryBroker().consumer(), source_topic="data.x*")


@pytest.mark.parametrize("pattern", ["", " ", "data/"])
def test_a_pattern_that_names_no_files_is_refused(pattern):
    with pytest.raises(TriggerOptionError, match="it names no files"):
        create_file_trigger(pattern=pattern)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({}, "no kind None"),
        ({"kind": "crno"}, "'cron'"),
        ({"kind": "cron", "expression": "@daily"}, "it lacks 'zone'"),
        ({"kind": "api", "jitter": 3}, "'jitter', which api triggers have not"),
        ({"kind": "event", "source_topic": "a"}, r"consumer=…"),
    ],
)
def test_a_specification_of_no_trigger_is_refused(spec, said):
    with pytest.raises(TriggerSpecError, match=said):
        trigger_from(spec)


def test_a_specification_of_a_wrong_trigger_is_refused_for_what_is_wrong():
    with pytest.raises(CronExpressionError, match="minute"):
        trigger_from({"kind": "cron", "expression": "61 * * * *", "zone": "UTC"})
