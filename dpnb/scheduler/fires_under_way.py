"""Fires that this scheduler sees through, each in a task of its own, from its record to its end.

::

    add ──▶ row: pending ──▶ carry ──▶ Starter: publish │ launch ──▶ settle ──▶ row: succeeded, failed, …
            row: queued ──────▲─────────────────────────────────────────┘ the next of the schedule

A fire that is not settled, since the scheduler stops or the database is out of reach, is found by who looks next.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from dpnb.errors import LedgerError
from dpnb.scheduler.ports import Signal
from dpnb.scheduler.records import Cause, FireState, from_us, to_us
from dpnb.scheduler.starting import FireEnd
from dpnb.scheduler.targets import TopicTarget

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dpnb.scheduler.clock import Clock
    from dpnb.scheduler.records import FireRecord, ScheduleRecord
    from dpnb.scheduler.starting import Starter
    from dpnb.scheduler.store_thread import StoreThread
    from dpnb.scheduler.triggers_at_hand import TriggersAtHand

    type _FireKey = tuple[str, str, int]

PUBLISHING_S = 2.0  # what has begun is through in milliseconds, unless the publisher hangs
_log = logging.getLogger("dpnb.scheduler")


class FiresUnderWay:
    """The fires in the hands of one scheduler; to be used within one event loop.

    Parameters
    ----------
    ask
        Asks the schedules' store.
    starter, triggers, clock
        The scheduler's.
    owner
        The scheduler's id.
    known
        The schedules as they were last read.

    Attributes
    ----------
    is_ending
        Whether those that wait for others are left to the next scheduler.
    """

    def __init__(
        self,
        ask: StoreThread,
        starter: Starter,
        triggers: TriggersAtHand,
        clock: Clock,
        *,
        owner: str,
        known: Mapping[str, ScheduleRecord],
    ) -> None:
        self._ask, self._store = ask, ask.store
        self._starter, self._triggers, self._clock = starter, triggers, clock
        self._owner, self._known = owner, known
        self._carried: dict[_FireKey, asyncio.Task[None]] = {}
        self._signals: dict[_FireKey, Signal] = {}
        self._unwanted: set[_FireKey] = set()
        self._publishing: set[_FireKey] = set()
        self.is_ending = False

    def _now_us(self) -> int:
        return to_us(self._clock.now())

    async def add(self, fire: FireRecord, signal: Signal | None = None) -> FireRecord | None:
        """Record a fire that the time has not brought, and start it unless it has to wait; None if it is known."""
        if signal is not None:
            self._signals[_key(fire)] = signal
        added = await self._ask(self._store.add_fire, fire.schedule, replace(fire, owner=self._owner))
        if added is None or not added.state.is_open:
            self._signals.pop(_key(fire), None)
        elif added.state is FireState.PENDING:
            self.carry(added)
        return added

    def carry(self, fire: FireRecord) -> None:
        """See a fire through, in a task of its own."""
        key = _key(fire)
        if key not in self._carried:
            self._carried[key] = asyncio.create_task(self._see_through(key, fire))

    def carries(self, fire: FireRecord) -> bool:
        """Tell whether a fire is being seen through."""
        return _key(fire) in self._carried

    def cancel(self, fire: FireRecord) -> None:
        """End a fire whose place a later one has taken."""
        self._unwanted.add(_key(fire))
        self._carried[_key(fire)].cancel()

    def cancel_all(self) -> None:
        """Cancel the fires that go on."""
        for task in list(self._carried.values()):
            task.cancel()

    async def end(self, patience: float | None) -> None:
        """Wait for the fires that go on, for `patience` seconds (None: to their end), and cancel what is left.

        An event that is being published is waited for in any case, for a moment: its fire would be lost.
        """
        self.is_ending = True
        carried = list(self._carried.values())
        if carried and patience != 0:
            await asyncio.wait(carried, timeout=patience)
        if publishing := [self._carried[key] for key in self._publishing]:
            await asyncio.wait(publishing, timeout=PUBLISHING_S)
        self.cancel_all()
        if self._carried:
            await asyncio.gather(*self._carried.values(), return_exceptions=True)

    async def settle(self, fire: FireRecord, state: FireState, reason: str) -> None:
        """Record how a fire has ended, and see through those that have waited for it."""
        _log.info(
            "%r, due %s, %s%s", fire.schedule, from_us(fire.due_us).isoformat(" ", "seconds"), state, _why(reason)
        )
        following = await self._ask(self._store.settle, fire, state, reason=reason, now_us=self._now_us())
        if not self.is_ending:
            for one in following:
                self.carry(one)

    async def follow(self, fire: FireRecord) -> None:
        """Record how a run has ended whose scheduler is gone; nothing as long as it goes on."""
        launcher = self._starter.launcher
        outcome = None if launcher is None else await asyncio.to_thread(launcher.outcome_of, fire.run_id)
        if outcome is not None:
            # The end of its process cancels a run too: that is no wish that it be left.
            await self.settle(fire, FireState.SUCCEEDED if outcome.succeeded else FireState.FAILED, outcome.reason)

    # In a fire's own task

    async def _see_through(self, key: _FireKey, fire: FireRecord) -> None:
        try:
            end = await self._end_of(key, fire)
            if end.state is not None:
                await self.settle(fire, end.state, end.reason)
        except LedgerError as error:  # another scheduler, or a later look, finds out how it has ended
            _log.warning("The end of %s of schedule %r could not be recorded: %s", fire.fire, fire.schedule, error)
        finally:
            self._signals.pop(key, None)
            self._unwanted.discard(key)
            self._publishing.discard(key)
            self._carried.pop(key, None)

    async def _end_of(self, key: _FireKey, fire: FireRecord) -> FireEnd:
        try:
            delay_s = (fire.starts_us - self._now_us()) / 1e6
            if fire.attempt > 1 and delay_s > 0:
                await self._clock.wait(asyncio.Event(), delay_s)
            return await self._start(key, fire)
        except asyncio.CancelledError:
            is_asked = key in self._unwanted
            reason = "a later fire has taken its place" if is_asked else "the scheduler was stopped"
            return FireEnd(FireState.CANCELLED if is_asked or await self._has_begun(fire) else None, reason)
        except LedgerError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it costs this fire and nothing else
            return FireEnd(FireState.FAILED, f"{type(error).__name__}: {error}")

    async def _has_begun(self, fire: FireRecord) -> bool:
        fires = await self._ask(self._store.open_fires)
        return any(_key(one) == _key(fire) and one.state is FireState.RUNNING for one in fires)

    async def _start(self, key: _FireKey, fire: FireRecord) -> FireEnd:
        record = self._known.get(fire.schedule)
        if record is None:
            record = await self._ask(self._store.schedule, fire.schedule)
        if isinstance(record.target, TopicTarget):
            self._publishing.add(key)
            if not await self._ask(self._store.begin, fire, self._now_us()):
                return FireEnd(None)
            signal = self._signals.get(key)
            if signal is None and fire.cause is Cause.SIGNAL:  # it was another scheduler that heard it
                signal = Signal(at=from_us(fire.due_us), data=fire.data)
            return await self._starter.publish(record, fire, self._triggers.of(record), signal)
        return await self._starter.launch(record, fire, await self._ask(self._store.packed, record.name))


def _key(fire: FireRecord) -> _FireKey:
    return fire.schedule, fire.fire, fire.attempt


def _why(reason: str) -> str:
    return f": {reason.partition(chr(10))[0]}" if reason else ""
