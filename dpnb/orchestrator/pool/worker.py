"""The child's loop: take a call from the lane, run it, answer; nothing that a call raises ends the process.

A call is a pickled ``(function, args, kwargs)``. What cannot travel by reference, such as the functions of a notebook's
cells, is *shared* once per worker under a digest and looked up with `shared`.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import io
import logging
import os
import pickle
import random
import signal
import socket
import sys
import termios
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dpnb.orchestrator.pool import linux
from dpnb.orchestrator.pool.hygiene import CleanSlate
from dpnb.orchestrator.pool.lane import WorkerLane
from dpnb.orchestrator.pool.usage import UsageMark
from dpnb.orchestrator.pool.wire import LOST_CHANNEL, Kind, WorkerChannel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dpnb.orchestrator.pool.wire import Frame

_NOTHING = bytes(4)  # an int of the system's, 0


class _CurrentCall:
    """The call that this worker is busy with."""

    def __init__(self, channel: WorkerChannel, call_id: int) -> None:
        self.call_id = call_id
        self._channel = channel

    def message(self, content: object) -> None:
        self._channel.send(Kind.MESSAGE, self.call_id, pickle.dumps(content, protocol=5))

    def cancelled(self) -> bool:
        return self._channel.poll(Kind.CANCEL, self.call_id)

    def receive(self, timeout: float | None) -> Any:
        frame = self._channel.take(Kind.TELL, self.call_id, timeout)
        return None if frame is None else pickle.loads(frame.payload)


@dataclass(slots=True)
class _Process:
    """What this process holds between two calls."""

    wire: WorkerChannel = field(init=False)
    call: _CurrentCall | None = None
    blobs: dict[bytes, bytes] = field(default_factory=dict)
    values: dict[bytes, Any] = field(default_factory=dict)
    callers_path: tuple[str, ...] = ()
    mark: UsageMark | None = None


_process = _Process()


def callers_path() -> tuple[str, ...]:
    """Return the import path that the pool's own process had when this worker was started."""
    return _process.callers_path


def shared(digest: bytes) -> Any:
    """Return the value that was shared under this digest, unpickled on its first use."""
    if digest not in _process.values:
        while digest not in _process.blobs:
            _expect(Kind.SHARE)
        _process.values[digest] = pickle.loads(_process.blobs[digest])
        del _process.blobs[digest]
    return _process.values[digest]


def send_message(content: object) -> None:
    """Send something about the running call to whoever submitted it."""
    if _process.call is not None:
        _process.call.message(content)


def receive_message(timeout: float | None = None) -> Any:
    """Wait for something that the pool's side tells the running call; None where nothing came in `timeout` seconds."""
    return None if _process.call is None else _process.call.receive(timeout)


def is_cancelled() -> bool:
    """Tell whether the running call has been asked to stop."""
    return _process.call is not None and _process.call.cancelled()


def note_usage_before(cpu_s: float, read_bytes: int | None, written_bytes: int | None) -> None:
    """Note what this process had used when the running call began, for the case that it does not live to tell."""
    if _process.mark is not None and _process.call is not None:
        _process.mark.note(_process.call.call_id, cpu_s, read_bytes, written_bytes)


def main(channel: int, output: int, lane: int | None = None, *, mark: UsageMark | int = -1) -> None:
    """Serve the calls of `lane`, or of `channel` where there is none; stdout and stderr go to the pipe `output`.

    `mark` is where the worker notes what it had used when a call began, or a descriptor of that memory.
    """
    _redirect_output(output)
    _seed_generators()
    linux.offer_to_oom_killer()
    signal.signal(signal.SIGTERM, _unwind)
    _process.mark = _take_over(mark) if isinstance(mark, int) else mark
    _process.wire = wire = WorkerChannel(socket.socket(fileno=channel))
    with _ending_with_its_channel():
        settings = pickle.loads(_expect(Kind.SETUP).payload)
        try:
            _set_up(settings)
        except BaseException as error:  # noqa: BLE001 - it is the user's, and told like a call's
            wire.send(Kind.ERROR, 0, _pack_error(error))
            os._exit(1)
        slate = CleanSlate(output, settings["recycling"])
        _process.mark.note_ready()
        wire.send(Kind.READY)
        calls = _calls_of_channel() if lane is None else _calls_of_lane(WorkerLane(socket.socket(fileno=lane)))
        for call_id, payload in calls:
            if not _serve(call_id, payload, slate):
                break
    os._exit(0)  # threads that a call left running hold nobody up


def _take_over(descriptor: int) -> UsageMark:
    mark = UsageMark(descriptor)
    if descriptor >= 0:
        os.close(descriptor)
    return mark


@contextlib.contextmanager
def _ending_with_its_channel() -> Iterator[None]:
    """End quietly where the pool has gone; with a status of its own where a call has closed or replaced the socket."""
    try:
        yield
    except EOFError:
        return
    except OSError as error:
        if error.errno in (errno.EBADF, errno.ENOTSOCK):
            os._exit(LOST_CHANNEL)


class _Terminated(BaseException):
    """Raised in a call that is made to stop, so that its ``finally`` clauses run; SIGKILL follows soon."""


def _unwind(*_: object) -> None:
    if _process.call is None:
        os._exit(128 + signal.SIGTERM)
    raise _Terminated


def _serve(call_id: int, payload: bytes | memoryview, slate: CleanSlate) -> bool:
    """Run a call and answer it; False where this process must not run another."""
    wire = _process.wire
    _process.call = _CurrentCall(wire, call_id)
    kind, answer = _run(payload)
    _process.call = None
    is_spent = slate.wipe()
    if _has_unread_output():  # whose it is can be told only as long as this call is the one that runs
        wire.send(Kind.PRINTED, call_id)
        wire.take(Kind.DRAINED, call_id, None)
    if is_spent:
        wire.send(Kind.LEAVING, call_id)
    wire.send(kind, call_id, answer)
    return not is_spent


def _calls_of_lane(lane: WorkerLane) -> Iterator[tuple[int, bytes | memoryview]]:
    while (packet := lane.receive()) is not None:
        call_id, payload = packet
        yield (call_id, payload) if payload else (call_id, _expect(Kind.CALL, call_id).payload)


def _calls_of_channel() -> Iterator[tuple[int, bytes | memoryview]]:
    while True:
        frame = _expect(Kind.CALL)
        yield frame.call_id, frame.payload


def _expect(kind: Kind, call_id: int | None = None) -> Frame:
    """Wait for the next frame of this kind, keeping what is shared on its way; `EOFError` when the pool is gone."""
    while (frame := _process.wire.receive()) is not None:
        if frame.kind == Kind.SHARE:
            digest, blob = pickle.loads(frame.payload)
            _process.blobs[digest] = blob
        if frame.kind == kind and call_id in (None, frame.call_id):
            return frame
    raise EOFError


def _has_unread_output() -> bool:
    """Tell whether something lies in the pipe; elsewhere than on Linux its writer is not told, so that it may."""
    if sys.platform != "linux":
        return True
    return fcntl.ioctl(1, termios.FIONREAD, _NOTHING) != _NOTHING


def _run(payload: bytes | memoryview) -> tuple[Kind, bytes]:
    try:
        function, args, kwargs = pickle.loads(payload)
        answer = Kind.DONE, pickle.dumps(function(*args, **kwargs), protocol=5)
    except BaseException as error:  # noqa: BLE001 - SystemExit and KeyboardInterrupt end the call, not the worker
        answer = Kind.ERROR, _pack_error(error)
    _flush_streams()
    return answer


def _flush_streams() -> None:
    """Have the pipe hold all that was printed; the task may have put anything in the place of the streams."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except Exception:  # noqa: BLE001 - as above
        with contextlib.suppress(Exception):
            sys.stderr.flush()
    linux.flush_c_streams()


def _pack_error(error: BaseException) -> bytes:
    """Return ``(exception's pickle or None, "Type: text", traceback)``; nothing of the user's can break it."""
    import traceback

    try:
        packed = pickle.dumps(error, protocol=5)
        pickle.loads(packed)
    except BaseException:  # noqa: BLE001 - whatever the user's class does
        packed = None
    try:
        text = "".join(traceback.format_exception_only(error)).strip()
        frames = "".join(traceback.format_exception(error))
    except BaseException:  # noqa: BLE001
        text, frames = type(error).__name__, ""
    return pickle.dumps((packed, text, frames), protocol=5)


def _set_up(settings: dict[str, Any]) -> None:
    sys.path[:] = settings["sys_path"]
    _process.callers_path = tuple(sys.path)
    os.environ.clear()
    os.environ.update(settings["environ"])
    with contextlib.suppress(OSError):
        os.chdir(settings["cwd"])
    initializer: tuple[Callable[..., object], tuple[Any, ...]] | None = pickle.loads(settings["initializer"])
    if initializer is not None:
        function, args = initializer
        function(*args)


def _redirect_output(output: int) -> None:
    os.dup2(output, 1)
    os.dup2(output, 2)
    sys.stdout = io.TextIOWrapper(open(1, "wb", closefd=False), "utf-8", "backslashreplace", line_buffering=True)  # noqa: SIM115
    sys.stderr = io.TextIOWrapper(open(2, "wb", closefd=False), "utf-8", "backslashreplace", line_buffering=True)  # noqa: SIM115
    logging.basicConfig(
        level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True
    )
    logging.captureWarnings(capture=False)


def _seed_generators() -> None:
    """Give this process random numbers of its own; NumPy's global generator does not do so after a fork."""
    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()
