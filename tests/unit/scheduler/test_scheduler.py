"""A scheduler with a clock that is moved by hand."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import update

from dpnb import Workspace
from dpnb.errors import ScheduleOptionError, TopicError, UnknownScheduleError
from dpnb.events import EventBase, InMemoryBroker
from dpnb.results.schedule_tables import FIRES
from dpnb.scheduler import (
    EventTrigger,
    IntervalTrigger,
    LaunchOrder,
    LaunchOutcome,
    NotebookTarget,
    ScheduleOptions,
    Scheduler,
    Signal,
    create_event_trigger,
    create_interval_trigger,
    trigger_from,
)
from dpnb.scheduler.adapters.listed_trigger import ListedTrigger
from dpnb.scheduler.adapters.simulated_clock import START, SimulatedClock
from dpnb.scheduler.records import to_us
from dpnb.scheduler.scheduler import new_schedule


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def every(seconds: int, count: int = 100) -> ListedTrigger:
    return ListedTrigger([at(seconds * number) for number in range(1, count + 1)])


async def until(condition: Callable[[], object]) -> None:
    """Let the loop go on until it has come about; nothing of it waits for the clock on the wall."""
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it did not come about in time"
        await asyncio.sleep(0.002)


class Bench:
    """A scheduler, its clock, and what was published."""

    def __init__(self, workspace: Workspace | None = None, launcher: Launches | None = None) -> None:
        self.clock = SimulatedClock()
        self.broker = InMemoryBroker()
        self.heard = self.broker.consumer().consume("**")
        self.scheduler = Scheduler(self.broker.publisher(), workspace=workspace, launcher=launcher, clock=self.clock)

    def rows(self, name: str | None = None) -> list[tuple[str, str]]:
        """Return the states of the fires with their reasons, in the order in which they were due."""
        return [(one.state.value, one.reason) for one in self.scheduler.store.fires(name)]

    def states(self, name: str | None = None) -> list[str]:
        return [state for state, _ in self.rows(name)]

    async def pass_time(self, seconds: float, *, states: list[str], name: str | None = None) -> None:
        self.clock.advance(seconds)
        await until(lambda: self.states(name) == states)


class Launches:
    """Launches nothing: keeps the orders, and lets each end when it is told how."""

    def __init__(self) -> None:
        self.orders: list[LaunchOrder] = []
        self.ends: list[asyncio.Future[LaunchOutcome]] = []
        self.cancelled = 0

    async def launch(self, order: LaunchOrder) -> LaunchOutcome:
        self.orders.append(order)
        self.ends.append(asyncio.get_running_loop().create_future())
        try:
            return await self.ends[-1]
        except asyncio.CancelledError:
            self.cancelled += 1
            raise

    def outcome_of(self, run_id: str) -> LaunchOutcome | None:
        return LaunchOutcome(succeeded=True, run_id=run_id)

    def end(self, number: int, *, succeeded: bool = True, reason: str = "", cancelled: bool = False) -> None:
        self.ends[number].set_result(LaunchOutcome(succeeded=succeeded, reason=reason, cancelled=cancelled))


def _has_fires(bench: Bench, count: int) -> bool:
    return len(bench.states()) == count


def _has_states(bench: Bench, states: list[str]) -> bool:
    return bench.states() == states


def add(bench: Bench, name: str, trigger: ListedTrigger, **options: object) -> None:
    """Add a schedule of a notebook."""
    asked = ScheduleOptions(**options)  # type: ignore[arg-type]
    bench.scheduler._triggers.register(name, trigger)
    target = NotebookTarget(path="연구.ipynb")
    bench.scheduler.store.add(new_schedule(name, trigger, target, asked, to_us(bench.clock.now())))


async def test_a_trigger_fires_when_it_is_due_and_publishes_its_event():
    bench = Bench()
    await bench.scheduler.register_trigger("보고", every(60), "reports.daily")
    async with bench.scheduler:
        bench.clock.advance(59)
        await bench.pass_time(1, states=["succeeded"])
        event = await bench.heard.get(timeout=5)
        assert (event.topic, event.data["due"]) == ("reports.daily", at(60).isoformat())
        await bench.pass_time(60, states=["succeeded", "succeeded"])


async def test_what_a_factory_makes_is_published():
    bench = Bench()
    trigger = ListedTrigger([at(5)], event_factory=lambda: EventBase("reports.daily", {"made": True}))
    await bench.scheduler.register_trigger("report", trigger, "reports.daily")
    async with bench.scheduler:
        bench.clock.advance(5)
        assert (await bench.heard.get(timeout=5)).data == {"made": True}


async def test_a_factory_that_raises_costs_only_its_fire():
    bench = Bench()
    await bench.scheduler.register_trigger("bad", ListedTrigger([at(5)], event_factory=lambda: 1 / 0), "a")  # type: ignore[arg-type, return-value]
    await bench.scheduler.register_trigger("good", every(5), "b")
    async with bench.scheduler:
        bench.clock.advance(5)
        await until(lambda: bench.states() == ["failed", "succeeded"])
        assert bench.rows("bad") == [("failed", "ZeroDivisionError: division by zero")]
        await bench.pass_time(5, states=["succeeded", "succeeded"], name="good")


async def test_a_publisher_that_hangs_costs_only_its_fire():
    class Hanging:
        async def publish(self, topic: str, _event: EventBase) -> None:
            if topic == "hang":
                await asyncio.Event().wait()

        def publish_sync(self, topic: str, event: EventBase) -> None: ...

    clock = SimulatedClock()
    scheduler = Scheduler(Hanging(), clock=clock)
    scheduler._starter._patience_s = 0.05
    await scheduler.register_trigger("hangs", every(5), "hang")
    await scheduler.register_trigger("works", every(5), "work")
    async with scheduler:
        clock.advance(5)
        await until(lambda: [one.state.value for one in scheduler.store.fires()] == ["failed", "succeeded"])
    assert scheduler.store.fires("hangs")[0].reason == "the publisher took more than 0.05 s"


async def test_a_topic_that_is_none_is_refused():
    with pytest.raises(TopicError):
        await Scheduler().register_trigger("x", ListedTrigger(), "a..b")


async def test_a_signal_fires_and_of_one_key_only_the_first():
    bench = Bench()
    trigger = ListedTrigger()
    await bench.scheduler.register_trigger("heard", trigger, "news")
    async with bench.scheduler:
        for key in ("a", "a", "b"):
            trigger.give(Signal(at=at(1), data={"key": key, "object": object}, key=key))
        await until(lambda: bench.states() == ["succeeded", "succeeded"])
        assert [(await bench.heard.get(timeout=5)).data["data"]["key"] for _ in range(2)] == ["a", "b"]


async def test_trigger_now_fires_a_schedule_that_is_paused():
    bench = Bench()
    await bench.scheduler.register_trigger("report", every(60), "reports")
    async with bench.scheduler:
        await bench.scheduler.pause("report")
        fire = await bench.scheduler.trigger_now("report", {"why": "말"})
        await until(lambda: bench.states() == ["succeeded"])
        assert (fire.cause, fire.data) == ("manual", {"why": "말"})
        with pytest.raises(UnknownScheduleError, match="did you mean 'report'"):
            await bench.scheduler.trigger_now("rapport")


async def test_what_is_due_while_a_schedule_rests_is_left_out_and_while_the_scheduler_rests_has_been_missed():
    bench = Bench()
    await bench.scheduler.register_trigger("rests", every(60), "a")
    await bench.scheduler.register_trigger("goes", every(60), "b")
    async with bench.scheduler:
        await bench.scheduler.pause("rests")
        await bench.scheduler.pause()
        bench.clock.advance(150)
        await bench.scheduler.resume()
        await bench.scheduler.resume("rests")
        await until(lambda: bench.states("goes") == ["missed", "succeeded"])
        await bench.pass_time(30, states=["succeeded"], name="rests")


async def test_a_clock_that_jumps_forward_coalesces_and_back_repeats_nothing():
    bench = Bench()
    await bench.scheduler.register_trigger("report", every(60, 600), "reports")
    async with bench.scheduler:
        await bench.pass_time(60, states=["succeeded"])
        bench.clock.jump(300)
        await bench.pass_time(2, states=["succeeded", *["missed"] * 4, "succeeded"])
        bench.clock.jump(-300)
        bench.clock.advance(2)  # it is noticed: what had not come yet has not been missed
        await until(lambda: bench.states() == ["succeeded", "succeeded"])
        for number in range(1, 5):
            await bench.pass_time(60, states=["succeeded"] * (number + 2))
        bench.clock.advance(56)  # the instant of the jump has its run
        await bench.pass_time(60, states=["succeeded"] * 7)


async def test_a_run_that_somebody_cancels_is_not_tried_again_nor_a_failure():
    launches = Launches()
    bench = Bench(launcher=launches)
    add(bench, "보고", every(1_000), retries=2, retry_delay=10, pause_after=1)
    async with bench.scheduler:
        bench.clock.advance(1_000)
        await until(lambda: len(launches.ends) == 1)
        launches.end(0, succeeded=False, cancelled=True, reason="the run was cancelled")
        await until(lambda: bench.rows() == [("cancelled", "the run was cancelled")])
        bench.clock.advance(1_000)
        await until(lambda: len(launches.ends) == 2)
        launches.end(1, succeeded=True)
        await until(lambda: bench.states() == ["cancelled", "succeeded"])
    record = bench.scheduler.store.schedule("보고")
    assert (record.paused, record.failures) == (False, 0)


async def test_a_retry_waits_twice_as_long_each_time_and_failures_in_a_row_pause_the_schedule():
    launches = Launches()
    bench = Bench(launcher=launches)
    add(bench, "flaky", every(1_000), retries=2, retry_delay=10, pause_after=1)
    async with bench.scheduler:
        bench.clock.advance(1_000)
        await until(lambda: len(launches.ends) == 1)
        launches.end(0, succeeded=False, reason="it broke")
        await until(lambda: bench.states() == ["failed", "pending"])
        bench.clock.advance(9)
        await asyncio.sleep(0.05)
        assert len(launches.orders) == 1
        bench.clock.advance(1)
        await until(lambda: len(launches.ends) == 2)
        launches.end(1, succeeded=False)
        await until(lambda: bench.states()[-1] == "pending")
        await asyncio.sleep(0.02)
        bench.clock.advance(20)
        await until(lambda: len(launches.ends) == 3)
        launches.end(2, succeeded=False)
        await until(lambda: bench.states() == ["failed"] * 3)
        await until(lambda: bench.scheduler.store.schedule("flaky").paused)
        await bench.scheduler.resume("flaky")
        assert bench.scheduler.store.schedule("flaky").failures == 0


@pytest.mark.parametrize(
    ("overlap", "states"),
    [
        ("skip", ["pending", "skipped", "skipped"]),
        ("queue", ["pending", "queued", "queued"]),
        ("allow", ["pending", "pending", "pending"]),
    ],
)
async def test_a_fire_meets_one_that_goes_on(overlap, states):
    launches = Launches()
    bench = Bench(launcher=launches)
    add(bench, "노트", every(10), overlap=overlap)
    async with bench.scheduler:
        for number in range(1, 4):
            bench.clock.advance(10)
            await until(partial(_has_fires, bench, number))
        open_states = {"running": "pending"}
        assert [open_states.get(state, state) for state in bench.states()] == states


async def test_a_queued_fire_starts_when_the_one_before_has_ended():
    launches = Launches()
    bench = Bench(launcher=launches)
    add(bench, "노트", every(10), overlap="queue")
    async with bench.scheduler:
        for number in (1, 2):
            bench.clock.advance(10)
            await until(partial(_has_fires, bench, number))
        await until(lambda: len(launches.ends) == 1)
        launches.end(0)
        await until(lambda: len(launches.ends) == 2)
        assert [order.metadata["due"] for order in launches.orders] == [at(10).isoformat(), at(20).isoformat()]


async def test_a_fire_replaces_the_one_that_goes_on():
    launches = Launches()
    bench = Bench(launcher=launches)
    add(bench, "노트", every(10), overlap="cancel_running")
    async with bench.scheduler:
        bench.clock.advance(10)
        await until(lambda: len(launches.ends) == 1)
        bench.clock.advance(10)
        await until(lambda: len(bench.states()) == 2)
        await until(lambda: len(launches.orders) == 2)
        assert launches.cancelled == 1
        assert bench.rows()[0] == ("cancelled", "a later fire has taken its place")


async def test_a_restart_loses_nothing_and_misses_what_was_due_between(home):
    bench = Bench(Workspace(home))
    await bench.scheduler.register_trigger("report", every(60), "reports")
    async with bench.scheduler:
        await bench.pass_time(60, states=["succeeded"])
    later = Bench(Workspace(home))
    later.clock.advance(200)
    await later.scheduler.register_trigger("report", every(60), "reports")
    async with later.scheduler:
        await until(lambda: later.states() == ["succeeded", "missed", "succeeded"])
    assert later.rows()[1][1].startswith("missed; the fire of")


async def test_fires_of_two_schedulers_on_one_database_are_published_once(home):
    benches = [Bench(Workspace(home)) for _ in range(2)]
    for bench in benches:
        await bench.scheduler.register_trigger("report", every(10), "reports")
    for bench in benches:
        await bench.scheduler.start()
    for number in range(1, 6):
        for bench in benches:
            bench.clock.advance(10)
        await until(partial(_has_states, benches[0], ["succeeded"] * number))
    for bench in benches:
        await bench.scheduler.stop()
    assert sum(bench.heard.qsize() for bench in benches) == 5


async def test_an_event_that_two_schedulers_of_one_database_hear_is_one_fire(home):
    benches = [Bench(Workspace(home)) for _ in range(2)]
    for bench in benches:
        trigger = create_event_trigger(consumer=bench.broker.consumer(), source_topic="data.*")
        await bench.scheduler.register_trigger("도착", trigger, "reports")
        await bench.scheduler.start()
    event = EventBase("data.landed", {"rows": 1})
    for bench in benches:  # as a server would bring it to both, and to the first twice
        await bench.broker.publisher().publish(event.topic, event)
    await benches[0].broker.publisher().publish(event.topic, event)
    await until(partial(_has_states, benches[0], ["succeeded"]))
    other = EventBase("data.landed", {"rows": 2})
    await benches[1].broker.publisher().publish(other.topic, other)
    await until(partial(_has_states, benches[0], ["succeeded"] * 2))
    for bench in benches:
        await bench.scheduler.stop()
    fires = [one.fire for one in benches[0].scheduler.store.fires()]
    assert fires == [f"signal:{one.event_id}" for one in (event, other)]


def test_a_signal_of_an_event_is_told_from_others_by_the_events_id():
    event = EventBase("data.landed")
    assert Signal(at=START, event=event).key == event.event_id
    assert Signal(at=START, event=event, key="own").key == "own"
    assert Signal(at=START).key is None


async def test_frames_are_tidy_and_keep_their_dtypes_when_empty():
    bench = Bench()
    empty = bench.scheduler.schedules(), bench.scheduler.fires()
    await bench.scheduler.register_trigger("보고", every(60), "reports.daily", ScheduleOptions(misfire="skip"))
    async with bench.scheduler:
        await bench.pass_time(60, states=["succeeded"])
    full = bench.scheduler.schedules(), bench.scheduler.fires("보고")
    assert [list(frame.columns) for frame in empty] == [list(frame.columns) for frame in full]
    assert str(full[0]["next"].dtype) == str(empty[1]["due"].dtype) == "datetime64[us, UTC]"
    assert [full[0][name].iloc[0] for name in ("name", "target", "misfire")] == ["보고", "topic reports.daily", "skip"]
    assert full[0]["next"].iloc[0] == at(120)
    assert full[1]["due"].iloc[0] == at(60).astimezone(UTC)
    assert list(full[1]["state"].cat.categories)[:2] == ["pending", "queued"]


async def test_a_trigger_with_a_factory_that_is_registered_with_other_times_begins_anew():
    bench = Bench()

    def trigger(seconds: int) -> IntervalTrigger:
        return create_interval_trigger(seconds, event_factory=lambda: EventBase("reports.daily"))

    await bench.scheduler.register_trigger("보고", trigger(86_400), "reports.daily")
    bench.clock.advance(3_600)
    await bench.scheduler.register_trigger("보고", trigger(600), "reports.daily")
    (row,) = bench.scheduler.schedules().itertuples()
    assert (row.when, row.next) == ("every 10 minutes", at(4_200))
    assert bench.scheduler.store.schedule("보고").after_us == to_us(at(3_600))  # nothing is made up for


async def test_schedules_that_share_a_trigger_are_put_off_by_different_times():
    bench = Bench()
    trigger = create_interval_trigger(3_600, jitter=600)
    for name in ("아침", "저녁"):
        await bench.scheduler.register_trigger(name, trigger, "reports.daily")
    first, second = bench.scheduler.store.schedules()
    assert first.next_us != second.next_us
    again = trigger_from(first.spec or {})  # as another process has it
    assert isinstance(again, IntervalTrigger)
    due = again.next_fire(START)
    assert due is not None
    assert to_us(due) == first.next_us


@pytest.mark.parametrize("source", ["공장.완료", "공장.*", "**"])
async def test_a_trigger_that_would_hear_itself_is_refused(source):
    bench = Bench()
    trigger = create_event_trigger(consumer=bench.broker.consumer(), source_topic=source)
    with pytest.raises(ScheduleOptionError, match="'되풀이' fire itself for ever: it hears"):
        await bench.scheduler.register_trigger("되풀이", trigger, "공장.완료")
    assert bench.scheduler.store.schedules() == []


async def test_triggers_that_would_make_each_other_fire_are_refused():
    bench = Bench()

    def hears(topic: str) -> EventTrigger:
        factory = partial(EventBase, "any")
        return create_event_trigger(consumer=bench.broker.consumer(), source_topic=topic, event_factory=factory)

    await bench.scheduler.register_trigger("one", hears("a"), "b")
    await bench.scheduler.register_trigger("two", hears("b"), "c")
    with pytest.raises(ScheduleOptionError, match="by way of 'one', 'two'"):
        await bench.scheduler.register_trigger("three", hears("c.**"), "a")
    await bench.scheduler.register_trigger("three", hears("c.**"), "d")


async def test_a_schedule_does_not_hear_the_runs_that_come_of_its_own():
    bench = Bench(launcher=Launches())
    store, publisher = bench.scheduler.store, bench.broker.publisher()
    for name in ("하나", "둘"):
        trigger = create_event_trigger(consumer=bench.broker.consumer(), source_topic="run.*.finished")
        bench.scheduler._triggers.register(name, trigger)
        target = NotebookTarget(path="연구.ipynb")
        store.add(new_schedule(name, trigger, target, ScheduleOptions(overlap="allow"), to_us(START)))

    def finish(run_id: str) -> None:
        topic = f"run.{run_id}.finished"
        publisher.publish_sync(topic, EventBase(topic, {"run_id": run_id}))

    def bind(name: str, run_id: str) -> None:
        """Let the schedule's last fire have its run, as the launcher would."""
        fire = [one for one in store.fires(name) if not one.run_id][-1]
        with store._database.writing() as connection:
            connection.execute(
                update(FIRES).where(FIRES.c.fire == fire.fire, FIRES.c.schedule == name).values(run_id=run_id)
            )

    def count() -> list[int]:
        return [len(store.fires(name)) for name in ("하나", "둘")]

    async with bench.scheduler:
        finish("somebody")
        await until(lambda: count() == [1, 1])
        bind("하나", "first")
        finish("first")  # the other hears it, and its own run would come back
        await until(lambda: count() == [1, 2])
        bind("둘", "second")
        finish("second")
        finish("somebody-else")
        await until(lambda: count() == [2, 3])


class HeldPublisher:
    """Publishes nothing until it is let."""

    def __init__(self) -> None:
        self.topics: list[str] = []
        self.is_held = asyncio.Event()
        self.may_go = asyncio.Event()

    async def publish(self, topic: str, event: EventBase) -> None:  # noqa: ARG002 - the port's
        self.is_held.set()
        await self.may_go.wait()
        self.topics.append(topic)

    def publish_sync(self, topic: str, event: EventBase) -> None:
        raise AssertionError(topic, event)


async def test_an_event_that_is_being_published_is_not_lost_to_a_stop(monkeypatch):
    monkeypatch.setattr("dpnb.scheduler.fires_under_way.PUBLISHING_S", 60)
    publisher = HeldPublisher()
    scheduler = Scheduler(publisher)
    await scheduler.register_trigger("정각", every(1), "한.시")
    await scheduler.start()
    await scheduler.trigger_now("정각")
    await publisher.is_held.wait()
    serving, stopping = scheduler._serving, asyncio.create_task(scheduler.stop())
    await until(lambda: serving is not None and serving.done())
    for _ in range(100):  # turns of the loop, in which it would cancel what goes on
        await asyncio.sleep(0)
    publisher.may_go.set()
    await stopping
    assert publisher.topics == ["한.시"]
    assert [fire.state.value for fire in scheduler.store.fires()] == ["succeeded"]


async def test_a_publisher_that_hangs_keeps_nobody_from_stopping(monkeypatch):
    monkeypatch.setattr("dpnb.scheduler.fires_under_way.PUBLISHING_S", 0.01)
    publisher = HeldPublisher()
    scheduler = Scheduler(publisher)
    await scheduler.register_trigger("정각", every(1), "한.시")
    await scheduler.start()
    await scheduler.trigger_now("정각")
    await publisher.is_held.wait()
    await scheduler.stop()
    fires = [(fire.state.value, fire.reason) for fire in scheduler.store.fires()]
    assert fires == [("cancelled", "the scheduler was stopped")]
