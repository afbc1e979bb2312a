"""A coroutine in a thread with an event loop of its own: what it does there may block, and nobody waits for it."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine


async def in_own_loop[T](make: Callable[[], Coroutine[Any, Any, T]], *, name: str) -> T:
    """Return what the coroutine returns; cancelling this cancels it, and waits until it has ended."""
    running = _Running(make)
    threading.Thread(target=running.run, name=name, daemon=True).start()
    try:
        return await asyncio.shield(asyncio.wrap_future(running.result))
    except asyncio.CancelledError:
        running.cancel()
        await asyncio.to_thread(running.ended.wait)
        raise


class _Running[T]:
    def __init__(self, make: Callable[[], Coroutine[Any, Any, T]]) -> None:
        self._make = make
        self._task: asyncio.Task[T] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()
        self._is_cancelled = False
        self.result: Future[T] = Future()
        self.ended = threading.Event()

    def run(self) -> None:
        try:
            self.result.set_result(asyncio.run(self._guarded()))
        except BaseException as error:  # noqa: BLE001 - it belongs to whoever waits for the result
            self.result.set_exception(error)
        finally:
            self.ended.set()

    async def _guarded(self) -> T:
        with self._lock:
            self._loop = asyncio.get_running_loop()
            self._task = asyncio.create_task(self._make())
            if self._is_cancelled:
                self._task.cancel()
        return await self._task

    def cancel(self) -> None:
        with self._lock:
            self._is_cancelled = True
            if self._loop is not None and self._task is not None:
                with suppress(RuntimeError):  # it has just ended
                    self._loop.call_soon_threadsafe(self._task.cancel)
