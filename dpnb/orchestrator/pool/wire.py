"""Frames between the pool and one worker, over a private duplex socket.

::

    magic  kind  call id   payload length   payload
    1 B    1 B   8 B       8 B              …

The call's id stands outside the payload, so that a payload that cannot be read never loses its owner. A frame that does
not begin with the magic byte means that something else wrote to the socket; that worker cannot be trusted any more.
"""

from __future__ import annotations

import errno
import select
import socket
import struct
import threading
import time
from collections import deque
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

MAGIC = 0xD9
LOST_CHANNEL = 71  # exit status of a worker whose call has closed or replaced its socket; EX_OSERR of sysexits(3)
HEADER = struct.Struct("<BBQQ")
_READ_BYTES = 1 << 18


class Kind(IntEnum):
    """What a frame means. The upper half travels from the pool to the worker, the lower half back."""

    SETUP = 1
    SHARE = 2
    CALL = 3
    CANCEL = 4
    TELL = 5
    DRAINED = 6

    READY = 16
    MESSAGE = 17
    DONE = 18
    ERROR = 19
    LEAVING = 20  # the worker ends after its next answer, and wants to be replaced
    PRINTED = 21  # the pool is to read what the call has printed before it is answered


class Frame(NamedTuple):
    """One message: what it means, which call it is about, and its content."""

    kind: int
    call_id: int
    payload: bytes


class GarbledStreamError(Exception):
    """Bytes arrived that are not a frame."""


class FrameReader:
    """Cuts a byte stream into frames, however it was split on its way."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Add bytes and yield the frames that are complete now. Raises `GarbledStreamError`."""
        buffer = self._buffer
        buffer += data
        start = 0
        while len(buffer) - start >= HEADER.size:
            magic, kind, call_id, length = HEADER.unpack_from(buffer, start)
            if magic != MAGIC:
                raise GarbledStreamError
            end = start + HEADER.size + length
            if len(buffer) < end:
                break
            yield Frame(kind, call_id, bytes(buffer[start + HEADER.size : end]))
            start = end
        del buffer[:start]


class WorkerChannel:
    """The worker's end: blocking, received from by one thread at a time."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._reader = FrameReader()
        self._ready: deque[Frame] = deque()
        self._lock = threading.Lock()  # a task may ask from several threads
        self._sending = threading.Lock()  # and report progress, while it stores a chunk

    def send(self, kind: Kind, call_id: int = 0, payload: bytes = b"") -> None:
        """Write one frame, from any thread. Raises `OSError` when the pool is gone."""
        with self._sending:
            self._sock.sendall(HEADER.pack(MAGIC, kind, call_id, len(payload)) + payload)

    def receive(self) -> Frame | None:
        """Wait for the next frame; None when the pool has closed its end."""
        while not self._ready:
            data = self._sock.recv(_READ_BYTES)
            if not data:
                return None
            self._ready.extend(self._reader.feed(data))
        return self._ready.popleft()

    def poll(self, kind: Kind, call_id: int) -> bool:
        """Tell without waiting whether a frame of this kind has come for this call."""
        with self._lock:
            self._read_what_is_there()
            return self._find(kind, call_id) is not None

    def take(self, kind: Kind, call_id: int, timeout: float | None) -> Frame | None:
        """Wait up to `timeout` seconds for a frame of this kind for this call; None where none has come.

        Raises `OSError` when the pool is gone.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            with self._lock:
                is_open = self._read_what_is_there()
                if (frame := self._find(kind, call_id)) is not None:
                    self._ready.remove(frame)
                    return frame
            if not is_open:
                raise BrokenPipeError(errno.EPIPE, "the pool has closed its end")
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                return None
            select.select([self._sock], [], [], left)

    def _find(self, kind: Kind, call_id: int) -> Frame | None:
        return next((frame for frame in self._ready if frame.kind == kind and frame.call_id == call_id), None)

    def _read_what_is_there(self) -> bool:
        try:
            data = self._sock.recv(_READ_BYTES, socket.MSG_DONTWAIT)
        except (BlockingIOError, InterruptedError):
            return True
        self._ready.extend(self._reader.feed(data))
        return bool(data)


class PoolChannel:
    """The pool's end: never blocks; what the socket does not take waits in an outbox."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)  # noqa: FBT003 - the standard library's
        self.sock = sock
        self._reader = FrameReader()
        self._outbox: deque[memoryview] = deque()

    @property
    def has_unsent(self) -> bool:
        """Whether `flush` has to be called when the socket takes more."""
        return bool(self._outbox)

    def send(self, kind: Kind, call_id: int = 0, payload: bytes = b"") -> None:
        """Send one frame, or as much as fits now. Raises `OSError` when the worker is gone."""
        self._outbox.append(memoryview(HEADER.pack(MAGIC, kind, call_id, len(payload)) + payload))
        self.flush()

    def flush(self) -> None:
        """Send on what is waiting."""
        outbox = self._outbox
        while outbox:
            try:
                sent = self.sock.send(outbox[0])
            except (BlockingIOError, InterruptedError):
                return
            if sent == len(outbox[0]):
                outbox.popleft()
            else:
                outbox[0] = outbox[0][sent:]

    def receive(self) -> list[Frame] | None:
        """Return the frames that have arrived; None when the worker has closed its end."""
        try:
            data = self.sock.recv(_READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return []
        except ConnectionError:
            return None
        return list(self._reader.feed(data)) if data else None

    def close(self) -> None:
        """Close the socket and drop what was not sent."""
        self._outbox.clear()
        self.sock.close()
