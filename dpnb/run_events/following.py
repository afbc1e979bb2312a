"""Reading a run's events from their beginning, and on while it speaks, in whatever process it is driven.

The ledger alone is read. Where this process drives the run, a commit wakes the reader; else it looks again, at most
twice a second while nothing happens. So there is no seam between what was kept and what comes live, nothing is told
twice or left out, and a reader that takes its time delays nobody.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from dpnb.results.history import history_unless_told
from dpnb.results.told import batch_of, run_finished
from dpnb.run_events.kinds import RunFinished
from dpnb.run_events.reading import events_of, position_of, recorded_outline

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from dpnb.results import RunLedger, RunRecord
    from dpnb.results.records import EventBatch
    from dpnb.run_events.kinds import RunEvent

    type Ended = Callable[[], RunRecord | None]

_SHORTEST_LOOK_S, _LONGEST_LOOK_S = 0.02, 0.5
_SLOWDOWN = 1.5
_BATCHES_AT_ONCE = 50
_START = (0, 0)


class EventReader:
    """Reads what a run has said since it was asked last, some thousand events at a time.

    Parameters
    ----------
    ledger
        Where it is kept.
    run_id
        The run.
    after
        The place of the event after which to begin.

    Attributes
    ----------
    position
        The place of the last event that was read.
    has_more
        Whether the last reading left something.
    """

    def __init__(self, ledger: RunLedger, run_id: str, after: tuple[int, int] = _START) -> None:
        self._ledger = ledger
        self.run_id = run_id
        self.position = after
        self.has_more = False

    def read(self) -> list[RunEvent]:
        """Return the new events in their order; none where there is nothing new."""
        batches = self._ledger.event_batches(self.run_id, self.position, limit=_BATCHES_AT_ONCE)
        self.has_more = len(batches) == _BATCHES_AT_ONCE
        return self._events(batches)

    def rest(self, record: RunRecord) -> list[RunEvent]:
        """Return the new events of a run that has ended, the end among them, though nobody may have said it.

        So it is with runs that an earlier dpnb recorded, and those whose ledger could not be written at their end.
        """
        if told := history_unless_told(self._ledger, record):
            return self._events([batch_of(self.run_id, 1, told)])
        before, events = self.position, self.read()
        known = events or self._read_at(before)
        if isinstance(known[-1] if known else None, RunFinished) or (not known and before > _START):
            return events  # the end has been said, or what was heard last came after all that was
        lease, number = self.position
        return events + self._events([batch_of(self.run_id, max(lease, 1), [run_finished(record)], before=number)])

    def _read_at(self, position: tuple[int, int]) -> list[RunEvent]:
        """Return the event of that place, if it is recorded."""
        lease, number = position
        at = EventReader(self._ledger, self.run_id, (lease, number - 1))
        return [event for event in at.read()[:1] if event.position == position]

    def knows(self, position: tuple[int, int], record: RunRecord | None) -> bool:
        """Tell whether the event of that place can be read; `record` is of the run where that has ended."""
        if position == _START or self._read_at(position):
            return True
        if record is None:
            return False
        lease, number = position
        end = EventReader(self._ledger, self.run_id, (lease, max(number - 1, 0))).rest(record)
        return bool(end) and end[0].position == position

    def _events(self, batches: list[EventBatch]) -> list[RunEvent]:
        found = [
            event
            for batch in batches
            for event in events_of(batch, lambda: recorded_outline(self._ledger, self.run_id))
            if event.position > self.position
        ]
        if found:
            self.position = found[-1].position
        return found


class RunEvents:
    """A run's events from its beginning, for ``async for`` and for ``for``; each loop begins anew.

    It ends with `RunFinished`. While the run goes on, it waits for what comes; with `follow=False` it does not.

    Parameters
    ----------
    ledger
        Where they are kept.
    run_id
        The run.
    ended
        Tells how the run ended; None as long as it has not.
    after
        The id of the last event that is known already; empty to begin with the first.
    follow
        Whether to wait for events to come.

    Raises
    ------
    ValueError
        `after` is no such id.
    """

    def __init__(self, ledger: RunLedger, run_id: str, ended: Ended, *, after: str = "", follow: bool = True) -> None:
        self._ledger, self._run_id, self._ended = ledger, run_id, ended
        self._after = position_of(after) if after else _START
        self._follow = follow

    def __iter__(self) -> Iterator[RunEvent]:
        """Iterate in a thread."""
        look = _Look(self._ledger, self._run_id, self._ended, self._after)
        news = threading.Event()
        self._ledger.listen(look, self._waker(news.set))
        try:
            while True:
                news.clear()
                yield from look.take()
                if look.is_over or not (self._follow or look.has_more):
                    return
                news.wait(look.wait_s)
        finally:
            self._ledger.ignore(look)

    async def __aiter__(self) -> AsyncIterator[RunEvent]:
        """Iterate in an event loop, which is not blocked meanwhile."""
        look = _Look(self._ledger, self._run_id, self._ended, self._after)
        loop, news = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            with suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(news.set)

        self._ledger.listen(look, self._waker(wake))
        try:
            while True:
                news.clear()
                for event in await asyncio.to_thread(look.take):
                    yield event
                if look.is_over or not (self._follow or look.has_more):
                    return
                try:
                    await asyncio.wait_for(news.wait(), look.wait_s)
                except TimeoutError:
                    continue
        finally:
            self._ledger.ignore(look)

    def knows(self, identifier: str) -> bool:
        """Tell whether that is the id of an event that can be read by now."""
        try:
            position = position_of(identifier)
        except ValueError:
            return False
        return EventReader(self._ledger, self._run_id).knows(position, self._ended())

    def _waker(self, wake: Callable[[], object]) -> Callable[[EventBatch], None]:
        def hear(batch: EventBatch) -> None:
            if batch.run_id == self._run_id:
                wake()

        return hear

    def __repr__(self) -> str:
        return f"<RunEvents of {self._run_id}>"


class _Look:
    """Looks for what is new, and whether that was all, ever more rarely while nothing is."""

    def __init__(self, ledger: RunLedger, run_id: str, ended: Ended, after: tuple[int, int]) -> None:
        self._reader = EventReader(ledger, run_id, after)
        self._ended = ended
        self._pause_s = 0.0
        self.is_over = False

    @property
    def has_more(self) -> bool:
        """Whether there is more to take already."""
        return self._reader.has_more

    @property
    def wait_s(self) -> float:
        """How long to wait for news before the next look."""
        return 0.0 if self.has_more else self._pause_s

    def take(self) -> list[RunEvent]:
        """Return the new events."""
        events = self._reader.read()
        if events:
            self._pause_s = _SHORTEST_LOOK_S
            self.is_over = isinstance(events[-1], RunFinished) and not self.has_more
        elif 0 < self._pause_s < _LONGEST_LOOK_S:
            self._pause_s = min(self._pause_s * _SLOWDOWN, _LONGEST_LOOK_S)
        elif (record := self._ended()) is not None:  # asked at first, and later where all has been quiet for a while
            events, self.is_over = self._reader.rest(record), True
        else:
            self._pause_s = _LONGEST_LOOK_S if self._pause_s else _SHORTEST_LOOK_S
        return events
