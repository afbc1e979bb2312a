"""A scheduler beside everything else: in a thread with an event loop of its own, until it is stopped.

A notebook's kernel stays free for the next cell, and takes the scheduler with it when it shuts down.
"""

from __future__ import annotations

import asyncio
import threading
import weakref
from concurrent.futures import Future
from concurrent.futures import thread as _threads  # noqa: F401 - its own exit function is to be registered first
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from dpnb.scheduler.ports import Trigger
    from dpnb.scheduler.records import FireRecord
    from dpnb.scheduler.scheduler import Scheduler

EXIT_PATIENCE_S = 5.0


class BackgroundScheduler:
    """Runs a scheduler in the background; its methods may be called from any thread.

    Parameters
    ----------
    make
        Makes the scheduler, in its thread.
    """

    def __init__(self, make: Callable[[], Scheduler]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._scheduler: Scheduler | None = None

    @property
    def is_running(self) -> bool:
        """Whether it serves."""
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> Self:
        """Begin to serve; returns once the schedules have been read. Raises what reading them raises."""
        with self._lock:
            if not self.is_running:
                ready: Future[None] = Future()
                self._thread = threading.Thread(target=self._run, args=(ready,), name="dpnb-scheduler", daemon=True)
                self._thread.start()
                ready.result()
                _at_work.add(self)
        return self

    def stop(self, patience: float | None = 0.0) -> None:
        """Start nothing any more, and return when nothing goes on; `patience` as for `Scheduler.stop`."""
        with self._lock:
            thread, scheduler = self._thread, self._scheduler
            if thread is None or scheduler is None or not thread.is_alive():
                return
            with suppress(RuntimeError):  # its loop has just ended
                self._submit(scheduler.stop(patience))
            thread.join(None if patience is None else patience + EXIT_PATIENCE_S)
            _at_work.discard(self)

    def use(self, name: str, trigger: Trigger) -> None:
        """Serve a schedule that is on record with this trigger, which another process may not have."""
        if self._loop is not None and self._scheduler is not None:
            self._loop.call_soon_threadsafe(self._scheduler.use, name, trigger)

    def wake(self) -> None:
        """Have it look at once whether something has changed."""
        if self.is_running and self._loop is not None and self._scheduler is not None:
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._scheduler.wake)

    def trigger_now(self, name: str, data: Any = None) -> FireRecord:
        """Have a schedule fire at once. Raises `UnknownScheduleError`."""
        assert self._scheduler is not None  # noqa: S101 - started before it is handed out
        return self._submit(self._scheduler.trigger_now(name, data)).result()

    def _submit[T](self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        assert self._loop is not None  # noqa: S101 - as above
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def _run(self, ready: Future[None]) -> None:
        with suppress(Exception):  # it is told by `ready`
            asyncio.run(self._serve(ready))

    async def _serve(self, ready: Future[None]) -> None:
        try:
            self._loop = asyncio.get_running_loop()
            self._scheduler = self._make()
            await self._scheduler.start()
        except BaseException as error:
            ready.set_exception(error)
            raise
        ready.set_result(None)
        await self._scheduler.join()

    def __repr__(self) -> str:
        return f"<BackgroundScheduler: {self._scheduler if self.is_running else 'not running'}>"


_at_work: weakref.WeakSet[BackgroundScheduler] = weakref.WeakSet()


def _stop_all() -> None:
    for background in list(_at_work):
        background.stop()


# Ordinary exit functions come after `concurrent.futures` has closed its threads, and without them a scheduler can
# neither end its runs nor sign off. These come before: that module has been imported by now, and the last comes first.
threading._register_atexit(_stop_all)  # type: ignore[attr-defined] # noqa: SLF001
