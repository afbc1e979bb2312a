"""The reducer: what it makes of each event, of repeated ones, and of a beginning in the middle."""

from __future__ import annotations

import pytest

from dpnb.events import EventBase
from dpnb.results import RunStatus, TaskState
from dpnb.results.told import CHUNK, FINISHED, PROGRESS, RESUMED, STARTED, Told, batch_of
from dpnb.run_events import RunSnapshot, apply
from dpnb.run_events.reading import events_of


def events(*told: Told, lease=1, before=0):
    return events_of(batch_of("r", lease, told, before=before), lambda: {"a": [], "b": ["a"]})


RUNNING, FAILED, PENDING = TaskState.RUNNING, TaskState.FAILED, TaskState.PENDING
WHOLE = events(
    Told(1, STARTED, "", ("dag", 2, 4, 1)),
    Told(2, RUNNING, "a", (1, 2)),
    Told(3, PROGRESS, "a", (1, 0.25, "first")),
    Told(4, CHUNK, "a", (1, 0, "c0", 10, 5)),
    Told(5, CHUNK, "a", (1, 1, "c1", 20, None)),
    Told(6, FAILED, "a", (1, 2, 6, 4, 3, 9, 30, 5, 2, "why")),
    Told(7, TaskState.SKIPPED, "b", (0, None, 7, None, None, None, None, None, None, "'a' failed")),
    Told(8, FINISHED, "", ("failed", 8, "task 'a' failed")),
)


def test_a_run_is_pictured_from_its_start_to_its_end():
    began = RunSnapshot.of(WHOLE[:1])
    assert (began.run_id, began.dag_id, began.total, began.workers, began.done) == ("r", "dag", 2, 4, 0)
    assert began.tasks["b"].upstream == ("a",)
    middle = RunSnapshot.of(WHOLE[:5])
    task = middle.tasks["a"]
    assert (task.state, task.fraction, task.note) == (RUNNING, 0.25, "first")
    assert (task.chunks, task.size_bytes, task.rows) == (2, 30, 5)
    assert middle.counts == {RUNNING: 1, PENDING: 1}
    end = RunSnapshot.of(WHOLE)
    assert (end.status, end.is_over, end.done, end.reason) == (RunStatus.FAILED, True, 2, "task 'a' failed")
    assert end.counts == {FAILED: 1, TaskState.SKIPPED: 1}
    assert (end.tasks["a"].reason, end.tasks["a"].fraction) == ("why", None)
    assert began.counts == {PENDING: 2}, "what was made of fewer events stays as it was"


def test_what_is_known_changes_nothing():
    end = RunSnapshot.of(WHOLE)
    assert all(apply(end, event) is end for event in WHOLE)
    assert apply(end, EventBase("data.ingested")) is end
    assert RunSnapshot.of([*WHOLE, *WHOLE]) == end


def test_who_hears_from_the_middle_knows_what_was_heard():
    late = RunSnapshot.of(WHOLE[3:6])
    assert (late.run_id, late.status, late.total) == ("r", RunStatus.RUNNING, 1)
    assert late.tasks["a"] == RunSnapshot.of(WHOLE[:6]).tasks["a"]._replace(upstream=())


def test_another_owner_takes_over_and_the_former_one_is_heard_no_more():
    resumed = events(Told(9, RESUMED, "", (1,)), Told(9, PENDING, "a", (1, 2)), lease=2)
    snapshot = RunSnapshot.of([*WHOLE, *resumed])
    assert (snapshot.status, snapshot.reason, snapshot.finished_us) == (RunStatus.RUNNING, "", None)
    assert (snapshot.resumptions, snapshot.workers) == (1, 1)
    assert snapshot.tasks["a"].state is PENDING
    late = events(Told(10, RUNNING, "b", (1, 10)), lease=1, before=8)
    assert apply(snapshot, late[0]) is snapshot


def test_another_run_s_event_is_refused():
    (other,) = events_of(batch_of("s", 1, [Told(1, RUNNING, "a", (1,))]), dict)
    with pytest.raises(ValueError, match="of the run 'r' cannot take an event of 's'"):
        apply(RunSnapshot.of(WHOLE), other)
