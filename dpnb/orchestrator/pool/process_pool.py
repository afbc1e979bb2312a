"""Worker processes that nothing but their own call can lose.

::

    submit ──▶ queue ──▶ idle worker ──CALL──▶ child process
                 ▲            ▲                    │
                 │            └──── DONE, ERROR ◀──┤
                 └── not yet handed over ◀── ENDED ┘──▶ the call in flight fails, a new worker starts

One private socket per worker, one call in flight, no lock shared between processes. One thread waits for all of them;
`submit` hands a call to an idle worker by itself, so that the common case needs no hop. A worker that dies costs its
own call and is replaced.
"""

from __future__ import annotations

import itertools
import os
import pickle
import selectors
import signal
import socket
import sys
import threading
from collections import deque
from concurrent.futures import CancelledError, Executor, Future
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dpnb.errors import CallTimedOutError, RemoteCallError, WorkerDiedError, WorkerStartError
from dpnb.orchestrator.pool.call import Call, CallOptions, Stop, default_workers, describe_status, pack_call
from dpnb.orchestrator.pool.hygiene import Recycling
from dpnb.orchestrator.pool.oom_kills import OomKills
from dpnb.orchestrator.pool.spawner_client import PRELOAD, get_spawner
from dpnb.orchestrator.pool.timers import Timers
from dpnb.orchestrator.pool.wire import Frame, Kind
from dpnb.orchestrator.pool.worker_handle import WorkerHandle

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_FAILED_STARTS = 5
_FIRST_START_PAUSE_S = 0.05
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
        self._setup = _pack_setup(self._options)
        self._call_ids = itertools.count(1)
        self._lock = threading.RLock()
        self._queue: deque[Call] = deque()
        self._workers: dict[int, WorkerHandle] = {}  # by the request that started them
        self._idle: list[WorkerHandle] = []
        self._ended: deque[tuple[int, int | None]] = deque()
        self._settled: deque[Callable[[], None]] = deque()
        self._timers = Timers()
        self._oom_kills = OomKills()
        self._failed_starts = 0
        self._start_is_planned = False
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
        call = Call(next(self._call_ids), payload, options)
        with self._lock:
            if self._is_closing:
                raise RuntimeError("cannot schedule new futures after shutdown")
            self._queue.append(call)
            self._dispatch()
        return call.future

    def cancel_call(self, future: Future[Any], *, at_once: bool = False) -> None:
        """Cancel a call that waits, or stop the worker that runs it; its future then raises `CancelledError`."""
        if future.cancel():
            return
        with self._lock:
            for worker in self._workers.values():
                if worker.call is not None and worker.call.future is future:
                    self._stop(worker, Stop.CANCEL, at_once=at_once)
        self._wake()

    def tell_call(self, future: Future[Any], content: object) -> None:
        """Send something to a running call, which reads it with `worker.receive_message`."""
        with self._lock:
            for worker in self._workers.values():
                if worker.call is not None and worker.call.future is future:
                    worker.tell(content)
                    self._watch_outbox(worker)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 - Executor's
        """Take no more calls, and let the workers go once the queue is empty."""
        with self._lock:
            self._is_closing = True
            if cancel_futures:
                for call in self._queue:
                    call.future.cancel()
        self._wake()
        if wait and threading.current_thread() is not self._thread:
            self._thread.join()

    def kill_workers(self) -> None:
        """Take no more calls, cancel those that wait, and kill those that run."""
        self.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            for worker in self._workers.values():
                self._stop(worker, Stop.CANCEL, at_once=True)
        self._thread.join()

    @property
    def worker_pids(self) -> list[int]:
        """The process ids of the workers that run now."""
        with self._lock:
            return [worker.pid for worker in self._workers.values() if worker.pid is not None]

    # Handing out calls; everything from here to `_manage` runs under the lock

    def _dispatch(self) -> None:
        while self._queue and self._idle:
            call = self._queue.popleft()
            if call.claim():
                self._hand_over(self._idle.pop(), call)
        starting = sum(not worker.is_ready for worker in self._workers.values())
        wanted = min(len(self._queue) - starting, self.max_workers - len(self._workers))
        if wanted > 0 and not self._start_is_planned:
            for _ in range(wanted):
                self._start_worker()

    def _hand_over(self, worker: WorkerHandle, call: Call) -> None:
        try:
            worker.hand_over(call)
        except OSError:  # it had died idle, which must not cost this call anything
            worker.call = None
            self._queue.appendleft(call)
            return
        self._watch_outbox(worker)
        if call.options.timeout is not None and self._timers.after(
            call.options.timeout, partial(self._expire, worker, call)
        ):
            self._wake()

    def _watch_outbox(self, worker: WorkerHandle) -> None:
        if worker.channel.has_unsent:
            self._selector.modify(worker.channel.sock, _READ_WRITE, worker)
            self._wake()

    def _start_worker(self) -> None:
        fresh = self._options.start_method == "spawn"
        try:
            worker = WorkerHandle(get_spawner(self._options.preload, fresh=fresh), self, self._setup)
        except OSError as error:
            self._start_failed(str(error))
            return
        self._workers[worker.request] = worker
        self._selector.register(worker.channel.sock, _READ, worker)
        self._selector.register(worker.output, _READ, worker)

    def _start_failed(self, reason: str) -> None:
        self._failed_starts += 1
        if self._failed_starts > _MOST_FAILED_STARTS:
            self._failed_starts = 0
            while self._queue:
                call = self._queue.popleft()
                if call.claim():
                    self._settle_error(call, WorkerStartError(reason))
            return
        self._start_is_planned = True
        self._timers.after(_FIRST_START_PAUSE_S * 2**self._failed_starts, self._start_again)
        self._wake()

    def _start_again(self) -> None:
        self._start_is_planned = False
        self._dispatch()

    # Stopping

    def _expire(self, worker: WorkerHandle, call: Call) -> None:
        if worker.call is call:
            self._stop(worker, Stop.TIMEOUT)

    def _stop(self, worker: WorkerHandle, cause: Stop, *, at_once: bool = False) -> None:
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
        if worker.call is not None and worker.call.options.cooperative:
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
        try:
            frames = worker.channel.receive()
            for frame in frames or ():
                self._take(worker, frame)
        except Exception:  # noqa: BLE001 - whatever a garbled frame leads to, this worker cannot be trusted any more
            self._stop(worker, Stop.GARBLED, at_once=True)
            frames = None
        if frames is None:  # its end will be reported by the fork server
            self._selector.unregister(worker.channel.sock)

    def _take(self, worker: WorkerHandle, frame: Frame) -> None:
        if frame.kind == Kind.READY:
            worker.is_ready = True
            self._failed_starts = 0
            self._idle.append(worker)
            return
        call = worker.call
        if call is None or frame.call_id != call.call_id:
            return
        if frame.kind == Kind.MESSAGE:
            if call.options.on_message is not None and worker.stop_cause is None:
                call.options.on_message(pickle.loads(frame.payload))
            return
        if frame.kind == Kind.LEAVING:
            worker.is_leaving = True
            return
        if worker.stop_cause is not None:  # too late: the process goes, and the call with it
            worker.kill()
            return
        worker.drain_output()
        worker.call = None
        if not worker.is_leaving:
            self._idle.append(worker)
        self._settled.append(partial(_settle, call, frame))

    def _bury(self, worker: WorkerHandle, status: int | None) -> None:
        """Forget a worker that has ended; what it had said before still counts."""
        if worker.channel.sock in self._selector.get_map():
            self._read_frames(worker)
        worker.drain_output()
        for source in (worker.channel.sock, worker.output):
            if source in self._selector.get_map():
                self._selector.unregister(source)
        if worker in self._idle:
            self._idle.remove(worker)
        worker.close()
        if worker.call is not None:
            self._settle_error(worker.call, self._epitaph(worker, status))
        elif not worker.is_ready:
            self._start_failed(f"a worker ended while it started, {describe_status(status)}")

    def _epitaph(self, worker: WorkerHandle, status: int | None) -> BaseException:
        if worker.stop_cause is Stop.TIMEOUT:
            return CallTimedOutError((worker.call and worker.call.options.timeout) or 0.0)
        if worker.stop_cause is Stop.CANCEL:
            return CancelledError()
        how = describe_status(status) + (", out of memory" if self._oom_kills.is_one(status) else "")
        return WorkerDiedError(how, garbled=worker.stop_cause is Stop.GARBLED)

    def _settle_error(self, call: Call, error: BaseException) -> None:
        self._settled.append(partial(call.future.set_exception, error))

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
            while self._settled:
                self._settled.popleft()()

    def _attend(self, key: selectors.SelectorKey, mask: int) -> None:
        worker: WorkerHandle | None = key.data
        if worker is None:
            self._wake_read.recv(4096)
        elif key.fd == worker.output:
            if not worker.drain_output(1):  # a flood takes its turn
                self._selector.unregister(worker.output)
        elif key.fileobj in self._selector.get_map():
            if mask & selectors.EVENT_WRITE:
                worker.channel.flush()
                self._selector.modify(key.fileobj, _READ_WRITE if worker.channel.has_unsent else _READ, worker)
            if mask & selectors.EVENT_READ:
                self._read_frames(worker)

    def _close_when_done(self) -> None:
        if not self._is_closing or self._queue or any(worker.call for worker in self._workers.values()):
            return
        if self._workers:
            for worker in self._workers.values():
                worker.kill()
            return
        self._is_closed = True
        self._selector.close()
        self._wake_read.close()
        self._wake_write.close()


def _settle(call: Call, frame: Frame) -> None:
    """Set the future's outcome; whatever unpickling does to this process is the call's failure, not the pool's."""
    if frame.kind == Kind.DONE:
        try:
            value = pickle.loads(frame.payload)
        except BaseException as unreadable:  # noqa: BLE001 - a class may even exit while it is unpickled
            call.future.set_exception(unreadable)
        else:
            call.future.set_result(value)
        return
    packed, text, traceback = pickle.loads(frame.payload)
    remote = RemoteCallError(text, traceback)
    try:
        error = remote if packed is None else pickle.loads(packed)
    except BaseException:  # noqa: BLE001 - its class is known to the worker only, or does as above
        error = remote
    if error is not remote:
        error.__cause__ = remote
    call.future.set_exception(error)


def _pack_setup(options: PoolOptions) -> bytes:
    import cloudpickle

    initializer = (options.initializer, options.initargs) if options.initializer is not None else None
    return pickle.dumps(
        {
            "sys_path": list(sys.path),
            "environ": dict(os.environ),
            "cwd": str(Path.cwd()),
            "initializer": cloudpickle.dumps(initializer, protocol=5),
            "recycling": Recycling(max_tasks=options.max_tasks_per_worker, max_memory_bytes=options.max_worker_memory),
        },
        protocol=5,
    )
