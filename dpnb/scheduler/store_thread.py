"""Asks the schedules' store in one thread, in the order of the questions, so that the event loop never waits."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from dpnb.scheduler.store import ScheduleStore


class StoreThread:
    """One thread that calls functions of a store, and of its database, one after the other.

    Examples
    --------
    >>> ask = StoreThread(store)  # doctest: +SKIP
    >>> await ask(ask.store.open_fires)  # doctest: +SKIP
    """

    def __init__(self, store: ScheduleStore) -> None:
        self.store = store
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="dpnb-schedules")

    async def __call__[**P, R](self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Return what a function returns that is called in the thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, lambda: function(*args, **kwargs))

    async def close(self) -> None:
        """Wait for what is asked already, and end the thread."""
        await asyncio.to_thread(self._thread.shutdown)
