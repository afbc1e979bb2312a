"""What Ctrl-C does to a run that is waited for: the first cancels it, the second kills it, later ones change nothing.

Further interrupts are held back while that is done, so that none of them breaks off the cancelling half-way. A run that
is awaited hears of interrupts beside the loop's own handler, which cancels the task that awaits it: an interrupt ends
the run, and nothing else that cancels the task does, such as the end of ``asyncio.timeout``.
"""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dpnb.orchestrator.driver import RunDriver

_PATIENCE_S = 10.0
_LOOK_S = 0.02


def end_after_interrupt(driver: RunDriver) -> None:
    """Cancel a run and wait for its end; another interrupt meanwhile kills what is still running."""
    with _held_back() as another:
        driver.cancel()
        deadline = time.monotonic() + _PATIENCE_S
        while not driver.finished.wait(_LOOK_S) and time.monotonic() < deadline:
            if another.is_set():
                driver.cancel(at_once=True)
                driver.finished.wait(_PATIENCE_S)
                return


async def await_end(driver: RunDriver) -> None:
    """Wait for a run's end in an event loop; an interrupt cancels it, and another one kills what is still running."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()

    def wake() -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(ended.set)

    driver.call_when_finished(wake)
    with _heard_in(loop) as heard:
        try:
            await ended.wait()
        except asyncio.CancelledError:
            if heard:
                await _end_awaited(driver, ended, heard)
            raise


async def _end_awaited(driver: RunDriver, ended: asyncio.Event, heard: list[float]) -> None:
    driver.cancel()
    deadline = time.monotonic() + _PATIENCE_S
    try:
        while not ended.is_set() and len(heard) == 1 and time.monotonic() < deadline:
            with suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), _LOOK_S)
    finally:  # the second may have ended the loop
        if len(heard) > 1:
            driver.cancel(at_once=True)
    with suppress(TimeoutError):
        await asyncio.wait_for(ended.wait(), _PATIENCE_S)


@dataclass(frozen=True, slots=True)
class _PassOn:
    """A handler that tells of an interrupt all who await a run, and leaves the rest to whose turn it was."""

    handler: Any

    def __call__(self, number: int, frame: Any) -> None:
        wishes = [listen() for listen in _listeners]
        if True not in wishes:
            signal.signal(number, self.handler)
        self.handler(number, frame)


_listeners: list[Callable[[], bool]] = []  # each tells whether it wants to hear of another


@contextmanager
def _heard_in(loop: asyncio.AbstractEventLoop) -> Iterator[list[float]]:
    """Note when each interrupt came, and wake the loop for it, which a kernel's own handler leaves asleep."""
    heard: list[float] = []

    def listen() -> bool:
        heard.append(time.monotonic())
        loop.call_soon_threadsafe(heard.copy)  # anything would do
        return len(heard) == 1

    handler = signal.getsignal(signal.SIGINT)
    if not callable(handler) or threading.current_thread() is not threading.main_thread():
        yield heard
        return
    _listeners.append(listen)
    if not isinstance(handler, _PassOn):
        signal.signal(signal.SIGINT, _PassOn(handler))
    try:
        yield heard
    finally:
        _listeners.remove(listen)
        handler = signal.getsignal(signal.SIGINT)
        if not _listeners and isinstance(handler, _PassOn):  # a kernel puts its own back at the end of each cell
            signal.signal(signal.SIGINT, handler.handler)


@contextmanager
def _held_back() -> Iterator[threading.Event]:
    """Have interrupts set the event rather than raise. Only the main thread is ever interrupted."""
    another = threading.Event()
    handler = signal.getsignal(signal.SIGINT)
    if handler is None or threading.current_thread() is not threading.main_thread():
        yield another
        return
    signal.signal(signal.SIGINT, lambda *_: another.set())
    try:
        yield another
    finally:
        signal.signal(signal.SIGINT, handler)
