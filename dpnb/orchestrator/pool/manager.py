"""The thread behind a pool: it waits for all workers, hands out calls, and buries and replaces those that end.

::

    start ───▶ queue ──▶ dispatcher ──call──▶ lane of a worker ──▶ child process
                 ▲                              │                      │
                 │   taken back, not yet read ◀─┘      DONE, ERROR ◀───┤
                 └──────────────────────────────────────── ENDED ◀─────┘──▶ the call that ran fails, a new worker starts

Private sockets for each worker, and no lock shared between processes. Several calls may wait in a worker's lane, while
one of them runs. One thread waits for all workers; `start` hands a call to one by itself, so that the common case needs
no hop. A worker that dies costs the call that ran in it and is replaced; what waited in its lane is handed out again.
So is a call that is lost because the fork server died, which takes all workers with it: that call has not failed, and
nobody else would run it again.

What becomes known of calls is told them by the thread, one thing after the other, when the lock is free again.
"""

from __future__ import annotations

import itertools
import logging
import os
import pickle
import threading
from collections import deque
from concurrent.futures import CancelledError
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from dpnb.errors import CallTimedOutError, WorkerDiedError, WorkerStartError
from dpnb.orchestrator.pool.call import Stop, describe_status, unpack_error
from dpnb.orchestrator.pool.dispatcher import Dispatcher
from dpnb.orchestrator.pool.oom_kills import OomKills
from dpnb.orchestrator.pool.options import pack_setup
from dpnb.orchestrator.pool.recruiter import Recruiter
from dpnb.orchestrator.pool.sources import Source, Sources
from dpnb.orchestrator.pool.stopping import kill_process, stop_process
from dpnb.orchestrator.pool.wire import Frame, Kind
from dpnb.orchestrator.pool.worker_handle import ALL_READS
from dpnb.orchestrator.timers import Timers

if TYPE_CHECKING:
    from collections.abc import Callable

    from dpnb.orchestrator.pool.call import Call
    from dpnb.orchestrator.pool.options import PoolOptions
    from dpnb.orchestrator.pool.usage import Usage
    from dpnb.orchestrator.pool.worker_handle import WorkerHandle

_MOST_LOSSES = 3  # after so many fork servers, the call is likely the one that ends them
_log = logging.getLogger(__name__)


class PoolManager:
    """A pool's workers and calls, and the thread that looks after them."""

    def __init__(self, max_workers: int, options: PoolOptions) -> None:
        self._max_workers = max_workers
        self._options = options
        self._call_ids = itertools.count(1)
        self._lock = threading.RLock()
        self._timers = Timers()
        self._oom_kills = OomKills()
        self._recruiter = Recruiter(options, pack_setup(options), self._timers)
        self._dispatcher = Dispatcher(self._handed)
        self._workers: dict[int, WorkerHandle] = {}  # by the request that started them
        self._ended: deque[tuple[int, int | None, Usage | None]] = deque()
        self._news: deque[tuple[Callable[..., None], tuple[Any, ...]]] = deque()
        self._owner_pid = os.getpid()
        self._is_closing = False
        self._is_closed = False
        self._sources = Sources()
        self._thread = threading.Thread(target=self._manage, name="dpnb-pool", daemon=True)
        self._thread.start()

    # For any thread

    def start(self, call: Call) -> None:
        """Run a call. Raises `RuntimeError` once the pool is closing."""
        with self._lock:
            self.check_open()
            call.call_id = next(self._call_ids)
            self._dispatcher.queue.append(call)
            if threading.get_ident() != self._thread.ident:  # which hands out all that the news lead to at once
                self._dispatch()

    def start_workers(self, count: int) -> None:
        """Start so many workers before there are calls for them, as long as there are fewer than the most."""
        with self._lock:
            self._start_workers(min(count, self._max_workers - len(self._workers)))
        self._wake()

    def check_open(self) -> None:
        """Raise `RuntimeError` once the pool takes no more calls."""
        if self._is_closing:
            where = "after shutdown" if self._owner_pid == os.getpid() else "in a fork of the pool's process"
            raise RuntimeError(f"cannot schedule new futures {where}")

    def disown(self) -> None:
        """Give up workers and calls: this process is a fork of the one whose they are, and has not its thread."""
        self._lock = threading.RLock()  # another thread may have held it
        self._is_closing = True
        self._dispatcher = Dispatcher(self._handed)
        self._workers = {}

    def withdraw(self, call: Call) -> bool:
        """Take a call out of the pool; False where a worker has begun with it, or it has ended."""
        with self._lock:
            worker = self._worker_of(call)
            if worker is not None and worker.call is not call:
                self._dispatcher.forget(worker)
                self._dispatcher.note_ready(worker)
            if call not in self._dispatcher.queue:
                return False
            self._dispatcher.queue.remove(call)
            self._dispatch()
            return True

    def recall(self, call: Call) -> None:
        """Take a call back, which then fails with `CancelledError`; nothing happens once a worker has begun with it."""
        with self._lock:
            if self.withdraw(call):
                self._tell_failure(call, CancelledError())
        self._wake()

    def stop(self, call: Call, *, at_once: bool = False) -> None:
        """Stop a call that waits or runs; it then fails with `CancelledError`. One that has ended is left alone."""
        with self._lock:
            if self.withdraw(call):
                self._tell_failure(call, CancelledError())
            elif (worker := self._worker_of(call)) is not None:
                self._stop_call(worker, call, Stop.CANCEL, at_once=at_once)
        self._wake()

    def tell(self, call: Call, content: object) -> None:
        """Send something to a call that runs; nothing happens where it does not."""
        with self._lock:
            worker = self._worker_of(call)
            if worker is not None and worker.call is call:
                worker.tell(content)
                self._watch_outbox(worker)

    def close(self) -> list[Call]:
        """Take no more calls, and end once there are none; returns those that wait."""
        with self._lock:
            self._is_closing = True
            waiting = list(self._dispatcher.queue)
        self._wake()
        return waiting

    def kill_running(self) -> list[Call]:
        """Kill every worker that has a call; returns the calls that were waiting for one."""
        with self._lock:
            for worker in list(self._workers.values()):
                self._dispatcher.forget(worker)
                if worker.call is not None:
                    self._stop_call(worker, worker.call, Stop.CANCEL, at_once=True)
            return list(self._dispatcher.queue)

    def join(self) -> None:
        """Wait for the thread's end."""
        if threading.current_thread() is not self._thread:
            self._thread.join()

    @property
    def worker_pids(self) -> list[int]:
        """The process ids of the workers that run now."""
        with self._lock:
            return [worker.pid for worker in self._workers.values() if worker.pid is not None]

    # Handing out calls; everything from here to the thread runs under the lock

    def _dispatch(self) -> None:
        self._dispatcher.dispatch()
        missing = self._max_workers - len(self._workers)
        if missing > 0 and self._dispatcher.wanted:
            starting = sum(not worker.is_ready for worker in self._workers.values())
            self._start_workers(min(self._dispatcher.wanted - starting, missing))

    def _handed(self, worker: WorkerHandle) -> None:
        if worker.channel.has_unsent:
            self._watch_outbox(worker)
        if len(worker.calls) == 1:
            self._announce(worker)
            if self._news:
                self._wake()

    def _announce(self, worker: WorkerHandle) -> None:
        """Report the call that runs as begun, and count its time from now."""
        call = worker.call
        if call is None or call is worker.announced:
            return
        worker.announced = call
        self._news.append((call.begun, ()))
        if call.timeout is not None and worker.set_deadline(call.timeout):
            self._plan_expiry(worker, call.timeout)

    def _watch_outbox(self, worker: WorkerHandle) -> None:
        if worker.channel.has_unsent:
            self._sources.await_outbox(worker)
            self._wake()

    def _worker_of(self, call: Call) -> WorkerHandle | None:
        return next((worker for worker in self._workers.values() if call in worker.calls), None)

    def _start_workers(self, count: int) -> None:
        for _ in range(count):
            try:
                worker = self._recruiter.start(self)
            except OSError as error:
                self._start_failed(str(error))
                return
            if worker is None:
                return
            self._workers[worker.request] = worker
            self._sources.add(worker)

    def _start_failed(self, reason: str, setup_error: BaseException | None = None) -> None:
        """Try again later; where that has been in vain, or would be, and no worker is there, the queue fails."""
        has_hope = self._recruiter.failed(self._dispatch) and setup_error is None
        self._wake()
        if has_hope or any(worker.is_ready for worker in self._workers.values()):
            return
        self._recruiter.begin_anew()
        while self._dispatcher.queue:
            error = WorkerStartError(reason, is_setup=setup_error is not None)
            error.__cause__ = setup_error
            self._tell_failure(self._dispatcher.queue.popleft(), error)

    # Stopping

    def _plan_expiry(self, worker: WorkerHandle, left_s: float) -> None:
        """Look at a worker when its call may have run out of time; so there is a timer a worker, not one a call."""
        if self._timers.after(left_s, partial(self._expire, worker)):
            self._wake()

    def _expire(self, worker: WorkerHandle) -> None:
        call = worker.call
        if (left_s := worker.look_at_deadline()) > 0:
            self._plan_expiry(worker, left_s)
            return
        if call is None or call.timeout is None or call is not worker.announced or worker.stop_cause is not None:
            return
        self._stop_call(worker, call, Stop.TIMEOUT)
        if not worker.calls:  # in all that time the process has not so much as looked at it; another one will
            self._dispatcher.forget(worker)
            kill_process(worker, Stop.TIMEOUT)

    def _stop_call(self, worker: WorkerHandle, call: Call, cause: Stop, *, at_once: bool = False) -> None:
        """Stop a call that a worker has, at no other call's cost: what it has not read yet is taken back first."""
        self._dispatcher.forget(worker)
        self._read_frames(worker)  # the process may have gone on to its next call
        if cause is Stop.CANCEL and self.withdraw(call):
            self._tell_failure(call, CancelledError())
        elif worker.call is call:
            if at_once:
                kill_process(worker, cause)
            else:
                stop_process(worker, cause, self._timers, self._options.grace_s)
        if worker.stop_cause is None and not self._dispatcher.is_idle(worker):
            self._dispatcher.note_ready(worker)

    # What comes back

    def _read_frames(self, worker: WorkerHandle) -> None:
        calls_before = len(worker.calls)
        try:
            frames = worker.channel.receive()
            for frame in frames or ():
                self._take(worker, frame)
        except Exception:  # noqa: BLE001 - whatever a garbled frame leads to, this worker cannot be trusted any more
            self._dispatcher.forget(worker)
            kill_process(worker, Stop.GARBLED)
            frames = None
        if frames is None:  # its end will be reported by the fork server
            self._sources.remove(worker.channel.sock)
            worker.expect_end()
        if (ended := calls_before - len(worker.calls)) > 0:
            worker.end_calls(ended)
            self._dispatcher.note_ready(worker)
            self._announce(worker)

    def _take(self, worker: WorkerHandle, frame: Frame) -> None:
        if not worker.is_ready:
            self._take_first(worker, frame)
            return
        call = worker.call
        if call is None or frame.call_id != call.call_id:
            return
        if frame.kind == Kind.MESSAGE:
            if worker.stop_cause is None:
                self._news.append((_say, (call, frame.payload)))
        elif frame.kind == Kind.LEAVING:
            worker.is_leaving = True
            self._dispatcher.forget(worker)
        elif frame.kind == Kind.PRINTED:
            self._pass_on_output(worker)
            worker.confirm_drained()
        elif worker.stop_cause is not None:  # too late: the process goes, and the call with it
            worker.kill()
        else:
            worker.calls.popleft()
            worker.announced = None
            self._news.append((call.answered, (frame,)))

    def _take_first(self, worker: WorkerHandle, frame: Frame) -> None:
        """Take what a worker says first: that it is ready, or why it cannot be."""
        if frame.kind == Kind.READY:
            worker.is_ready = True
            self._recruiter.begin_anew()
            self._dispatcher.note_ready(worker)
        else:
            worker.setup_error = unpack_error(frame.payload)

    def _pass_on_output(self, worker: WorkerHandle, most_reads: int = ALL_READS) -> bool:
        data = worker.read_output(most_reads)
        if data and worker.call is not None:
            self._news.append((worker.call.printed, (data,)))
        return data is not None

    def _bury(self, worker: WorkerHandle, status: int | None, used: Usage | None) -> None:
        """Forget a worker that has ended; what it had said before still counts."""
        if worker.channel.sock in self._sources:
            self._read_frames(worker)
        self._pass_on_output(worker)
        self._sources.remove(worker.channel.sock)
        self._sources.remove(worker.output)
        self._dispatcher.forget(worker)
        worker.close()
        if not worker.is_ready:
            self._start_failed(worker.describe_failed_start(status), worker.setup_error)
        if used is not None and worker.call is not None and used.is_of(worker.call.call_id):
            self._news.append((worker.call.measured, (used,)))
        while worker.calls:  # it is rid of them: whoever still looks at it, as its deadline, finds nothing to stop
            self._lose(worker.calls.popleft(), worker, status)

    def _lose(self, call: Call, worker: WorkerHandle, status: int | None) -> None:
        call.losses += 1
        if status is None and worker.stop_cause is None and call.losses < _MOST_LOSSES:
            self._dispatcher.queue.appendleft(call)
        else:
            self._tell_failure(call, self._epitaph(call, worker.stop_cause, status))

    def _epitaph(self, call: Call, cause: Stop | None, status: int | None) -> BaseException:
        if cause is Stop.TIMEOUT:
            return CallTimedOutError(call.timeout or 0.0)
        if cause is Stop.CANCEL:
            return CancelledError()
        how = describe_status(status) + (", out of memory" if self._oom_kills.is_one(status) else "")
        return WorkerDiedError(how, garbled=cause is Stop.GARBLED)

    def _tell_failure(self, call: Call, error: BaseException) -> None:
        self._news.append((call.failed, (error,)))

    # The fork server's word, from its own thread

    def worker_started(self, request: int, pid: int) -> None:
        """Take note of a worker's process id."""
        with self._lock:
            if request in self._workers:
                self._workers[request].started(pid)

    def worker_refused(self, request: int, error_number: int) -> None:
        """Have the manager bury a worker that could not be forked."""
        with self._lock:
            if request in self._workers:
                self._workers[request].refusal = os.strerror(error_number)
        self.worker_ended(request, None, None)

    def worker_ended(self, request: int, status: int | None, used: Usage | None) -> None:
        """Have the manager bury a worker."""
        self._ended.append((request, status, used))
        self._wake()

    # The thread

    def _wake(self) -> None:
        if threading.get_ident() != self._thread.ident:
            self._sources.wake()

    def _manage(self) -> None:
        try:
            while not self._is_closed:
                self._attend_to_all()
        except BaseException as error:  # noqa: BLE001 - whatever it is, nobody may wait for ever for a thread that has ended
            _log.exception("A pool of workers breaks off")
            self._break_off(error)

    def _attend_to_all(self) -> None:
        events = self._sources.wait(self._timers.wait_s())
        with self._lock:
            for worker, source in self._sources.sort(events):
                self._attend(worker, source)
            self._timers.run_due()
            while self._ended:
                request, status, used = self._ended.popleft()
                if request in self._workers:
                    self._bury(self._workers.pop(request), status, used)
        self._tell_and_hand_out()

    def _break_off(self, error: BaseException) -> None:
        """Take no more calls, kill the workers, and have every call that has not ended fail with this error."""
        with self._lock:
            self._is_closing = self._is_closed = True
            workers = list(self._workers.values())
            lost = [call for worker in workers for call in worker.calls] + list(self._dispatcher.queue)
            self._dispatcher, self._workers = Dispatcher(self._handed), {}
            self._sources.close()
            for worker in workers:
                worker.kill()
                worker.close()
        while self._news:
            _tell(*self._news.popleft())
        for call in lost:
            _tell(call.failed, (error,))

    def _tell_and_hand_out(self) -> None:
        """Tell the calls what has become known of them, and hand out those that this leads to, until all is quiet."""
        while True:
            while self._news:
                _tell(*self._news.popleft())
            with self._lock:
                self._dispatch()
                if not self._news:
                    self._close_when_done()
                    return

    def _attend(self, worker: WorkerHandle, source: Source) -> None:
        if source is Source.OUTPUT:
            self._attend_output(worker)
        elif source is Source.CHANNEL:
            self._read_frames(worker)
        else:
            with suppress(OSError):  # its end will be reported
                worker.channel.flush()
            self._sources.await_outbox(worker)

    def _attend_output(self, worker: WorkerHandle) -> None:
        """Pass on what a call prints while it runs; it is that call's, since no other can have begun after it."""
        if len(worker.calls) > 1:
            self._dispatcher.retract(worker)
            self._read_frames(worker)
        if not self._pass_on_output(worker, 1):  # a flood takes its turn
            self._sources.remove(worker.output)

    def _close_when_done(self) -> None:
        if not self._is_closing or self._dispatcher.queue or any(worker.calls for worker in self._workers.values()):
            return
        if self._workers:
            for worker in self._workers.values():
                worker.kill()
            return
        self._is_closed = True
        self._sources.close()


def _tell(hear: Callable[..., None], what: tuple[Any, ...]) -> None:
    try:
        hear(*what)
    except BaseException:  # noqa: BLE001 - no listener may end the thread that all calls depend on
        _log.exception("%r raised, hearing of a call", hear)


def _say(call: Call, payload: bytes) -> None:
    call.said(pickle.loads(payload))
