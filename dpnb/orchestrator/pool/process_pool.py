"""Worker processes that nothing but their own call can lose, as a `concurrent.futures.Executor`."""

from __future__ import annotations

import itertools
import weakref
from concurrent.futures import Executor, Future
from functools import partial
from typing import TYPE_CHECKING, Any

from dpnb.orchestrator.pool import lifetime
from dpnb.orchestrator.pool.call import Call, CallFuture, CallOptions, FutureCall, call_each, default_workers, pack_call
from dpnb.orchestrator.pool.manager import PoolManager
from dpnb.orchestrator.pool.options import PoolOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


class ProcessPool(Executor):
    """A `concurrent.futures.Executor` of worker processes, with deadlines, live output and kill.

    Its futures can be cancelled as long as no worker has begun with their call. A worker that dies costs its own call
    (`WorkerDiedError`) and is replaced; the pool goes on. Calls that no worker can be started for fail with
    `WorkerStartError`; later ones are tried anew. What has been submitted is finished when the interpreter exits, and
    when the pool is garbage collected.

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
            raise ValueError(f"max_workers must be greater than 0, not {max_workers}")
        self._manager = PoolManager(self.max_workers, options or PoolOptions())
        lifetime.adopt(self._manager)
        weakref.finalize(self, self._manager.close).atexit = False

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run ``fn(*args, **kwargs)`` in a worker; what cannot be imported there travels by value.

        A call that cannot be pickled fails like any other: its future tells why.
        """
        self._manager.check_open()
        try:
            payload = pack_call(fn, args, kwargs)
        except Exception as error:  # noqa: BLE001 - the user's class may raise anything
            unsent: Future[Any] = Future()
            unsent.set_exception(error)
            return unsent
        return self.submit_call(payload, CallOptions())

    def submit_call(self, payload: bytes, options: CallOptions) -> Future[Any]:
        """Run an already pickled ``(function, args, kwargs)`` with a deadline, shared values and listeners."""
        call = FutureCall(payload, options, self._manager.withdraw)
        lifetime.finish_at_exit(self._manager)
        self._manager.start(call)
        return call.future

    def map(
        self, fn: Callable[..., Any], *iterables: Iterable[Any], timeout: float | None = None, chunksize: int = 1
    ) -> Iterator[Any]:
        """Yield ``fn(*args)`` for each tuple of arguments, in their order; `chunksize` of them travel together.

        `timeout` is in seconds from now, for the whole iteration: it raises `TimeoutError` when a result is not there.
        """
        if chunksize < 1:
            raise ValueError(f"chunksize must be >= 1, not {chunksize}")
        if chunksize == 1:
            return super().map(fn, *iterables, timeout=timeout)
        chunks = itertools.batched(zip(*iterables, strict=False), chunksize)
        return _flatten(super().map(partial(call_each, fn), chunks, timeout=timeout))

    def start(self, call: Call) -> None:
        """Run a call of a kind of its own, which hears itself what becomes of it."""
        self._manager.start(call)

    def start_workers(self, count: int) -> None:
        """Start so many workers now, before there are calls for them."""
        self._manager.start_workers(count)

    def cancel_call(self, future: Future[Any], *, at_once: bool = False) -> None:
        """Cancel a call that waits, or stop the worker that runs it; its future then raises `CancelledError`."""
        if not future.cancel() and (call := _call_of(future)) is not None:
            self._manager.stop(call, at_once=at_once)

    def stop_call(self, call: Call, *, at_once: bool = False) -> None:
        """Stop a call that waits or runs; it then fails with `CancelledError`. One that has ended is left alone."""
        self._manager.stop(call, at_once=at_once)

    def recall_call(self, call: Call) -> None:
        """Take back a call that no worker has begun with; it then fails with `CancelledError`."""
        self._manager.recall(call)

    def tell_call(self, future: Future[Any], content: object) -> None:
        """Send something to a running call, which reads it with `worker.receive_message`."""
        if (call := _call_of(future)) is not None:
            self._manager.tell(call, content)

    def tell(self, call: Call, content: object) -> None:
        """Send something to a call that runs; nothing happens where it does not."""
        self._manager.tell(call, content)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 - Executor's
        """Take no more calls, and let the workers go once the queue is empty."""
        waiting = self._manager.close()
        for call in waiting if cancel_futures else ():
            self._cancel(call)
        if wait:
            self._manager.join()

    def kill_workers(self) -> None:
        """Take no more calls, cancel those that wait, and kill those that run."""
        for call in [*self._manager.close(), *self._manager.kill_running()]:
            self._cancel(call)
        self._manager.join()

    @property
    def worker_pids(self) -> list[int]:
        """The process ids of the workers that run now."""
        return self._manager.worker_pids

    def _cancel(self, call: Call) -> None:
        if not isinstance(call, FutureCall) or not call.future.cancel():
            self._manager.stop(call)


def _call_of(future: Future[Any]) -> FutureCall | None:
    """Return the call behind a future; None once it has ended."""
    return future.call if isinstance(future, CallFuture) else None


def _flatten(chunks: Iterator[list[Any]]) -> Iterator[Any]:
    """Yield what is in the chunks, keeping none of it; closing this closes `chunks`, which cancels what waits."""
    for chunk in chunks:
        chunk.reverse()
        while chunk:
            yield chunk.pop()
