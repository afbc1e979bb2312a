"""Which worker gets which call.

An idle worker comes first. Where none is idle, a short call may wait in the lane of a worker whose calls are short, so
that this worker need not wait for the pool between two of them; an idle worker takes such calls over. All methods are
called under the pool's lock.
"""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from dpnb.orchestrator.pool.call import Call
    from dpnb.orchestrator.pool.worker_handle import WorkerHandle


class Dispatcher:
    """The queue of calls, and the workers that can take one. `handed` hears of each call that a worker has got."""

    def __init__(self, handed: Callable[[WorkerHandle], None]) -> None:
        self.queue: deque[Call] = deque()
        self._handed = handed
        self._idle: list[WorkerHandle] = []
        self._busy: dict[WorkerHandle, None] = {}  # in the order in which they are to be asked for room
        self._backed_up: dict[WorkerHandle, None] = {}  # those with a call that waits behind another

    def dispatch(self) -> None:
        """Hand out what can be handed out."""
        while self._hand_out_queue() and self._idle and self._backed_up:
            self._take_over()

    @property
    def wanted(self) -> int:
        """How many more workers would have something to do at once."""
        return len(self.queue) + len(self._backed_up)

    def is_idle(self, worker: WorkerHandle) -> bool:
        """Tell whether a worker waits for a call."""
        return worker in self._idle

    def note_ready(self, worker: WorkerHandle) -> None:
        """Take note of a worker that has no call, or of one that has ended a call and has more."""
        if worker.stop_cause is not None or worker.is_leaving:
            self.forget(worker)
        elif worker.calls:
            self._busy[worker] = None
            if len(worker.calls) == 1:
                self._backed_up.pop(worker, None)
        else:
            self._busy.pop(worker, None)
            self._backed_up.pop(worker, None)
            self._idle.append(worker)

    def forget(self, worker: WorkerHandle) -> None:
        """Give this worker no more calls; those that it has not read go back to the queue's head."""
        if worker in self._idle:
            self._idle.remove(worker)
        self._busy.pop(worker, None)
        self._backed_up.pop(worker, None)
        self.queue.extendleft(reversed(worker.take_back()))

    def _hand_out_queue(self) -> bool:
        """Hand out calls until the queue or the room is used up; tells whether it was the queue."""
        queue = self.queue
        while queue:
            if self._idle:
                worker: WorkerHandle | None = self._idle[-1]
            else:
                worker = self._worker_with_room() if queue[0].may_queue else None
            if worker is None:
                return False
            call = queue.popleft()
            if not self._hand_over(worker, call):
                queue.appendleft(call)
        return True

    def _hand_over(self, worker: WorkerHandle, call: Call) -> bool:
        try:
            fits = worker.hand_over(call)
        except OSError:  # it has died idle, which must not cost this call anything
            fits = False
        if self._idle and self._idle[-1] is worker:
            self._idle.pop()
        self._busy.pop(worker, None)
        if fits:
            self._busy[worker] = None
            if len(worker.calls) > 1:
                self._backed_up[worker] = None
            self._handed(worker)
        return fits

    def _worker_with_room(self) -> WorkerHandle | None:
        """Return the worker with room that was given a call the longest ago; one without is asked after its next."""
        now = time.monotonic()
        while self._busy:
            worker = next(iter(self._busy))
            if worker.has_room(now):
                return worker
            del self._busy[worker]
        return None

    def _take_over(self) -> None:
        """Bring the calls that wait in the fullest lane back to the queue, for the idle to take."""
        self.retract(max(self._backed_up, key=lambda one: len(one.calls)))

    def retract(self, worker: WorkerHandle) -> None:
        """Bring the calls that wait in a worker's lane back to the queue, so that it has but the one that runs."""
        self._backed_up.pop(worker, None)
        first = worker.call
        returned = worker.take_back()
        if returned and returned[0] is first:  # it is about to read it
            worker.give_again(returned.pop(0))
        self.queue.extendleft(reversed(returned))
