"""What Ctrl-C does to a run that is waited for: the first cancels it, the second kills it, later ones change nothing.

Further interrupts are held back while that is done, so that none of them breaks off the cancelling half-way.
"""

from __future__ import annotations

import signal
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

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
