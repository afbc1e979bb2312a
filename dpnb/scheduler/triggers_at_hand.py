"""The triggers that a scheduler has: those that were registered with it, and those that can be made again."""

from __future__ import annotations

import asyncio
import logging
import secrets
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, Any, cast

from dpnb.scheduler.circles import source_of
from dpnb.scheduler.records import Cause, FireRecord, FireState, to_us
from dpnb.scheduler.starting import as_json

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from dpnb.events import Consumer
    from dpnb.scheduler.ports import Signal, Trigger
    from dpnb.scheduler.records import ScheduleRecord

    type Heard = Callable[[ScheduleRecord, FireRecord, Signal], Awaitable[None]]

BY_TIME_ALONE = {"cron", "interval", "once"}  # nothing is to be heard of these
_log = logging.getLogger("dpnb.scheduler")


class TriggersAtHand:
    """Triggers by schedule; one is made of its spec when it is first needed.

    Parameters
    ----------
    consumer
        Hears the events of the triggers that are made; without one, those of events cannot be.
    """

    def __init__(self, consumer: Consumer | None = None) -> None:
        self._consumer = consumer
        self._registered: dict[str, Trigger] = {}
        self._made: dict[str, tuple[int, Trigger]] = {}  # with when their schedules were made
        self._listening: dict[str, tuple[int, asyncio.Task[None]]] = {}  # likewise

    def register(self, name: str, trigger: Trigger) -> None:
        """Use this one for a schedule."""
        self._registered[name] = trigger

    def sources(self, records: Iterable[ScheduleRecord]) -> dict[str, str]:
        """Return by name what those of the schedules hear that hear events, as far as it is known."""
        found = ((one.name, source_of(self._registered.get(one.name), one.spec)) for one in records)
        return {name: source for name, source in found if source is not None}

    def knows(self, record: ScheduleRecord) -> bool:
        """Tell whether there is a trigger for a schedule, or can be."""
        if record.name in self._registered:
            return True
        return record.spec is not None and (record.kind != "event" or self._consumer is not None)

    def of(self, record: ScheduleRecord) -> Trigger:
        """Return a schedule's trigger."""
        registered = self._registered.get(record.name)
        if registered is not None and (record.spec is None or as_json(registered.spec()) == record.spec):
            return registered  # else another process has replaced the schedule
        made = self._made.get(record.name)
        if made is None or made[0] != record.created_us:
            assert record.spec is not None  # noqa: S101 - `knows` has been asked
            made = self._made[record.name] = (record.created_us, self._make(record.spec))
        return made[1]

    def _make(self, spec: Mapping[str, Any]) -> Trigger:
        from dpnb.scheduler.triggers.specs import trigger_from

        return cast("Trigger", trigger_from(spec, consumer=self._consumer))

    def listen(self, record: ScheduleRecord, heard: Heard) -> None:
        """Have `heard` called for all that makes a schedule fire besides the time."""
        made_us, _ = self._listening.get(record.name, (None, None))
        if record.kind not in BY_TIME_ALONE and made_us != record.created_us:
            self.stop_listening(record.name)
            self._listening[record.name] = record.created_us, asyncio.create_task(self._listen(record, heard))

    def stop_listening(self, name: str) -> None:
        """Hear no more of a schedule."""
        if (listening := self._listening.pop(name, None)) is not None:
            listening[1].cancel()

    def forget(self, name: str) -> None:
        """Let go of a schedule's trigger."""
        self.stop_listening(name)
        self._registered.pop(name, None)
        self._made.pop(name, None)

    async def close(self) -> None:
        """Stop listening."""
        tasks = [task for _, task in self._listening.values()]
        self._listening.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _listen(self, record: ScheduleRecord, heard: Heard) -> None:
        with suppress(asyncio.CancelledError):
            try:
                signals = self.of(record).signals()
                async with aclosing(signals):  # type: ignore[type-var]
                    async for signal in signals:
                        await heard(record, _fire_of(record, signal), signal)
            except Exception as error:  # noqa: BLE001 - the user's trigger; the time still counts
                _log.exception("The trigger of schedule %r hears nothing any more.", record.name, exc_info=error)


def _fire_of(record: ScheduleRecord, signal: Signal) -> FireRecord:
    at_us = to_us(signal.at)
    return FireRecord(
        schedule=record.name,
        fire=f"signal:{signal.key or secrets.token_hex(8)}",
        due_us=at_us,
        cause=Cause.SIGNAL,
        state=FireState.PENDING,
        starts_us=at_us,
        recorded_us=at_us,
        data=as_json(signal.data),
    )
