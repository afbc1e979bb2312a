"""A call on its way through the pool."""

from __future__ import annotations

import os
import pickle
import signal
from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOptions:
    """What a call may want beside its function and arguments.

    `timeout` is in seconds, counted from the moment that a worker has the call. `shares` are pickles that the call
    looks up by digest, sent to a worker only once. A `cooperative` call is asked to stop before it is made to.
    `on_output` and `on_message` are called from the pool's thread and must not block.
    """

    timeout: float | None = None
    shares: Mapping[bytes, bytes] = field(default_factory=dict)
    cooperative: bool = False
    on_output: Callable[[bytes], None] | None = None
    on_message: Callable[[Any], None] | None = None


class Stop(Enum):
    """Why a worker is being stopped in the middle of its call."""

    TIMEOUT = "timeout"
    CANCEL = "cancel"
    GARBLED = "garbled"


@dataclass(slots=True, eq=False)
class Call:
    """One submitted call."""

    call_id: int
    payload: bytes
    options: CallOptions
    future: Future[Any] = field(default_factory=Future)
    is_claimed: bool = False  # its future is running, so that it can no longer be cancelled quietly

    def claim(self) -> bool:
        """Take the call for running; False where it was cancelled while it waited."""
        self.is_claimed = self.is_claimed or self.future.set_running_or_notify_cancel()
        return self.is_claimed


_PLAIN = (int, float, complex, bool, str, bytes, type(None))


def pack_call(fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> bytes:
    """Pickle a call; by value what a worker cannot import, which takes longer than pickling by name."""
    if (
        all(type(value) in _PLAIN for value in (*args, *kwargs.values()))
        and getattr(fn, "__module__", "__main__") != "__main__"
        and "<" not in getattr(fn, "__qualname__", "<")
    ):
        return pickle.dumps((fn, args, kwargs), protocol=5)
    import cloudpickle

    blob: bytes = cloudpickle.dumps((fn, args, kwargs), protocol=5)
    return blob


def describe_status(status: int | None) -> str:
    """Say how a process ended, from its wait status.

    Examples
    --------
    >>> describe_status(9)
    'signal 9 (SIGKILL)'
    >>> describe_status(3 << 8)
    'exit code 3'
    """
    if status is None:
        return "with its fork server"
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        try:
            name = signal.Signals(number).name
        except ValueError:
            name = "unnamed"
        return f"signal {number} ({name})"
    return f"exit code {os.waitstatus_to_exitcode(status)}"


def default_workers() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
