from __future__ import annotations

import copy
import json
import pickle
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest

from dpnb.errors import EventDataError, EventFrozenError, TopicError
from dpnb.events import EventBase
from dpnb.events.event import signed


class DataEvent(EventBase):
    """As users write it who follow the document that the project comes from."""

    def __init__(self, topic: str, data: dict[str, int], **kwargs):
        super().__init__(topic=topic, data=data, **kwargs)
        self.data = data  # type: ignore[misc]


@dataclass(frozen=True, kw_only=True)
class Landed(EventBase):
    flight: str = "KE1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slim(EventBase):
    flight: str


def test_an_event_makes_up_what_is_not_given():
    before = datetime.now(UTC)
    first, second = EventBase("a"), EventBase("a")
    assert before <= first.timestamp <= datetime.now(UTC)
    assert first.event_id < second.event_id
    assert first != second
    assert (first.data, first.source) == (None, "")


@pytest.mark.parametrize("event", [EventBase("a", 1), DataEvent("a", {"rows": 1}), Landed("a")])
def test_an_event_is_frozen_once_it_is_made(event):
    for attribute in ("data", "topic", "new"):
        with pytest.raises((EventFrozenError, AttributeError)):
            setattr(event, attribute, 2)
    with pytest.raises((EventFrozenError, AttributeError)):
        del event.data


@pytest.mark.parametrize(
    "event",
    [
        EventBase("a.한글", {"행": [1, 2.5, None, True, {"x": "y"}]}, source="서울"),
        DataEvent("a", {"rows": 1}),
        Landed("a", flight="OZ2", event_id="42"),
    ],
)
def test_an_event_survives_json_and_pickle(event):
    for again in (EventBase.from_json(event.to_json()), pickle.loads(pickle.dumps(event)), copy.deepcopy(event)):
        assert type(again) is type(event)
        assert vars(again) == vars(event)
        with pytest.raises((EventFrozenError, AttributeError)):
            again.data = 2  # type: ignore[misc]


def test_json_has_numpys_numbers_as_pythons():
    event = EventBase("a", {"rows": np.int64(3), "mean": np.float64(0.5), "any": np.bool_(1), "shape": (1, 2)})
    assert json.loads(event.to_json())["data"] == {"rows": 3, "mean": 0.5, "any": True, "shape": [1, 2]}


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ({"rows": [1, {2}]}, r"data\['rows'\]\[1\] .* set"),
        ({1: 2}, "key 1 is a int"),
        ([float("nan")], r"data\[0\] .* nan"),
        (datetime.now(UTC), "datetime.datetime"),
        (np.zeros(2), "numpy.ndarray"),
        ({"bytes": b""}, "bytes"),
        ({"digits": 10**5_000}, "data .* digits"),
    ],
)
def test_what_json_cannot_carry_is_named_by_its_path(data, path):
    with pytest.raises(EventDataError, match=path):
        EventBase("a", data).to_json()


def test_half_a_letter_travels_as_json_writes_it_so_that_any_server_takes_it():
    text = EventBase("a", {"note": "반\ud800쪽"}).to_json()
    assert "반" in text
    assert EventBase.from_json(text.encode()).data == {"note": "반\ud800쪽"}


def test_data_without_end_is_refused():
    data: list[object] = []
    data.append(data)
    with pytest.raises(EventDataError, match="nested deeper"):
        EventBase("a", data).to_json()


def written(**changes: object) -> str:
    made = EventBase("a", event_id="1", timestamp=datetime(2026, 11, 24, tzinfo=UTC))  # the same in each process
    return json.dumps(json.loads(made.to_json()) | changes)


@pytest.mark.parametrize(
    "text",
    [
        *["", "[]", "{}", "null", '{"topic": "a"}', '{"topic": "a..b", "data": 1}', "[" * 100_000, b"\xff"],
        written(type=[]),
        written(timestamp="0001-01-01T00:00:00+23:00"),
        written(attributes={"__class__": "str"}),
        written(attributes={"__dict__": 1}),
    ],
    ids=lambda text: text[:90],
)
def test_text_of_something_else_is_refused(text):
    with pytest.raises(EventDataError, match="not the JSON of an event"):
        EventBase.from_json(text)


def test_an_unknown_class_becomes_a_plain_event():
    text = Landed("a").to_json().replace("Landed", "Gone")
    event = EventBase.from_json(text)
    assert type(event) is EventBase
    assert vars(event)["flight"] == "KE1"


def test_timestamps_are_kept_as_utc():
    seoul = timezone(timedelta(hours=9))
    at = datetime(2026, 11, 24, 9, tzinfo=seoul)
    event = EventBase("a", timestamp=at)
    assert event.timestamp == at
    assert event.timestamp.tzinfo is UTC
    with pytest.raises(ValueError, match="time zone"):
        EventBase("a", timestamp=datetime(2026, 11, 24))  # noqa: DTZ001


def test_what_a_dataclass_keeps_in_slots_travels_too():
    event = Slim("a", {"gate": "가"}, flight="KE1", source="tower")
    for again in (EventBase.from_json(event.to_json()), pickle.loads(pickle.dumps(event)), event.replace()):
        assert isinstance(again, Slim)
        assert (again.flight, again.data, again.source) == ("KE1", {"gate": "가"}, "tower")
        with pytest.raises((EventFrozenError, AttributeError)):
            again.flight = "OZ2"  # type: ignore[misc]


def test_a_subclass_that_forgets_ours_is_complete_or_told():
    class Forgetful(EventBase):
        def __post_init__(self) -> None:
            pass

    class Empty(EventBase):
        def __init__(self, topic: str) -> None:
            pass

    assert Forgetful("a").event_id
    with pytest.raises(TopicError):
        Forgetful("a..b")
    with pytest.raises(TypeError, match="Empty.__init__ has to call super"):
        Empty("a")


def test_data_that_compares_by_element_can_be_shown():
    assert "array" in repr(EventBase("a", np.zeros(3)))


def test_a_topic_that_is_none_is_refused():
    with pytest.raises(TopicError):
        EventBase("a..b")
    with pytest.raises(TopicError):
        EventBase("a").replace(topic="*")


def test_a_replaced_event_is_another():
    event = Landed("a", 1)
    other = event.replace(data=2)
    assert (other.data, other.flight, event.data) == (2, "KE1", 1)
    assert other != event
    assert hash(other) != hash(event)


def test_a_replaced_event_of_the_same_id_is_the_same(monkeypatch):
    event = Landed("a", 1)
    monkeypatch.setattr("dpnb.events.event.new_event_id", None)  # none is made for nothing
    assert event.replace(event_id=event.event_id, data=2).event_id == event.event_id


def test_an_event_is_signed_once():
    event = DataEvent("a", {"rows": 1})
    mine = signed(event, "나")
    assert (mine.source, mine.event_id, event.source) == ("나", event.event_id, "")
    assert signed(mine, "another") is mine
    assert signed(event, "") is event


def test_its_repr_tells_what_it_says():
    assert repr(DataEvent("a", {"rows": 1}, source="s")) == "DataEvent('a', data={'rows': 1}, source='s')"
