"""The scheduler as users hold it: triggers are registered, schedules added, and from `start` on they fire."""

from __future__ import annotations

import asyncio
import secrets
import unicodedata
from typing import TYPE_CHECKING, Any, Self

from dpnb.errors import ScheduleOptionError
from dpnb.scheduler.circles import source_of, topic_circle
from dpnb.scheduler.clock import SystemClock
from dpnb.scheduler.frames import fires_frame, schedules_frame
from dpnb.scheduler.options import ScheduleOptions
from dpnb.scheduler.presence import Presence
from dpnb.scheduler.records import Cause, FireRecord, FireState, ScheduleRecord, from_us, to_us
from dpnb.scheduler.service import SchedulerService
from dpnb.scheduler.starting import Starter, as_json
from dpnb.scheduler.store import ScheduleStore
from dpnb.scheduler.targets import TopicTarget
from dpnb.scheduler.timetable import Timetable
from dpnb.scheduler.triggers_at_hand import TriggersAtHand

if TYPE_CHECKING:
    import pandas as pd

    from dpnb.events import Consumer, Publisher
    from dpnb.results.database import Database
    from dpnb.scheduler.clock import Clock
    from dpnb.scheduler.ports import Launcher, Trigger
    from dpnb.workspace import Workspace


class Scheduler:
    """Fires what is due: publishes triggers' events on topics, and has pipelines and notebooks run.

    It belongs to the event loop in which it is started; `BackgroundScheduler` gives it a thread with a loop of its own.
    Its schedules and fires are kept in the workspace's database, which any number of schedulers may share: each fire
    is one scheduler's. Without a workspace they are kept in memory.

    Parameters
    ----------
    publisher
        Where triggers' events go.
    consumer
        Hears the events of triggers that are made anew of what is on record.
    workspace
        Where schedules are kept.
    launcher
        Runs pipelines and notebooks; without one only topics are served. `dpnb.launch` has it.
    clock
        The machine's, unless a test has another.

    Examples
    --------
    >>> from dpnb.events import InMemoryBroker
    >>> from dpnb.scheduler.adapters.listed_trigger import ListedTrigger
    >>> async def main():
    ...     scheduler = Scheduler(InMemoryBroker().publisher())
    ...     await scheduler.register_trigger("report", ListedTrigger(), "reports.daily")
    ...     async with scheduler:
    ...         fire = await scheduler.trigger_now("report")
    ...     return fire.cause
    >>> asyncio.run(main())
    <Cause.MANUAL: 'manual'>
    """

    def __init__(
        self,
        publisher: Publisher | None = None,
        *,
        consumer: Consumer | None = None,
        workspace: Workspace | None = None,
        launcher: Launcher | None = None,
        clock: Clock | None = None,
    ) -> None:
        database = _in_memory() if workspace is None else workspace.ledger.database
        self.store = ScheduleStore(database)
        self._database = database
        self._clock = clock or SystemClock()
        self._triggers = TriggersAtHand(consumer)
        self._starter = Starter(publisher, launcher)
        self._service: SchedulerService | None = None
        self._serving: asyncio.Task[None] | None = None
        self._leaving: SchedulerService | None = None  # while it waits for what goes on
        self._stopped = asyncio.Event()

    @property
    def is_running(self) -> bool:
        """Whether it has been started, and not stopped."""
        return self._serving is not None and not self._serving.done()

    # What is to happen when

    async def register_trigger(
        self, name: str, trigger: Trigger, topic: str, options: ScheduleOptions | None = None
    ) -> None:
        """Publish a trigger's event on a topic each time it fires.

        Of a name that is on record already, what comes next and what it missed are kept: a program that registers the
        same triggers each time it starts goes on where it was.

        Parameters
        ----------
        name
            Whatever it is to be called.
        trigger
            When it fires.
        topic
            Where its events go.
        options
            How fires are dealt with; where it is None, as by default, but with ``overlap="allow"``: that one event is
            still being published is no reason to drop the next.

        Raises
        ------
        TopicError
            `topic` is none.
        ScheduleOptionError
            The name can be none, or its events would make it fire again, for ever, by itself or by other schedules.
        """
        from dpnb.events import check_topic

        target = TopicTarget(topic=check_topic(topic))
        trigger = trigger_for(check_name(name), trigger)
        await self._refuse_circle(name, trigger, topic)
        self._triggers.forget(name)
        self._triggers.register(name, trigger)
        now_us = to_us(self._clock.now())
        new = new_schedule(name, trigger, target, options or ScheduleOptions(overlap="allow"), now_us)
        known = await asyncio.to_thread(self.store.schedules, [name])
        if known and _asks_the_same(known[0], new):
            next_us = _next_us(name, trigger, new.options, known[0].after_us)
            await asyncio.to_thread(self.store.change, name, next_us=next_us)
        else:
            await asyncio.to_thread(self.store.add, new, replacing=True)
        self.wake()

    async def _refuse_circle(self, name: str, trigger: Trigger, topic: str) -> None:
        if (source := source_of(trigger, None)) is None:
            return
        others = await asyncio.to_thread(self.store.schedules)
        way = topic_circle(name, source, topic, others, self._triggers.sources(others))
        if way is not None:
            by = f" by way of {', '.join(map(repr, way[1:]))}" if way[1:] else ""
            rule = f"would have {name!r} fire itself for ever{by}: it hears {source!r}"
            raise ScheduleOptionError("topic", topic, rule=rule, hint="publish on a topic that it does not hear.")

    def use(self, name: str, trigger: Trigger) -> None:
        """Serve a schedule that is on record with this trigger, which perhaps cannot be made again."""
        self._triggers.forget(name)
        self._triggers.register(name, trigger_for(name, trigger))
        if self._service is not None:
            self._service.read_again(name)

    async def unregister_trigger(self, name: str) -> None:
        """Forget a schedule; its fires stay on record. Raises `UnknownScheduleError`."""
        await asyncio.to_thread(self.store.remove, name)
        self.wake()

    # From the start to the end

    async def start(self) -> Self:
        """Begin to serve, in this event loop, and return."""
        if not self.is_running:
            presence = Presence(self._database)
            self._service = SchedulerService(self.store, presence, self._starter, self._triggers, self._clock)
            self._stopped.clear()
            await self._service.enter()
            self._serving = asyncio.create_task(self._service.run(), name="dpnb-scheduler")
        return self

    async def stop(self, patience: float | None = 0.0) -> None:
        """Start nothing any more, and return when nothing goes on.

        Parameters
        ----------
        patience
            How many seconds the runs that go on are waited for, before they are cancelled; None waits for their ends.
        """
        service, serving = self._service, self._serving
        if service is None or serving is None:
            return
        self._service = self._serving = None
        self._leaving = service
        service.stop()
        try:
            await serving
        finally:
            await service.leave(patience)
            self._leaving = None
            self._stopped.set()

    def cancel_running(self) -> None:
        """Cancel the runs that go on: `stop` then returns sooner."""
        if self._leaving is not None:
            self._leaving.cancel_all()

    async def join(self) -> None:
        """Return when it has been stopped, and nothing goes on."""
        await self._stopped.wait()

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def pause(self, name: str | None = None) -> None:
        """Let a schedule rest, or this scheduler as a whole. Raises `UnknownScheduleError`.

        What is due while a schedule rests is left out. What is due while the scheduler rests has been missed.
        """
        if name is not None:
            await asyncio.to_thread(self.store.change, name, paused=True)
        elif self._service is not None:
            self._service.is_paused = True
        self.wake()

    async def resume(self, name: str | None = None) -> None:
        """Go on with a schedule, or with this scheduler as a whole. Raises `UnknownScheduleError`."""
        if name is not None:
            await asyncio.to_thread(resume_schedule, self.store, name, self._triggers, to_us(self._clock.now()))
        elif self._service is not None:
            self._service.is_paused = False
        self.wake()

    async def trigger_now(self, name: str, data: Any = None) -> FireRecord:
        """Have a schedule fire at once, whether or not it is paused; return the fire.

        Where this scheduler is not running, the next that does starts it.

        Parameters
        ----------
        name
            The schedule.
        data
            What the fire carries; of a pipeline or notebook, ``{"params": {…}}`` gives run parameters.

        Raises
        ------
        UnknownScheduleError
            There is none of that name.
        """
        fire = manual_fire(name, to_us(self._clock.now()), data)
        added = await (self._service.add(fire) if self._service is not None else self._leave(fire))
        assert added is not None  # noqa: S101 - its id is its own
        return added

    async def _leave(self, fire: FireRecord) -> FireRecord | None:
        return await asyncio.to_thread(self.store.add_fire, fire.schedule, fire)

    def wake(self) -> None:
        """Have it look at once whether something has changed."""
        if self._service is not None:
            self._service.woken.set()

    # What is known

    def schedules(self) -> pd.DataFrame:
        """Return one row per schedule; columns as `dpnb.scheduler.schedules_frame` lists them."""
        return schedules_frame(self.store)

    def fires(self, name: str | None = None) -> pd.DataFrame:
        """Return one row per fire, the latest first; columns as `dpnb.scheduler.fires_frame` lists them."""
        return fires_frame(self.store, name)

    def __repr__(self) -> str:
        known = self._service.schedules if self._service is not None else len(self.store.revisions())
        return f"<Scheduler: {known} schedules, {'running' if self.is_running else 'not running'}>"


def check_name(name: str) -> str:
    """Return the name of a schedule. Raises `ScheduleOptionError`: it is no text, blank, or of what no text carries."""
    given: object = name  # whatever the annotation says
    if not isinstance(given, str) or not given.strip():
        raise ScheduleOptionError("name", name, rule="is no name", hint="give a text: 'morning report'.")
    if any(unicodedata.category(one) in ("Cc", "Cs") for one in given):  # PostgreSQL takes no NUL, nobody a surrogate
        rule = "has characters that are no text"
        raise ScheduleOptionError("name", name, rule=rule, hint="leave out line ends, tabs, NUL and lone surrogates.")
    return name


def trigger_for(name: str, trigger: Trigger) -> Trigger:
    """Return a schedule's own form of a trigger, where it has one: its jitter is drawn of the name."""
    jitter = getattr(getattr(trigger, "options", None), "jitter", 0)
    return trigger.named(name) if jitter and hasattr(trigger, "named") else trigger


def _asks_the_same(known: ScheduleRecord, new: ScheduleRecord) -> bool:
    """Tell whether a schedule on record is what is asked for; triggers with a factory are told apart by their words."""
    return all(getattr(known, one) == getattr(new, one) for one in ("kind", "description", "spec", "target", "options"))


def new_schedule(name: str, trigger: Trigger, target: Any, options: ScheduleOptions, now_us: int) -> ScheduleRecord:
    """Return a schedule that begins now."""
    trigger = trigger_for(name, trigger)
    return ScheduleRecord(
        name=name,
        kind=trigger.kind,
        description=trigger.describe(),
        spec=trigger.spec(),
        target=target,
        options=options,
        after_us=now_us,
        next_us=_next_us(name, trigger, options, now_us),
        created_us=now_us,
    )


def manual_fire(name: str, now_us: int, data: Any = None) -> FireRecord:
    """Return a fire that somebody asks for."""
    return FireRecord(
        schedule=name,
        fire=f"manual:{secrets.token_hex(8)}",
        due_us=now_us,
        cause=Cause.MANUAL,
        state=FireState.PENDING,
        starts_us=now_us,
        recorded_us=now_us,
        data=as_json(data),
    )


def resume_schedule(store: ScheduleStore, name: str, triggers: TriggersAtHand, now_us: int) -> ScheduleRecord:
    """Let a schedule that was paused go on from now. Raises `UnknownScheduleError`."""
    record = store.schedule(name)
    next_us = None
    if triggers.knows(record):
        next_us = _next_us(name, triggers.of(record), record.options, now_us)
    return store.change(name, paused=False, failures=0, after_us=now_us, next_us=next_us)


def _next_us(name: str, trigger: Trigger, options: ScheduleOptions, after_us: int) -> int | None:
    due = Timetable(name, trigger.next_fire, options).next(from_us(after_us))
    return None if due is None else to_us(due.starts)


def _in_memory() -> Database:
    from dpnb.results.database import Database

    return Database("sqlite://", "process")
