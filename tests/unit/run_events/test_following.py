"""Reading events from a ledger: all of them, once, whoever wrote it and however the run ended."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace

import pytest

from dpnb.results import AttemptRecord, RunLedger, RunRecord, RunStatus, TaskRunRecord, TaskState
from dpnb.results.leases import Tenure
from dpnb.results.told import Told, run_finished
from dpnb.run_events import EventReader, RunEvents, RunSnapshot

RUN = RunRecord(run_id="런", dag_id="dag", status=RunStatus.RUNNING, started_us=1, tasks=1, plan='{"tasks": []}')
ENDED = replace(RUN, status=RunStatus.FAILED, finished_us=9, reason="why")
RUNNING = Told(2, TaskState.RUNNING, "a", (1, 2))
FAILED = Told(3, TaskState.FAILED, "a", (1, 2, 3))


@pytest.fixture
def ledger(tmp_path):
    with RunLedger(tmp_path / "ledger.db") as opened:
        yield opened


@pytest.fixture
def tenure(ledger):
    return Tenure(ledger, ledger.begin(RUN))


def never():
    return None


def words(events) -> list[str]:
    return [event.topic.rpartition(".")[2] for event in events]


def test_a_reader_gets_what_is_new_since_it_asked_last(ledger, tenure):
    reader = EventReader(ledger, "런")
    assert words(reader.read()) == ["started"]
    assert reader.read() == []
    tenure.record([tenure.batch([RUNNING, FAILED])])
    assert words(reader.read()) == ["running", "failed"]
    late = EventReader(ledger, "런", after=(1, 2))
    assert words(late.read()) == ["failed"], "a batch is told from the middle"


def test_a_loop_goes_on_while_the_run_speaks(ledger, tenure):
    heard = []
    is_listening = threading.Event()

    def listen() -> None:
        for event in RunEvents(ledger, "런", never):
            heard.append(event)
            is_listening.set()

    listener = threading.Thread(target=listen)
    listener.start()
    is_listening.wait(30)
    tenure.record([tenure.batch([RUNNING])])
    tenure.record([ENDED, tenure.batch([FAILED, run_finished(ENDED)])])
    listener.join(30)
    assert words(heard) == ["started", "running", "failed", "finished"]
    assert heard == list(RunEvents(ledger, "런", never)), "the same when they are read again"
    assert not ledger._listeners


async def test_an_event_loop_is_not_held_up_meanwhile(ledger, tenure):
    loop = aiter(RunEvents(ledger, "런", never))
    heard = [await anext(loop)]
    waiting = asyncio.ensure_future(anext(loop))
    await asyncio.sleep(0)
    assert not waiting.done()
    tenure.record([ENDED, tenure.batch([run_finished(ENDED)])])
    heard.append(await asyncio.wait_for(waiting, 30))
    assert words(heard) == ["started", "finished"]
    with pytest.raises(StopAsyncIteration):
        await anext(loop)


async def test_a_loop_that_is_left_leaves_nothing_behind(ledger, tenure):
    loop = aiter(RunEvents(ledger, "런", never))
    await anext(loop)
    await loop.aclose()  # type: ignore[attr-defined]
    for _ in RunEvents(ledger, "런", never):
        break
    assert not ledger._listeners


def test_what_is_known_is_left_out(ledger, tenure):
    tenure.record([ENDED, tenure.batch([RUNNING, FAILED, run_finished(ENDED)])])
    every = list(RunEvents(ledger, "런", never))
    for place, event in enumerate(every):
        rest = list(RunEvents(ledger, "런", lambda: ENDED, after=event.event_id))
        assert rest == every[place + 1 :]
    with pytest.raises(ValueError, match="no id of an event"):
        RunEvents(ledger, "런", never, after="yesterday")


@pytest.mark.parametrize("follow", [True, False])
def test_a_long_story_is_read_in_parts_and_goes_on_after_an_end_in_between(ledger, tenure, monkeypatch, follow):
    monkeypatch.setattr("dpnb.run_events.following._BATCHES_AT_ONCE", 2)
    tenure.record([tenure.batch([run_finished(ENDED)])])  # the second of two: a part ends with it
    for _ in range(4):
        tenure.record([tenure.batch([RUNNING])])
    tenure.record([ENDED, tenure.batch([run_finished(ENDED)])])
    events = RunEvents(ledger, "런", lambda: ENDED, follow=follow)
    assert words(events) == ["started", "finished", *["running"] * 4, "finished"]


def test_without_following_a_loop_ends_where_the_run_is(ledger, tenure):
    tenure.record([tenure.batch([RUNNING])])
    assert words(RunEvents(ledger, "런", never, follow=False)) == ["started", "running"]


def test_an_end_that_could_not_be_said_is_said_nevertheless(ledger, tenure, monkeypatch):
    monkeypatch.setattr("dpnb.run_events.following._LONGEST_LOOK_S", 0.03)
    tenure.record([tenure.batch([RUNNING])])
    events = list(RunEvents(ledger, "런", lambda: ENDED))
    assert words(events) == ["started", "running", "finished"]
    assert RunSnapshot.of(events).reason == "why"
    assert events == list(RunEvents(ledger, "런", lambda: ENDED))


def test_a_run_that_was_recorded_without_events_is_told_from_its_rows(ledger):
    first = AttemptRecord(
        run_id="런", task="a", attempt=1, state=TaskState.FAILED, started_us=2, finished_us=4, error_message="too soon"
    )
    second = replace(first, attempt=2, state=TaskState.SUCCEEDED, started_us=6, finished_us=8, error_message="")
    done = TaskRunRecord(
        run_id="런", task="a", position=0, state=TaskState.SUCCEEDED, attempts=2, started_us=2, finished_us=8, rows=5
    )
    skipped = TaskRunRecord(run_id="런", task="b", position=1, state=TaskState.SKIPPED, finished_us=5, reason="why")
    ledger.record([ENDED, first, second, done, skipped])
    events = list(RunEvents(ledger, "런", lambda: ENDED))
    assert words(events) == ["started", "running", "retrying", "skipped", "running", "succeeded", "finished"]
    snapshot = RunSnapshot.of(events)
    assert (snapshot.tasks["a"].rows, snapshot.tasks["b"].reason) == (5, "why")
    assert events == list(RunEvents(ledger, "런", lambda: ENDED))


def test_only_what_can_be_read_is_known(ledger, tenure):
    def known(ended) -> list[int]:
        events = RunEvents(ledger, "런", lambda: ended)
        return [number for number in range(1, 6) if events.knows(f"런:1:{number}")]

    tenure.record([tenure.batch([RUNNING])])
    assert known(None) == [1, 2]
    assert known(ENDED) == [1, 2, 3], "the end, though nobody has said it"
    tenure.record([ENDED, tenure.batch([FAILED, run_finished(ENDED)])])
    assert known(ENDED) == [1, 2, 3, 4]
    assert not RunEvents(ledger, "런", never).knows("런")


def test_nothing_comes_after_an_end_that_nobody_has_said_and_was_heard(ledger, tenure):
    heard = list(RunEvents(ledger, "런", lambda: ENDED))
    assert words(heard) == ["started", "finished"]
    for after in (heard[-1].event_id, "런:1:17", "런:2:1"):
        assert list(RunEvents(ledger, "런", lambda: ENDED, after=after)) == []


def test_a_history_that_was_made_of_rows_goes_on_behind_what_was_heard(tmp_path):
    with RunLedger(tmp_path / "old.db") as ledger:
        row = TaskRunRecord(run_id="런", task="a", position=0, state=TaskState.FAILED, attempts=1, finished_us=3)
        ledger.record([ENDED, row])
        whole = list(RunEvents(ledger, "런", lambda: ENDED))
        assert len(whole) >= 3
        for place, event in enumerate(whole):
            events = RunEvents(ledger, "런", lambda: ENDED, after=event.event_id)
            assert events.knows(event.event_id)
            assert list(events) == whole[place + 1 :]
