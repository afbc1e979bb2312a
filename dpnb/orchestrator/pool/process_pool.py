"""Worker processes that nothing but their own call can lose.

::

    submit ──▶ queue ──▶ dispatcher ──call──▶ lane of a worker ──▶ child process
                 ▲                              │                      │
                 │   taken back, not yet read ◀─┘      DONE, ERROR ◀───┤
                 └──────────────────────────────────────── ENDED ◀─────┘──▶ the call that ran fails, a new worker starts

Private sockets for each worker, one call running in it, no lock shared between processes. One thread waits for all of
them; `submit` hands a call to a worker by itself, so that the common case needs no hop. A worker that dies costs the
call that ran in it and is replaced; what waited in its lane is handed out again. So is a call that is lost because the
fork server died, which takes all workers with it: that call has not failed, and nobody else would run it again.
"""

from __future__ import annotations

import itertools
import pickle
import selectors
import signal
import socket
import sys
import threading
from collections import deque
from concurrent.futures import CancelledError, Executor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dpnb.errors import CallTimedOutError, WorkerDiedError, WorkerStartError
from dpnb.orchestrator.pool.call import (
    Call,
    CallOptions,
    FutureCall,
    Stop,
    call_each,
    default_workers,
    describe_status,
    pack_call,
)
from dpnb.orchestrator.pool.dispatcher import Dispatcher
from dpnb.orchestrator.pool.hygiene import Recycling
from dpnb.orchestrator.pool.nesting import environment_of_workers
from dpnb.orchestrator.pool.oom_kills import OomKills
from dpnb.orchestrator.pool.recruiter import Recruiter
from dpnb.orchestrator.pool.spawner_client import PRELOAD
from dpnb.orchestrator.pool.timers import Timers
from dpnb.orchestrator.pool.wire import Frame, Kind
from dpnb.orchestrator.pool.worker_handle import ALL_READS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future

    from dpnb.orchestrator.pool.worker_handle import WorkerHandle

_MOST_LOSSES = 3  # after so many fork servers, the call is likely the one that ends them
_DUMP_S = 0.1  # writing the stacks of all threads takes a millisecond
_READ, _READ_WRITE = selectors.EVENT_READ, selectors.EVENT_READ | selectors.EVENT_WRITE


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolOptions:
    """How workers are started and stopped.

    `start_method` is ``"forkserver"`` (a fork of a small server that has `preload` imported) or ``"spawn"`` (a fresh
    interpreter each). `grace_s` is the time between asking, SIGTERM and SIGKILL. A worker is replaced between two calls
    once it has served `max_tasks_per_worker` of them, or holds more than `max_worker_memory` bytes (mapped files not
    counted).
    """

    start_method: str = "forkserver"
    preload: tuple[str, ...] = PRELOAD
    initializer: Callable[..., object] | None = None
    initargs: tuple[Any, ...] = ()
    grace_s: float = 0.3
    max_tasks_per_worker: int | None = None
    max_worker_memory: int | None = None

    def __post_init__(self) -> None:
        for name in ("max_tasks_per_worker", "max_worker_memory"):
            if (most := getattr(self, name)) is not None and most < 1:
                raise ValueError(f"{name} must be at least 1, not {most}")
        if self.start_method not in ("forkserver", "spawn"):
            raise ValueError(f"start_method must be 'forkserver' or 'spawn', not {self.start_method!r}")


class ProcessPool(Executor):
    """A `concurrent.futures.Executor` of worker processes, with deadlines, live output and kill.

    Parameters
    ----------
    max_workers
        How many calls run at once; as many as this process may use processors where it is None.
    options
        How workers are started and stopped.

    Examples
    --------
    >>> with ProcessPool(1) as pool:
    ...     pool.submit(pow, 2, 5).result()
    32
    """

    def __init__(self, max_workers: int | None = None, *, options: PoolOptions | None = None) -> None:
        self.max_workers = default_workers() if max_workers is None else max_workers
        if self.max_workers < 1:
            raise ValueError(f"max_workers must be at least 1, not {max_workers}")
        self._options = options or PoolOptions()
        self._call_ids = itertools.count(1)
        self._lock = threading.RLock()
        self._timers = Timers()
        self._oom_kills = OomKills()
        self._recruiter = Recruiter(self._options, _pack_setup(self._options), self._timers)
        self._dispatcher = Dispatcher(self._handed)
        self._workers: dict[int, WorkerHandle] = {}  # by the request that started them
        self._calls: dict[Future[Any], FutureCall] = {}  # those that have not ended
        self._ended: deque[tuple[int, int | None]] = deque()
        self._news: deque[tuple[Callable[..., None], tuple[Any, ...]]] = deque()  # for the calls, once the lock is free
        self._is_closing = False
        self._is_closed = False
        self._selector = selectors.DefaultSelector()
        self._wake_read, self._wake_write = socket.socketpair()
        for end in (self._wake_read, self._wake_write):
            end.setblocking(False)  # noqa: FBT003 - the standard library's
        self._selector.register(self._wake_read, _READ)
        self._thread = threading.Thread(target=self._manage, name="dpnb-pool", daemon=True)
        self._thread.start()

    # The executor's face

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run ``fn(*args, **kwargs)`` in a worker; what cannot be imported there travels by value."""
        return self.submit_call(pack_call(fn, args, kwargs), CallOptions())

    def submit_call(self, payload: bytes, options: CallOptions) -> Future[Any]:
        """Run an already pickled ``(function, args, kwargs)`` with a deadline, shared values and listeners."""
        call = FutureCall(payload, options, self._withdraw)
        self._calls[call.future] = call
        call.future.add_done_callback(self._forget_future)
        self.start(call)
        return call.future

    def _forget_future(self, future: Future[Any]) -> None:
        self._calls.pop(future, None)

    def map(
        self, fn: Callable[..., Any], *iterables: Iterable[Any], timeout: float | None = None, chunksize: int = 1
    ) -> Iterator[Any]:
        """Yield ``fn(*args)`` for each tuple of arguments, in their order; `chunksize` of them travel together.

        `timeout` is in seconds from now, for the whole iteration: it raises `TimeoutError` when a result is not there.
        """
        if chunksize < 1:
            raise ValueError(f"chunksize must be at least 1, not {chunksize}")
        if chunksize == 1:
            return super().map(fn, *iterables, timeout=timeout)
        chunks = itertools.batched(zip(*iterables, strict=False), chunksize)
        return itertools.chain.from_iterable(super().map(partial(call_each, fn), chunks, timeout=timeout))

    def start(self, call: Call) -> None:
        """Run a call of a kind of its own, which hears itself what becomes of it."""
        with self._lock:
            if self._is_closing:
                raise RuntimeError("cannot schedule new futures after shutdown")
            call.call_id = next(self._call_ids)
            self._dispatcher.queue.append(call)
            self._dispatch()

    def cancel_call(self, future: Future[Any], *, at_once: bool = False) -> None:
        """Cancel a call that waits, or stop the worker that runs it; its future then raises `CancelledError`."""
        if (call := self._calls.get(future)) is not None:
            self._cancel(call, at_once=at_once)

    def _cancel(self, call: Call, *, at_once: bool = False) -> None:
        if not isinstance(call, FutureCall) or not call.future.cancel():
            self.stop_call(call, at_once=at_once)

    def stop_call(self, call: Call, *, at_once: bool = False) -> None:
        """Stop a call that waits or runs; it then fails with `CancelledError`. One that has ended is left alone."""
        with self._lock:
            if self._withdraw(call):
                self._tell_failure(call, CancelledError())
            elif (worker := self._worker_of(call)) is not None:
                self._stop(worker, call, Stop.CANCEL, at_once=at_once)
        self._wake()

    def tell_call(self, future: Future[Any], content: object) -> None:
        """Send something to a running call, which reads it with `worker.receive_message`."""
        if (call := self._calls.get(future)) is not None:
            self.tell(call, content)

    def tell(self, call: Call, content: object) -> None:
        """Send something to a call that runs; nothing happens where it does not."""
        with self._lock:
            worker = self._worker_of(call)
            if worker is not None and worker.call is call:
                worker.tell(content)
                self._watch_outbox(worker)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 - Executor's
        """Take no more calls, and let the workers go once the queue is empty."""
        with self._lock:
            self._is_closing = True
            waiting = list(self._dispatcher.queue) if cancel_futures else []
        for call in waiting:
            self._cancel(call)
        self._wake()
        if wait and threading.current_thread() is not self._thread:
            self._thread.join()

    def kill_workers(self) -> None:
        """Take no more calls, cancel those that wait, and kill those that run."""
        with self._lock:
            self._is_closing = True
            for worker in list(self._workers.values()):
                self._dispatcher.forget(worker)
                if worker.call is not None:
                    self._stop(worker, worker.call, Stop.CANCEL, at_once=True)
            for call in list(self._dispatcher.queue):
                self._cancel(call)
        self.shutdown(wait=True)

    @property
    def worker_pids(self) -> list[int]:
        """The process ids of the workers that run now."""
        with self._lock:
            return [worker.pid for worker in self._workers.values() if worker.pid is not None]

    # Handing out calls; everything from here to the thread runs under the lock

    def _dispatch(self) -> None:
        self._dispatcher.dispatch()
        missing = self.max_workers - len(self._workers)
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
        if call.timeout is not None and self._timers.after(call.timeout, partial(self._expire, worker, call)):
            self._wake()

    def _watch_outbox(self, worker: WorkerHandle) -> None:
        if worker.channel.has_unsent:
            self._selector.modify(worker.channel.sock, _READ_WRITE, worker)
            self._wake()

    def _withdraw(self, call: Call) -> bool:
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

    def _worker_of(self, call: Call) -> WorkerHandle | None:
        return next((worker for worker in self._workers.values() if call in worker.calls), None)

    def _start_workers(self, count: int) -> None:
        try:
            started = self._recruiter.start(count, self)
        except OSError as error:
            self._start_failed(str(error))
            return
        for worker in started:
            self._workers[worker.request] = worker
            self._selector.register(worker.channel.sock, _READ, worker)
            self._selector.register(worker.output, _READ, worker)

    def _start_failed(self, reason: str) -> None:
        if self._recruiter.failed(self._dispatch):
            self._wake()
            return
        while self._dispatcher.queue:
            call = self._dispatcher.queue.popleft()
            self._tell_failure(call, WorkerStartError(reason))

    # Stopping

    def _expire(self, worker: WorkerHandle, call: Call) -> None:
        if worker.call is call:
            self._stop(worker, call, Stop.TIMEOUT)

    def _stop(self, worker: WorkerHandle, call: Call, cause: Stop, *, at_once: bool = False) -> None:
        """Stop a call that a worker has, at no other call's cost: what it has not read yet is taken back first."""
        self._dispatcher.forget(worker)
        self._read_frames(worker)  # the process may have gone on to its next call
        if cause is Stop.CANCEL and self._withdraw(call):
            self._tell_failure(call, CancelledError())
        elif worker.call is call:
            self._stop_process(worker, cause, at_once=at_once)
        if worker.stop_cause is None and not self._dispatcher.is_idle(worker):
            self._dispatcher.note_ready(worker)

    def _stop_process(self, worker: WorkerHandle, cause: Stop, *, at_once: bool = False) -> None:
        """Ask where the call can hear it, then SIGTERM, then SIGABRT and SIGKILL, each `grace_s` after the other.

        The worker writes the stacks of its threads to the log at SIGTERM. One that blocks or handles that signal does
        so at SIGABRT.
        """
        if at_once:
            worker.stop_cause = worker.stop_cause or cause
            worker.kill()
            return
        if worker.stop_cause is not None:
            return
        worker.stop_cause = cause
        if worker.call is not None and worker.call.cooperative:
            worker.ask_to_stop()
            self._timers.after(self._options.grace_s, partial(self._make_stop, worker))
        else:
            self._make_stop(worker)

    def _make_stop(self, worker: WorkerHandle) -> None:
        grace = self._options.grace_s
        worker.kill(signal.SIGTERM)
        self._timers.after(grace, partial(worker.kill, signal.SIGABRT))
        self._timers.after(grace + _DUMP_S, worker.kill)

    # What comes back

    def _read_frames(self, worker: WorkerHandle) -> None:
        calls_before = len(worker.calls)
        try:
            frames = worker.channel.receive()
            for frame in frames or ():
                self._take(worker, frame)
        except Exception:  # noqa: BLE001 - whatever a garbled frame leads to, this worker cannot be trusted any more
            self._dispatcher.forget(worker)
            self._stop_process(worker, Stop.GARBLED, at_once=True)
            frames = None
        if frames is None:  # its end will be reported by the fork server
            self._selector.unregister(worker.channel.sock)
        if (ended := calls_before - len(worker.calls)) > 0:
            worker.end_calls(ended)
            self._dispatcher.note_ready(worker)
            self._announce(worker)

    def _take(self, worker: WorkerHandle, frame: Frame) -> None:
        if frame.kind == Kind.READY:
            worker.is_ready = True
            self._recruiter.succeeded()
            self._dispatcher.note_ready(worker)
            return
        call = worker.call
        if call is None or frame.call_id != call.call_id:
            return
        if frame.kind == Kind.MESSAGE:
            if worker.stop_cause is None:
                self._news.append((call.said, (pickle.loads(frame.payload),)))
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
            self._news.append((call.answered, (frame,)))

    def _pass_on_output(self, worker: WorkerHandle, most_reads: int = ALL_READS) -> bool:
        data = worker.read_output(most_reads)
        if data and worker.call is not None:
            self._news.append((worker.call.printed, (data,)))
        return data is not None

    def _bury(self, worker: WorkerHandle, status: int | None) -> None:
        """Forget a worker that has ended; what it had said before still counts."""
        if worker.channel.sock in self._selector.get_map():
            self._read_frames(worker)
        self._pass_on_output(worker)
        for source in (worker.channel.sock, worker.output):
            if source in self._selector.get_map():
                self._selector.unregister(source)
        self._dispatcher.forget(worker)
        worker.close()
        if not worker.is_ready:
            self._start_failed(f"a worker ended while it started, {describe_status(status)}")
        for call in worker.calls:
            self._lose(call, worker, status)

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

    def worker_ended(self, request: int, status: int | None) -> None:
        """Have the manager bury a worker."""
        self._ended.append((request, status))
        self._wake()

    # The thread

    def _wake(self) -> None:
        if threading.current_thread() is self._thread:
            return
        try:
            self._wake_write.send(b"\0")
        except OSError:
            return  # full: it is awake; closed: it needs no waking

    def _manage(self) -> None:
        while not self._is_closed:
            events = self._selector.select(self._timers.wait_s())
            with self._lock:
                for key, mask in events:
                    self._attend(key, mask)
                self._timers.run_due()
                while self._ended:
                    request, status = self._ended.popleft()
                    if request in self._workers:
                        self._bury(self._workers.pop(request), status)
                self._dispatch()
                self._close_when_done()
            while self._news:
                hear, what = self._news.popleft()
                hear(*what)

    def _attend(self, key: selectors.SelectorKey, mask: int) -> None:
        worker: WorkerHandle | None = key.data
        if worker is None:
            self._wake_read.recv(4096)
        elif key.fd == worker.output:
            if not self._pass_on_output(worker, 1):  # a flood takes its turn
                self._selector.unregister(worker.output)
        elif key.fileobj in self._selector.get_map():
            if mask & selectors.EVENT_WRITE:
                worker.channel.flush()
                self._selector.modify(key.fileobj, _READ_WRITE if worker.channel.has_unsent else _READ, worker)
            if mask & selectors.EVENT_READ:
                self._read_frames(worker)

    def _close_when_done(self) -> None:
        if not self._is_closing or self._dispatcher.queue or any(worker.calls for worker in self._workers.values()):
            return
        if self._workers:
            for worker in self._workers.values():
                worker.kill()
            return
        self._is_closed = True
        self._selector.close()
        self._wake_read.close()
        self._wake_write.close()


def _pack_setup(options: PoolOptions) -> bytes:
    import cloudpickle

    initializer = (options.initializer, options.initargs) if options.initializer is not None else None
    return pickle.dumps(
        {
            "sys_path": list(sys.path),
            "environ": environment_of_workers(),
            "cwd": str(Path.cwd()),
            "initializer": cloudpickle.dumps(initializer, protocol=5),
            "recycling": Recycling(max_tasks=options.max_tasks_per_worker, max_memory_bytes=options.max_worker_memory),
        },
        protocol=5,
    )
