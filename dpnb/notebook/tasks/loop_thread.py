"""A coroutine in a thread of its own, for an attempt that can be told to stop."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from dpnb.errors import NotebookInterruptedError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from dpnb.registry import TaskContext

    type Report = Callable[[float, str], None]

_LOOK_S = 0.05  # between two looks at whether the attempt is to stop
_HEARD_S = 0.11  # between two reports; what comes sooner after another is dropped


def run_in_thread(
    work: Callable[[Report], Coroutine[None, None, None]],
    context: TaskContext,
    *,
    meanwhile: Callable[[], None] = lambda: None,
) -> None:
    """Run `work` to its end, and report from this thread what it says of its progress.

    What is to be done `meanwhile`, without anybody's hearing of it, has a thread of its own too. Where the attempt is
    told to stop, or this thread is interrupted, the work is cancelled and waited for.

    Raises
    ------
    NotebookInterruptedError
        The attempt was told to stop. Whatever else the work raises, too.
    """
    job, progress = _Job(work), _Progress(context)
    beside = threading.Thread(target=meanwhile, name="dpnb-notebook-page", daemon=True)
    beside.start()
    try:
        while not job.has_ended():
            if context.cancelled:
                job.cancel()
            progress.relay(job.said)
    except BaseException:
        job.cancel()
        while not job.has_ended(wait_s=_LOOK_S):
            job.cancel()  # it may not have begun before
        raise
    beside.join()  # a worker is not handed on while anything of a task goes on in it
    job.raise_error(context.task_name)


class _Progress:
    """Writes what is said into the log, and passes the latest of it on, not oftener than it is heard."""

    def __init__(self, context: TaskContext) -> None:
        self._context = context
        self._latest: tuple[float, str] | None = None
        self._next = 0.0

    def relay(self, said: queue.SimpleQueue[tuple[float, str]]) -> None:
        """Wait for a moment, and pass on what came."""
        with suppress(queue.Empty):
            self._latest = said.get(timeout=_LOOK_S)
            self._context.logger.info(self._latest[1])
        if self._latest is not None and time.monotonic() >= self._next:
            self._context.progress(*self._latest)
            self._latest, self._next = None, time.monotonic() + _HEARD_S


class _Job:
    def __init__(self, work: Callable[[Report], Coroutine[None, None, None]]) -> None:
        self.said: queue.SimpleQueue[tuple[float, str]] = queue.SimpleQueue()
        self._work = work
        self._error: BaseException | None = None
        self._is_cancelled = False
        self._loop = asyncio.new_event_loop()
        self._task: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._run, name="dpnb-notebook", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
                runner.run(self._await())
        except BaseException as error:  # noqa: BLE001 - raised again where it belongs
            self._error = error

    async def _await(self) -> None:
        self._task = asyncio.current_task()
        await self._work(lambda fraction, note: self.said.put((fraction, note)))

    def cancel(self) -> None:
        """Have the work unwind; once is enough."""
        if self._is_cancelled or self._task is None:
            return
        self._is_cancelled = True
        with suppress(RuntimeError):  # the loop has just been closed
            self._loop.call_soon_threadsafe(self._task.cancel)

    def has_ended(self, *, wait_s: float = 0) -> bool:
        """Tell whether the work has ended, at once or after some seconds."""
        self._thread.join(wait_s)
        return not self._thread.is_alive()

    def raise_error(self, name: str) -> None:
        """Raise what the work has raised."""
        if isinstance(self._error, asyncio.CancelledError):
            raise NotebookInterruptedError(name, cell=None)
        if self._error is not None:
            raise self._error
