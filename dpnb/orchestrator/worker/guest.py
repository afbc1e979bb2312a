"""Runs attempts in a process that another library's executor has started: a guest there, which leaves it as it was."""

from __future__ import annotations

import os
import pickle
import sys
import threading
from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from dpnb.errors import AttemptUnwantedError, MissingModuleError
from dpnb.orchestrator.parcels import pack_result, unpack_task
from dpnb.orchestrator.spool import SpoolEnd
from dpnb.orchestrator.worker import Worker
from dpnb.orchestrator.worker.guest_output import captured
from dpnb.orchestrator.worker.meter import ByteCounter
from dpnb.results.processes import this_machine

if TYPE_CHECKING:
    from collections.abc import Callable

    from dpnb.orchestrator.executable import ExecutableTask
    from dpnb.orchestrator.parcels import Parcel
    from dpnb.orchestrator.transport import Packed
    from dpnb.results import AttemptLogs, IOManager

_MOST_KEPT = 64  # functions and runs that a process remembers, the latest ones


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    """What the attempts of a run have in common, wherever they run: store, logs, the spool, and whose run it is."""

    store: IOManager
    logs: AttemptLogs
    spool: str
    sys_path: tuple[str, ...]
    machine: str
    pid: int

    @property
    def is_here(self) -> bool:
        """Whether this is the process that started the run."""
        return self.pid == os.getpid() and self.machine == this_machine()


class Begun:
    """The first word of an attempt whose start somebody waits for."""


def run_guest(household: Packed, function: Packed, parcel: Parcel, number: int, *, is_awaited: bool) -> Parcel:
    """Execute a packed attempt; `is_awaited` where its start is told.

    Raises
    ------
    AttemptUnwantedError
        Nobody waits for it any more; it was not begun.
    """
    home: Household = _kept(household)
    end = SpoolEnd(home.spool, number)
    if end.is_unwanted():
        raise AttemptUnwantedError
    if is_awaited:
        end.message(Begun())
    for folder in () if home.is_here else home.sys_path:
        if folder not in sys.path:
            sys.path.append(folder)
    task = unpack_task(parcel)
    if home.is_here:  # with the modules of whoever started the run
        task = task._replace(imported="")
    counter = ByteCounter() if _is_alone(home) else None
    worker = Worker(home.store, end, counter=counter, is_wanted=lambda: not end.is_unwanted())
    address: dict[str, Any] = {"run_id": task.run_id, "task_name": task.task_name, "attempt": task.attempt}
    log = _Log(home.logs, address)
    with captured(log.write, is_own=not home.is_here):
        result = worker.execute(task, partial(_function, task, function, home))
    log.close()
    return pack_result(result)


def _is_alone(home: Household) -> bool:
    """Tell whether the attempt has the process to itself, so that limits on the process are limits on it."""
    return not home.is_here and threading.current_thread() is threading.main_thread()


def _function(task: ExecutableTask, packed: Packed, home: Household) -> Callable[..., Any]:
    try:
        function: Callable[..., Any] = _kept(packed)
    except ModuleNotFoundError as error:
        name = error.name or str(error)
        raise MissingModuleError(task.task_name, name, searched=sys.path, callers=home.sys_path) from error
    return function


def _kept(packed: Packed) -> Any:
    """Return what was packed, unpickled once in this process."""
    with _lock:
        if packed.digest in _values:
            _values.move_to_end(packed.digest)
            return _values[packed.digest]
    value = pickle.loads(packed.blob)
    with _lock:
        _values[packed.digest] = value
        while len(_values) > _MOST_KEPT:
            _values.popitem(last=False)
    return value


_lock = threading.Lock()
_values: OrderedDict[bytes, Any] = OrderedDict()


class _Log:
    """The log of one attempt, which is opened when it first prints something."""

    def __init__(self, logs: AttemptLogs, address: dict[str, Any]) -> None:
        self._logs = logs
        self._address = address
        self._has_printed = False

    def write(self, text: str) -> None:
        self._has_printed = True
        self._logs.append(**self._address, data=text.encode(errors="backslashreplace"))

    def close(self) -> None:
        if self._has_printed:
            self._logs.close(**self._address)
