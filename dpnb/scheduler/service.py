"""The scheduler at work: looks what is due, records it, and takes over what others have left.

::

    store ──schedules──▶ agenda ──due──▶ judge ──verdict──▶ store ──pending fires──▶ FiresUnderWay ──end──▶ store
      ▲                                                       ▲
      └── other processes: add, pause, fire                   └── signals of triggers, `trigger_now`

All of it happens in one event loop; the database is asked in a thread of its own, so that nothing else waits for it.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from dpnb.errors import DpnbError, LedgerError
from dpnb.scheduler.agenda import Agenda
from dpnb.scheduler.circles import comes_of
from dpnb.scheduler.clock import JumpDetector
from dpnb.scheduler.fires_under_way import FiresUnderWay
from dpnb.scheduler.misfires import judge
from dpnb.scheduler.presence import RENEWAL_S
from dpnb.scheduler.records import FireState, from_us, to_us
from dpnb.scheduler.store_thread import StoreThread
from dpnb.scheduler.targets import TopicTarget
from dpnb.scheduler.timetable import Timetable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from dpnb.scheduler.clock import Clock
    from dpnb.scheduler.ports import Signal
    from dpnb.scheduler.presence import Presence
    from dpnb.scheduler.records import FireRecord, ScheduleRecord
    from dpnb.scheduler.starting import Starter
    from dpnb.scheduler.store import ScheduleStore
    from dpnb.scheduler.triggers_at_hand import TriggersAtHand

LOOK_S = 2.0  # other processes may have changed something; a look costs about a millisecond
_log = logging.getLogger("dpnb.scheduler")


class SchedulerService:
    """Serves the schedules of one store; one event loop, from `run` to its end."""

    def __init__(
        self, store: ScheduleStore, presence: Presence, starter: Starter, triggers: TriggersAtHand, clock: Clock
    ) -> None:
        self._store, self._presence, self._starter = store, presence, starter
        self._triggers, self._clock = triggers, clock
        self._ask = StoreThread(store)
        self._agenda = Agenda()
        self._schedules: dict[str, ScheduleRecord] = {}
        self._editions: dict[str, tuple[int, int]] = {}
        self._fires = FiresUnderWay(
            self._ask, starter, triggers, clock, owner=presence.scheduler_id, known=self._schedules
        )
        self.woken = asyncio.Event()
        self.is_stopping = False
        self.is_paused = False

    @property
    def _owner(self) -> str:
        return self._presence.scheduler_id

    @property
    def schedules(self) -> int:
        """How many schedules it knows."""
        return len(self._schedules)

    def _now_us(self) -> int:
        return to_us(self._clock.now())

    # From the start to the end

    async def enter(self) -> None:
        """Read the schedules, and say that this scheduler is there."""
        await self._ask(self._presence.enter, self._now_us())
        await self._reload()

    async def run(self) -> None:
        """Serve until `is_stopping` is set."""
        jumps = JumpDetector(self._clock)
        looked, renewed = -LOOK_S, self._clock.monotonic()
        while not self.is_stopping:
            was_woken = self.woken.is_set()
            self.woken.clear()
            if jump_s := jumps.jump_s():
                _log.info("The clock has jumped by %.1f s; what is due is found anew.", jump_s)
                await self._guarded(self._rewind)
            if self._clock.monotonic() - renewed >= RENEWAL_S or jump_s:
                renewed = self._clock.monotonic()
                await self._guarded(self._renew)
            if self._clock.monotonic() - looked >= LOOK_S or was_woken:
                looked = self._clock.monotonic()
                await self._guarded(self._look)
            if not self.is_paused:
                await self._serve_due()
            await self._clock.wait(self.woken, self._rest_s())

    def stop(self) -> None:
        """Begin nothing more, and let `run` end."""
        self.is_stopping = self._fires.is_ending = True
        self.woken.set()

    async def leave(self, patience: float | None) -> None:
        """Wait for what goes on, for `patience` seconds (None: to its end), cancel what is left, and sign off."""
        self.stop()
        await self._triggers.close()
        await self._fires.end(patience)
        with suppress(DpnbError):
            await self._ask(self._store.release, self._owner)
            await self._ask(self._presence.leave)
        await self._ask.close()

    def cancel_all(self) -> None:
        """Cancel the fires that go on."""
        self._fires.cancel_all()

    async def _guarded(self, action: Callable[[], Awaitable[None]]) -> None:
        """Let a database that is busy or out of reach cost one look, not the scheduler."""
        try:
            await action()
        except LedgerError as error:
            _log.warning("The schedules could not be read or written: %s", error)
        except Exception as error:  # noqa: BLE001 - a row that makes no sense; what is known is served all the same
            _log.exception("The schedules could not be looked at.", exc_info=error)

    def _rest_s(self) -> float:
        """Return how long nothing is to be done: not longer than a look, for clocks jump and machines sleep."""
        due_us = self._agenda.next_us
        if due_us is None or self.is_paused:
            return LOOK_S
        return min(LOOK_S, max(0.0, (due_us - self._now_us()) / 1e6))

    # What others have changed

    def read_again(self, name: str) -> None:
        """Take a schedule for one that has changed."""
        self._editions.pop(name, None)
        self.woken.set()

    async def _look(self) -> None:
        if await self._ask(self._store.revisions) != self._editions:
            await self._reload()
        await self._look_after_fires()

    async def _reload(self) -> None:
        """Read what is new or changed."""
        editions = await self._ask(self._store.revisions)
        changed = {name for name, edition in editions.items() if self._editions.get(name) != edition}
        for name in self._editions.keys() - editions.keys():
            self._forget(name)
        if changed:
            for record in await self._ask(self._store.schedules, changed):
                self._take(record)
        if not self._editions:
            await self._rewind()
        self._editions = {name: (one.created_us, one.revision) for name, one in self._schedules.items()}

    def _take(self, record: ScheduleRecord) -> None:
        """Know a schedule as it is now."""
        self._schedules[record.name] = record
        self._editions[record.name] = (record.created_us, record.revision)
        is_served = not record.paused and self._serves(record)
        self._agenda.set(record.name, record.next_us if is_served else None)
        self._triggers.listen(record, self._hear) if is_served else self._triggers.stop_listening(record.name)

    def _forget(self, name: str) -> None:
        self._schedules.pop(name, None)
        self._editions.pop(name, None)
        self._agenda.set(name, None)
        self._triggers.forget(name)

    async def _renew(self) -> None:
        await self._ask(self._presence.renew, self._now_us())

    async def _rewind(self) -> None:
        """Go back with the schedules that are ahead of the clock: it was wrong when they got there."""
        now_us = self._now_us()
        for record in [one for one in self._schedules.values() if one.after_us > now_us]:
            if self._triggers.knows(record):
                due = self._timetable(record).next(from_us(now_us))
                next_us = None if due is None else to_us(due.starts)
                if changed := await self._ask(self._store.rewind, record, after_us=now_us, next_us=next_us):
                    self._take(changed)

    # What is due

    async def _serve_due(self) -> None:
        for name in self._agenda.pop_due(self._now_us()):
            record = self._schedules[name]
            try:
                await self._serve(record)
            except LedgerError as error:
                _log.warning("The schedule %r is due, but could not be recorded: %s", name, error)
                self._agenda.set(name, self._now_us() + round(LOOK_S * 1e6))
            except Exception as error:  # noqa: BLE001 - its trigger's fault, and no other schedule's
                _log.exception("The schedule %r is left out until it changes.", name, exc_info=error)

    async def _serve(self, record: ScheduleRecord) -> None:
        now = self._clock.now()
        verdict = judge(self._timetable(record), record.options, after=from_us(record.after_us), now=now)
        done = await self._ask(self._store.advance, record, verdict, owner=self._owner, now_us=to_us(now))
        if done is None:  # another was faster, or somebody has changed it
            for current in await self._ask(self._store.schedules, [record.name]):
                self._take(current)
            return
        self._take(done[0])
        if verdict.fires and record.options.overlap == "cancel_running":
            self.woken.set()  # what it replaces is cancelled by the next look
        for fire in done[1]:
            self._fires.carry(fire)

    def _timetable(self, record: ScheduleRecord) -> Timetable:
        return Timetable(record.name, self._triggers.of(record).next_fire, record.options)

    async def _hear(self, record: ScheduleRecord, fire: FireRecord, signal: Signal) -> None:
        """Take a trigger's signal."""
        current = self._schedules.get(record.name, record)
        if not (self.is_paused or current.paused or await self._is_own(record.name, signal)):
            await self._fires.add(fire, signal)

    async def _is_own(self, name: str, signal: Signal) -> bool:
        """Tell whether a schedule hears what it has brought about itself."""
        return signal.event is not None and await self._ask(comes_of, name, signal.event, self._store.fire_of_run)

    async def add(self, fire: FireRecord) -> FireRecord | None:
        """Record a fire that the time has not brought, and start it unless it has to wait."""
        return await self._fires.add(fire)

    # What others have left

    async def _look_after_fires(self) -> None:
        """Cancel what is not wanted any more; take over what dead schedulers have left, and what nobody has begun."""
        fires = await self._ask(self._store.open_fires)
        if not fires:
            return
        others = await self._ask(self._presence.others, self._now_us())
        for fire in fires:
            is_carried = self._fires.carries(fire)
            if fire.owner == self._owner and fire.is_unwanted and is_carried:
                self._fires.cancel(fire)
            elif fire.owner not in others and not is_carried and fire.state is not FireState.QUEUED:
                await self._take_over(fire)

    async def _take_over(self, fire: FireRecord) -> None:
        record = self._schedules.get(fire.schedule)
        if record is None or self.is_paused or not self._serves(record):
            return
        if fire.owner != self._owner:
            taken = await self._ask(self._store.take_over, fire, self._owner)
            if taken is None:  # another was faster
                return
            fire = taken
        if fire.state is FireState.PENDING:
            self._fires.carry(fire)
        elif isinstance(record.target, TopicTarget):
            lost = "the scheduler ended while it published; whether anybody has heard it is not known"
            await self._fires.settle(fire, FireState.FAILED, lost)
        elif not fire.run_id:  # it had begun, but come to no run
            self._fires.carry(fire)
        else:
            await self._fires.follow(fire)

    def _serves(self, record: ScheduleRecord) -> bool:
        return self._triggers.knows(record) and not self._starter.doubt(record)
