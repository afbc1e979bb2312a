"""Makes a worker process fit for its next call, or tells that it should be replaced.

What a call has changed is put back, child processes that it left are killed. What cannot be undone (threads that go on,
a lowered hard limit, hundreds of open files, memory that is not given back) ends the worker after its answer, so that
the next call finds a new one. A clean call costs about ten microseconds.
"""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import os
import signal
import sys
from dataclasses import dataclass
from functools import partial

from dpnb.orchestrator.pool import linux
from dpnb.orchestrator.pool.left_running import Belongings
from dpnb.orchestrator.pool.process_settings import ProcessSettings

_MOST_OPEN_FILES = 256  # left open by calls; libraries keep some on purpose
_COUNT_FILES_EVERY = 16  # calls
_NESTED = (  # runs that a task has started and not waited for, and their fork server
    ("dpnb.orchestrator.launching", "end_live_runs"),
    ("dpnb.orchestrator.pool.spawner_client", "close_all"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recycling:
    """When a worker is replaced although nothing is wrong: after so many calls, or holding so many bytes."""

    max_tasks: int | None = None
    max_memory_bytes: int | None = None


class CleanSlate:
    """The process as it is before its first call. `output` is where stdout and stderr go."""

    def __init__(self, output: int, recycling: Recycling) -> None:
        self._output = output
        self._recycling = recycling
        self._calls = 0
        self._null = os.open(os.devnull, os.O_RDWR)
        watch_for_crashes(output)
        self._settings = ProcessSettings(on_change=partial(watch_for_crashes, output))
        self._belongings = Belongings()
        self._lowest_free = _lowest_free(self._null)

    def wipe(self) -> bool:
        """Undo what a call has changed; True where the worker must be replaced."""
        self._calls += 1
        try:
            spoilt = self._undo()
        except BaseException as error:  # noqa: BLE001 - whatever a task has done to this process, it is over
            spoilt = [f"it could not be cleaned ({type(error).__name__}: {error})"]
        if spoilt:
            self._say(f"the worker is replaced: {'; '.join(spoilt)}")
        return bool(spoilt) or self._is_used_up()

    def _undo(self) -> list[str]:
        spoilt = [f"{name} could not be restored" for name in self._settings.restore()]
        self._restore_streams()
        for module, end in _NESTED:
            if module in sys.modules:
                getattr(sys.modules[module], end)()
        if killed := self._belongings.end_children():
            self._say(f"killed what the task left running: {', '.join(killed)}")
        if threads := self._belongings.other_threads():
            spoilt.append(f"the task left threads running: {', '.join(threads)}")
        if self._calls % _COUNT_FILES_EVERY == 0 and _lowest_free(self._null) - self._lowest_free > _MOST_OPEN_FILES:
            spoilt.append(f"tasks left more than {_MOST_OPEN_FILES} files open")
        return spoilt

    def _restore_streams(self) -> None:
        os.dup2(self._null, 0)
        os.dup2(self._output, 1)
        os.dup2(self._output, 2)

    def _is_used_up(self) -> bool:
        most = self._recycling
        if most.max_tasks is not None and self._calls >= most.max_tasks:
            return True
        if most.max_memory_bytes is None or linux.private_memory_bytes() <= most.max_memory_bytes:
            return False
        gc.collect()
        return linux.private_memory_bytes() > most.max_memory_bytes

    def _say(self, text: str) -> None:
        with contextlib.suppress(OSError):
            os.write(self._output, f"[dpnb] {text}\n".encode(errors="backslashreplace"))


def watch_for_crashes(output: int) -> None:
    """Have the stacks of all threads written to `output` on a crash, and before SIGTERM ends the process.

    Both are written by C code in the signal's handler, so that a loop in compiled code cannot keep them back.
    """
    faulthandler.enable(output)
    faulthandler.unregister(signal.SIGTERM)
    faulthandler.register(signal.SIGTERM, output, all_threads=True, chain=True)


def _lowest_free(descriptor: int) -> int:
    """Return the lowest number that is free: how many are open, as far as none was closed in between."""
    copy = os.dup(descriptor)
    os.close(copy)
    return copy
