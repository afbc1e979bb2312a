"""What the store of schedules promises, on every database that keeps it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from dpnb.errors import ScheduleExistsError, UnknownScheduleError
from dpnb.results.database import Database
from dpnb.results.schedule_tables import SCHEDULERS
from dpnb.scheduler import FireRecord, FireState, NotebookTarget, ScheduleOptions, ScheduleRecord, ScheduleStore
from dpnb.scheduler.misfires import Missed, Verdict
from dpnb.scheduler.presence import SILENCE_S, Presence, present_schedulers
from dpnb.scheduler.records import from_us, to_us
from dpnb.scheduler.scheduler import manual_fire
from dpnb.scheduler.timetable import Due

NOW = datetime(2026, 12, 1, tzinfo=UTC)
NOW_US = to_us(NOW)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def database(request, tmp_path):
    if request.param == "postgresql":
        made = Database(request.getfixturevalue("postgres"), "process")
    else:
        made = Database("sqlite://" if request.param == "memory" else tmp_path / "ledger.db", "process")
    yield made
    made.close()


@pytest.fixture
def store(database):
    return ScheduleStore(database)


def a_schedule(name: str = "보고", **options: Any) -> ScheduleRecord:
    return ScheduleRecord(
        name=name,
        kind="cron",
        description="every day",
        spec={"kind": "cron", "expression": "@daily", "zone": "Asia/Seoul"},
        target=NotebookTarget(path="연구.ipynb", params={"year": 2014}, tags=("etl",)),
        options=ScheduleOptions(**options),
        after_us=NOW_US,
        next_us=NOW_US + 1,
        created_us=NOW_US,
    )


def due(*seconds: int) -> tuple[Due, ...]:
    return tuple(Due(at=NOW + timedelta(seconds=one), starts=NOW + timedelta(seconds=one)) for one in seconds)


def advance(store: ScheduleStore, record: ScheduleRecord, *seconds: int, owner: str = "me", **more: Any):
    after = NOW + timedelta(seconds=max(seconds))
    verdict = Verdict(after=after, fires=due(*seconds), next=None, **more)
    return store.advance(record, verdict, owner=owner, now_us=NOW_US)


def states(store: ScheduleStore) -> list[str]:
    return [fire.state.value for fire in store.fires()]


def test_a_schedule_comes_back_as_it_was(store):
    store.add(a_schedule(), packed=b"\x00\xff", signature="s")
    assert store.schedule("보고") == a_schedule()
    assert store.packed("보고") == (b"\x00\xff", "s")
    assert store.schedules(["보고", "없다"]) == [a_schedule()]


def test_a_name_is_taken_once_and_may_be_replaced(store):
    store.add(a_schedule())
    with pytest.raises(ScheduleExistsError):
        store.add(a_schedule())
    store.add(replace(a_schedule(), created_us=NOW_US + 5), replacing=True)
    assert store.revisions() == {"보고": (NOW_US + 5, 2)}


def test_what_is_not_there_is_told_with_the_nearest_names(store):
    store.add(a_schedule("daily report"))
    for ask in (store.schedule, store.remove, lambda name: store.change(name, paused=True)):
        with pytest.raises(UnknownScheduleError, match="did you mean 'daily report'"):
            ask("daily_report")


def test_of_those_who_find_a_schedule_due_one_gets_it(store, database):
    store.add(a_schedule())
    record = store.schedule("보고")
    with ThreadPoolExecutor(4) as pool:
        got = list(pool.map(lambda number: advance(store, record, 1, owner=f"scheduler {number}"), range(4)))
    (done,) = [one for one in got if one is not None]
    assert [fire.state for fire in done[1]] == [FireState.PENDING]
    assert len(store.fires()) == 1
    assert store.schedule("보고") == done[0]


def test_an_instant_that_is_on_record_does_not_fire_again(store):
    store.add(a_schedule(overlap="allow"))
    changed = advance(store, store.schedule("보고"), 1)
    assert changed is not None
    again = advance(store, changed[0], 1, 2)
    assert again is not None
    assert [from_us(fire.due_us) for fire in again[1]] == [NOW + timedelta(seconds=2)]


def test_a_paused_schedule_does_not_advance(store):
    store.add(a_schedule())
    assert advance(store, store.change("보고", paused=True), 1) is None


def test_missed_instants_have_their_rows(store):
    store.add(a_schedule())
    missed = (Missed(at=NOW, reason="why"), Missed(at=NOW + timedelta(seconds=1), reason="many", instants=None))
    advance(store, store.schedule("보고"), 2, missed=missed)
    assert [(fire.state.value, fire.reason, fire.instants) for fire in store.fires()] == [
        ("missed", "why", 1),
        ("missed", "many", None),
        ("pending", "", 1),
    ]


def test_a_failed_fire_is_tried_again_until_it_has_failed_for_good(store):
    store.add(a_schedule(retries=1, retry_delay=30, pause_after=1))
    done = advance(store, store.schedule("보고"), 1)
    assert done is not None
    (retry,) = store.settle(done[1][0], FireState.FAILED, reason="broke", now_us=NOW_US)
    assert (retry.attempt, retry.starts_us - NOW_US) == (2, 30_000_000)
    assert store.schedule("보고").failures == 0
    assert store.settle(retry, FireState.FAILED, now_us=NOW_US) == []
    assert (store.schedule("보고").failures, store.schedule("보고").paused) == (1, True)
    assert states(store) == ["failed", "failed"]


def test_a_success_ends_the_count_of_failures(store):
    store.add(a_schedule(overlap="allow"))
    done = advance(store, store.schedule("보고"), 1, 2)
    assert done is not None
    store.settle(done[1][0], FireState.FAILED, now_us=NOW_US)
    assert store.schedule("보고").failures == 1
    store.settle(done[1][1], FireState.SUCCEEDED, now_us=NOW_US)
    assert store.schedule("보고").failures == 0


def test_those_that_wait_start_one_after_the_other(store):
    store.add(a_schedule(overlap="queue", most=2))
    done = advance(store, store.schedule("보고"), 1, 2, 3, 4)
    assert done is not None
    assert states(store) == ["pending", "queued", "queued", "skipped"]
    (second,) = store.settle(done[1][0], FireState.CANCELLED, now_us=NOW_US)
    assert (second.state, from_us(second.due_us)) == (FireState.PENDING, NOW + timedelta(seconds=2))


def test_a_fire_that_replaces_another_waits_for_its_end(store):
    store.add(a_schedule(overlap="cancel_running"))
    first = advance(store, store.schedule("보고"), 1)
    assert first is not None
    second = advance(store, first[0], 2)
    assert second is not None
    advance(store, second[0], 3)
    assert states(store) == ["pending", "skipped", "queued"]
    assert store.fires()[0].is_unwanted
    assert not store.begin(store.fires()[0], NOW_US)


def test_a_fire_belongs_to_one_owner_at_a_time(store):
    store.add(a_schedule())
    mine = store.add_fire("보고", replace(manual_fire("보고", NOW_US, {"x": 1}), owner="me"))
    assert mine is not None
    theirs = store.take_over(mine, "they")
    assert theirs is not None
    assert (theirs.owner, theirs.data) == ("they", {"x": 1})
    assert store.take_over(mine, "me again") is None
    assert not store.begin(mine, NOW_US)
    assert store.begin(theirs, NOW_US)
    assert store.settle(mine, FireState.FAILED, now_us=NOW_US) == []
    store.settle(theirs, FireState.SUCCEEDED, now_us=NOW_US)
    assert states(store) == ["succeeded"]


def test_what_was_not_begun_is_left_to_others(store):
    store.add(a_schedule())
    store.add_fire("보고", replace(manual_fire("보고", NOW_US), owner="me"))
    store.release("me")
    assert [fire.owner for fire in store.open_fires()] == [""]


def test_a_signal_of_one_key_is_one_fire(store):
    store.add(a_schedule(overlap="allow"))
    fire: FireRecord = replace(manual_fire("보고", NOW_US), fire="signal:k", owner="me")
    assert store.add_fire("보고", fire) is not None
    assert store.add_fire("보고", replace(fire, owner="they")) is None


def test_a_clock_that_was_ahead_takes_back_what_was_not_missed(store):
    store.add(a_schedule())
    missed = (Missed(at=NOW + timedelta(seconds=1), reason="why"),)
    done = advance(store, store.schedule("보고"), 2, missed=missed)
    assert done is not None
    assert store.rewind(store.schedule("보고"), after_us=NOW_US, next_us=NOW_US + 1) is not None
    assert states(store) == ["pending"]
    assert store.rewind(done[0], after_us=0, next_us=None) is None  # it has changed since


def test_a_removed_schedule_leaves_its_fires(store):
    store.add(a_schedule())
    advance(store, store.schedule("보고"), 1)
    store.remove("보고")
    assert store.schedules() == []
    assert [(fire.state.value, fire.reason) for fire in store.fires("보고")] == [
        ("cancelled", "its schedule was removed")
    ]


def test_a_scheduler_is_there_until_it_leaves_or_falls_silent(database):
    first, second = Presence(database), Presence(database)
    first.enter(NOW_US)
    second.enter(NOW_US)
    assert first.others(NOW_US) == {second.scheduler_id}
    if (server_us := database.server_now_us()) is None:
        later_us = NOW_US + round(SILENCE_S * 1e6)
        first.renew(later_us - 1)
    else:  # whose clock counts, whatever this machine's says
        later_us = NOW_US
        with database.writing() as connection:
            silent = SCHEDULERS.c.scheduler_id == second.scheduler_id
            connection.execute(update(SCHEDULERS).where(silent).values(expires_us=server_us - 1))
    assert first.others(later_us) == set()
    second.renew(later_us)  # it was only slow
    assert first.others(later_us) == {second.scheduler_id}
    first.leave()
    assert [one.scheduler_id for one in present_schedulers(database)] == [second.scheduler_id]
