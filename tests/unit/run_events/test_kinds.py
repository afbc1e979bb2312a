"""Events of runs: what they are called, and that they are the same wherever they are read."""

from __future__ import annotations

import pytest

from dpnb.events import EventBase, InMemoryBroker, TopicPattern
from dpnb.results import TaskState
from dpnb.results.told import CHUNK, FINISHED, PROGRESS, STARTED, Told, batch_of, numbered
from dpnb.run_events import ChunkAdded, RunFinished, RunStarted, TaskChanged, TaskProgressed, run_pattern
from dpnb.run_events.kinds import as_run_event
from dpnb.run_events.reading import events_of, position_of

TOLD = [
    Told(1_000_000, STARTED, "", ("dag", 2, 4, 1_000_000, "", ["야간"])),
    Told(2_000_000, TaskState.RUNNING, "일.별", (1, 2_000_000)),
    Told(2_500_000, PROGRESS, "일.별", (1, 0.5, "반")),
    Told(2_600_000, CHUNK, "일.별", (1, 0, "chunk_00000", 10, 5)),
    Told(3_000_000, TaskState.TIMED_OUT, "일.별", (1, 2_000_000, 3_000_000, 1_500_000)),
    Told(4_000_000, FINISHED, "", ("failed", 4_000_000, "까닭")),
]


def events(run_id="런 1"):
    return events_of(batch_of(run_id, 3, TOLD, before=7), lambda: {"일.별": [], "b": ["일.별"]})


def test_topics_name_run_task_and_state_in_segments_of_their_own():
    assert [event.topic for event in events()] == [
        "run.런 1.started",
        "run.런 1.task.일%2E별.running",
        "run.런 1.task.일%2E별.progress",
        "run.런 1.task.일%2E별.chunk",
        "run.런 1.task.일%2E별.timed_out",
        "run.런 1.finished",
    ]
    assert all(TopicPattern(run_pattern("런 1")).matches(event.topic) for event in events())
    assert all(TopicPattern(run_pattern()).matches(event.topic) for event in events("v1.2*"))


def test_facts_are_attributes_and_missing_ones_have_a_value():
    started, running, progress, chunk, timed_out, finished = events()
    assert isinstance(started, RunStarted)
    assert (started.dag_id, started.tasks, started.tags) == ("dag", 2, ["야간"])
    assert started.outline == {"일.별": [], "b": ["일.별"]}
    assert isinstance(running, TaskChanged)
    assert (running.task, running.state, running.attempt, running.duration_s) == ("일.별", "running", 1, None)
    assert isinstance(progress, TaskProgressed)
    assert (progress.fraction, progress.note) == (0.5, "반")
    assert isinstance(chunk, ChunkAdded)
    assert (chunk.chunk, chunk.result_id, chunk.rows) == (0, "chunk_00000", 5)
    assert isinstance(timed_out, TaskChanged)
    assert (timed_out.state, timed_out.duration_s, timed_out.reason) == ("timed_out", 1.5, "")
    assert isinstance(finished, RunFinished)
    assert (finished.status, finished.reason, finished.source) == ("failed", "까닭", "런 1")


def test_places_order_events_and_make_their_ids():
    assert [event.position for event in events()] == [(3, number) for number in range(8, 14)]
    assert [event.event_id for event in events()] == [event.event_id for event in events()]
    assert [position_of(event.event_id) for event in events("a:b:1")] == [event.position for event in events()]
    with pytest.raises(ValueError, match="'run_1' is no id of an event"):
        position_of("run_1")
    for beyond in ("run_1:1:-5", f"run_1:1:{2**63}"):
        with pytest.raises(ValueError, match="no id of an event"):
            position_of(beyond)


def test_events_survive_json_whatever_their_reader_knows():
    for event in events():
        read = EventBase.from_json(event.to_json())
        assert (type(read), read, read.data, read.timestamp) == (type(event), event, event.data, event.timestamp)
        plain = EventBase(event.topic, event.data, event_id=event.event_id, timestamp=event.timestamp)
        found = as_run_event(plain)
        assert (type(found), found) == (type(event), event)


@pytest.mark.parametrize("topic", ["data.ingested", "run.r1.noted", "run.r1.task.a.b.c", "run"])
def test_other_events_are_none_of_a_run(topic):
    assert as_run_event(EventBase(topic, {"run_id": "r1"})) is None
    assert as_run_event(EventBase("run.r1.finished", ["no facts"])) is None


def test_text_that_no_encoding_takes_is_written_out():
    batch = batch_of(
        "r", 1, [Told(0, TaskState.FAILED, "a", (1, None, None, None, None, None, None, None, None, "\udc80"))]
    )
    batch.events.encode()
    [(_, told)] = numbered(batch)
    assert told.named_facts()["reason"] == "\\udc80"


def test_a_large_plan_has_no_outline(monkeypatch):
    monkeypatch.setattr("dpnb.run_events.reading.MOST_OUTLINED", 1)
    started = events()[0]
    assert isinstance(started, RunStarted)
    assert (started.tasks, started.outline) == (2, {})


def test_they_go_through_a_broker():
    broker = InMemoryBroker()
    heard = broker.consumer().consume("run.*.task.*.timed_out")
    for event in events():
        broker.publisher().publish_sync(event.topic, event)
    assert heard.get_sync(1).topic == "run.런 1.task.일%2E별.timed_out"
    assert heard.qsize() == 0
