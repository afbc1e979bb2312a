"""A call on its way through the pool."""

from __future__ import annotations

import os
import pickle
import signal
from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from dpnb.errors import RemoteCallError
from dpnb.orchestrator.pool.by_value import dumps_by_value
from dpnb.orchestrator.pool.wire import LOST_CHANNEL, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from dpnb.orchestrator.pool.usage import Usage
    from dpnb.orchestrator.pool.wire import Frame


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOptions:
    """What a call may want beside its function and arguments.

    `timeout` is in seconds, counted from the moment that a worker begins with the call. `shares` are pickles that the
    call looks up by digest, sent to a worker only once. A `cooperative` call is asked to stop before it is made to.
    One that waits for other calls must not `may_queue` behind one: it is handed to idle workers only.
    `on_output` and `on_message` are called from the pool's thread and must not block.
    """

    timeout: float | None = None
    shares: Mapping[bytes, bytes] = field(default_factory=dict)
    cooperative: bool = False
    may_queue: bool = True
    on_output: Callable[[bytes], None] | None = None
    on_message: Callable[[Any], None] | None = None


class Stop(Enum):
    """Why a worker is being stopped in the middle of its call."""

    TIMEOUT = "timeout"
    CANCEL = "cancel"
    GARBLED = "garbled"


class Call:
    """One call, and what is to be done when something becomes known of it.

    The pool calls `begun`, `printed`, `said`, and at the end either `answered` or `failed`, which follows on `measured`
    where that is known, each in its own thread, one after the other and in the order in which things happened; they
    must return soon. A short call may end without having been reported as begun.
    """

    __slots__ = ("call_id", "cooperative", "losses", "may_queue", "payload", "shares", "timeout")

    def __init__(self, payload: bytes, options: CallOptions) -> None:
        self.call_id = 0  # given by the pool
        self.payload = payload
        self.timeout = options.timeout
        self.shares = options.shares
        self.cooperative = options.cooperative
        self.may_queue = options.may_queue
        self.losses = 0  # times that it was lost together with the fork server

    def begun(self) -> None:
        """Hear that a worker has begun with it."""

    def printed(self, data: bytes) -> None:
        """Hear what it prints."""

    def said(self, content: Any) -> None:
        """Hear what it sends with `worker.send_message`."""

    def answered(self, frame: Frame) -> None:
        """Hear its pickled result, or its packed exception; unpickling either may do whatever the user's classes do."""

    def measured(self, used: Usage) -> None:
        """Hear what it had used of the process that ended under it."""

    def failed(self, error: BaseException) -> None:
        """Hear that it ended without an answer: `CallTimedOutError`, `CancelledError`, `WorkerDiedError`."""


class FutureCall(Call):
    """A call whose outcome is a future's. `withdraw` takes it out of the pool unless a worker has begun with it."""

    __slots__ = ("_options", "future")

    def __init__(self, payload: bytes, options: CallOptions, withdraw: Callable[[Call], bool]) -> None:
        super().__init__(payload, options)
        self._options = options
        self.future = CallFuture(self, withdraw)

    def begun(self) -> None:
        """Have the future say so, once: the call may have been lost and handed out again."""
        if not (self.future.running() or self.future.done()):
            self.future.set_running_or_notify_cancel()

    def printed(self, data: bytes) -> None:
        """Pass it on to whoever listens."""
        if self._options.on_output is not None:
            self._options.on_output(data)

    def said(self, content: Any) -> None:
        """Pass it on to whoever listens."""
        if self._options.on_message is not None:
            self._options.on_message(content)

    def answered(self, frame: Frame) -> None:
        """Settle the future; whatever unpickling does to this process is the call's failure, not the pool's."""
        if frame.kind == Kind.DONE:
            try:
                value = pickle.loads(frame.payload)
            except BaseException as unreadable:  # noqa: BLE001 - a class may even exit while it is unpickled
                self.failed(unreadable)
            else:
                self.future.call = None
                self.future.set_result(value)
        else:
            self.failed(unpack_error(frame.payload))

    def failed(self, error: BaseException) -> None:
        """Settle the future."""
        self.future.call = None
        self.future.set_exception(error)


class CallFuture(Future[Any]):
    """A future that can be cancelled as long as no worker has begun with its call, wherever the call waits.

    It lets go of its call when that has ended, so that neither waits for the garbage collector.
    """

    def __init__(self, call: FutureCall, withdraw: Callable[[Call], bool]) -> None:
        super().__init__()
        self.call: FutureCall | None = call
        self._withdraw = withdraw

    def cancel(self) -> bool:
        """Cancel it if its call still waits; True where it is cancelled now."""
        call = self.call
        if call is None or self.running() or self.done() or not self._withdraw(call):
            return self.cancelled()
        self.call = None
        super().cancel()
        self.set_running_or_notify_cancel()  # wakes those who wait for it
        return True


def unpack_error(payload: bytes) -> BaseException:
    """Return the exception that a call raised, or what is known of it where its class does not travel."""
    packed, text, traceback = pickle.loads(payload)
    remote = RemoteCallError(text, traceback)
    try:
        error = remote if packed is None else pickle.loads(packed)
    except BaseException:  # noqa: BLE001 - its class is known to the worker only, or it exits while it is unpickled
        error = remote
    if error is not remote:
        error.__cause__ = remote
    return error


_PLAIN = (int, float, complex, bool, str, bytes, type(None))


def pack_call(fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> bytes:
    """Pickle a call; by value what a worker cannot import, which takes longer than pickling by name."""
    if (
        all(type(value) in _PLAIN for value in (*args, *kwargs.values()))
        and getattr(fn, "__module__", "__main__") != "__main__"
        and "<" not in getattr(fn, "__qualname__", "<")
    ):
        return pickle.dumps((fn, args, kwargs), protocol=5)
    return dumps_by_value((fn, args, kwargs))


def call_each(fn: Callable[..., Any], arguments: Iterable[tuple[Any, ...]]) -> list[Any]:
    """Return what `fn` gives for each tuple of arguments."""
    return [fn(*args) for args in arguments]


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
    code = os.waitstatus_to_exitcode(status)
    return f"exit code {code}{', having lost its channel: the call closed descriptors' if code == LOST_CHANNEL else ''}"


def default_workers() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
