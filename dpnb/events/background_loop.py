"""An event loop in a thread of its own: who has no loop, or another one, lets it wait for servers.

It starts when the first coroutine is handed over. At its end, which is asked for by `close`, by whoever was told to
`stop` it when its owner became garbage, or by the interpreter's exit, last words are waited for within a bound, all
else is cancelled, and connections are let go in the loop that they belong to.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import os
import threading
import weakref
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from dpnb.errors import QueueClosedError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from concurrent.futures import Future

LAST_WORDS_S = 2.0
_JOIN_S = 10.0

_log = logging.getLogger(__name__)
_living: weakref.WeakSet[BackgroundLoop] = weakref.WeakSet()


class BackgroundLoop:
    """An event loop in a daemon thread.

    Parameters
    ----------
    name
        Names the thread.
    """

    def __init__(self, name: str) -> None:
        self._name, self._pid = name, os.getpid()
        self._lock = threading.RLock()  # what is found to be garbage while it is held may hand its last words over
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._is_over = False
        self._last_words: set[asyncio.Task[Any]] = set()
        self._endings: list[Callable[[], Coroutine[Any, Any, object]]] = []

    def submit[T](self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Have a coroutine run; it is cancelled at the end. Raises `QueueClosedError` where that has come."""
        try:
            with self._lock:
                return asyncio.run_coroutine_threadsafe(coroutine, self._started())
        except BaseException:
            coroutine.close()
            raise

    def run[T](self, coroutine: Coroutine[Any, Any, T], timeout: float) -> T:
        """Have a coroutine run, and wait in this thread for what it returns; `timeout` in seconds."""
        future = self.submit(coroutine)
        try:
            return future.result(timeout)
        except BaseException:
            future.cancel()
            raise

    def say_last(self, coroutine: Coroutine[Any, Any, object]) -> None:
        """Have a coroutine run that is waited for, `LAST_WORDS_S` at most, even at the end; drop it after that."""
        try:
            self.submit(self._last(coroutine)).add_done_callback(_retrieved)
        except QueueClosedError:
            coroutine.close()

    async def _last(self, coroutine: Coroutine[Any, Any, object]) -> None:
        task = asyncio.ensure_future(coroutine)
        self._last_words.add(task)
        task.add_done_callback(self._last_words.discard)
        await task

    def soon(self, call: Callable[..., object], *args: object) -> None:
        """Have a function called in the loop; do nothing at the end."""
        with self._lock, suppress(QueueClosedError):
            self._started().call_soon_threadsafe(call, *args)

    def at_end(self, ending: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Have this awaited when everything else has ended."""
        self._endings.append(ending)

    def _started(self) -> asyncio.AbstractEventLoop:
        if self._is_over or self._pid != os.getpid():  # threads are not forked
            raise QueueClosedError(self._name)
        if self._loop is None:
            has_started = threading.Event()
            self._thread = threading.Thread(target=self._run, args=(has_started,), name=self._name, daemon=True)
            self._thread.start()
            _living.add(self)
            has_started.wait()
        assert self._loop is not None  # noqa: S101 - set before `has_started`
        return self._loop

    def _run(self, has_started: threading.Event) -> None:
        with asyncio.Runner() as runner:
            runner.run(self._serve(has_started))

    async def _serve(self, has_started: threading.Event) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        has_started.set()
        await self._stopping.wait()
        if self._last_words:
            await asyncio.wait(self._last_words, timeout=LAST_WORDS_S)
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        for ending in self._endings:
            try:
                async with asyncio.timeout(LAST_WORDS_S):
                    await ending()
            except Exception as error:  # noqa: BLE001 - a server that is gone must not keep the others from ending
                _log.debug("%s did not end well: %r", self._name, error)

    def stop(self) -> None:
        """Ask for the end, and do not wait for it."""
        with self._lock:
            if not self._is_over and self._loop is not None and self._stopping is not None:
                self._loop.call_soon_threadsafe(self._stopping.set)
            self._is_over = True

    def close(self) -> None:
        """End, and wait for it. May be called twice."""
        self.stop()
        if self._thread is not None and self._thread is not threading.current_thread() and self._pid == os.getpid():
            self._thread.join(_JOIN_S)


def _retrieved(future: Future[None]) -> None:
    if not future.cancelled():
        future.exception()


@atexit.register
def _end_all() -> None:
    for one in list(_living):
        one.close()
