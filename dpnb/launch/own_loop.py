"""A coroutine in a thread with an event loop of its own: what it does there may block, and nobody waits for it."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine


class InOwnLoop[T]:
    """Carries a coroutine out in a thread of its own; a process that ends takes it along.

    Parameters
    ----------
    make
        Returns the coroutine, within the new loop.
    name
        What the thread is called.
    when_ended
        Called in the thread with what came of it, however it ended, and though it was cancelled before it began.

    Attributes
    ----------
    ended
        Set once nothing of it is left.
    """

    def __init__(
        self,
        make: Callable[[], Coroutine[Any, Any, T]],
        *,
        name: str,
        when_ended: Callable[[Future[T]], object] = lambda _: None,
    ) -> None:
        self._make = make
        self._name = name
        self._when_ended = when_ended
        self._task: asyncio.Task[T] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()
        self._is_cancelled = False
        self._result: Future[T] = Future()
        self.ended = threading.Event()

    def start(self) -> Self:
        """Begin."""
        threading.Thread(target=self._run, name=self._name, daemon=True).start()
        return self

    async def outcome(self) -> T:
        """Return what the coroutine returns; cancelling this cancels it, and waits until it has ended."""
        try:
            return await asyncio.shield(asyncio.wrap_future(self._result))
        except asyncio.CancelledError:
            self.cancel()
            await asyncio.to_thread(self.ended.wait)
            raise

    def cancel(self) -> None:
        """Have it end soon, from any thread; what has ended stays as it is."""
        with self._lock:
            self._is_cancelled = True
            if self._loop is not None and self._task is not None:
                with suppress(RuntimeError):  # it has just ended
                    self._loop.call_soon_threadsafe(self._task.cancel)

    def _run(self) -> None:
        try:
            self._result.set_result(asyncio.run(self._guarded()))
        except BaseException as error:  # noqa: BLE001 - it belongs to whoever waits for the result
            self._result.set_exception(error)
        try:
            self._when_ended(self._result)
        finally:
            self.ended.set()

    async def _guarded(self) -> T:
        with self._lock:
            self._loop = asyncio.get_running_loop()
            self._task = asyncio.create_task(self._make())
            if self._is_cancelled:
                self._task.cancel()
        return await self._task
