"""Frames between the process that made a queue and one that uses it, and how the two come together.

::

    kind  payload length   payload
    1 B   8 B              …

Each connection belongs to one process, so that a frame that was cut short by a kill harms nobody else. Both ends prove
that they know the queue's secret before either reads anything else from the other: items are pickles. The address is
no file, so that nothing is left behind by a kill: on Linux a name in the abstract namespace, elsewhere a port of the
loopback device.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import socket
import struct
import sys
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

HEADER = struct.Struct("<BQ")
FACTS = struct.Struct("<QQ?")  # how many items, how many dropped, whether closed
NONCE_BYTES = PROOF_BYTES = 32
_SMALL_BYTES = 1 << 16
_JOINED_BYTES = 1 << 14  # up to here it is quicker to copy a payload than to hand two pieces to the system
_BACKLOG = 1_024

type Payload = bytes | bytearray
type Address = str | tuple[str, int]


class Kind(IntEnum):
    """What a frame means. The upper half travels from the queue, the lower half to it."""

    HELLO = 1
    PROOF = 2
    PUT = 3
    TELL = 4  # a put that is not answered
    GET = 5
    WITHDRAW = 6  # the put or get that waits is to wait no more
    TAKEN = 7  # the item has arrived; whoever gets it has it now
    ASK = 8
    CLOSE = 9

    WELCOME = 16
    DONE = 17
    ITEM = 18
    FULL = 19
    WITHDRAWN = 20
    ENDED = 21  # the queue is closed, and nothing is left of what was asked for
    FACTS = 22
    CLOSED = 23  # not asked for: the queue takes no more


class Frame(NamedTuple):
    """One message."""

    kind: int
    payload: Payload


class FrameReader:
    """Cuts a byte stream into frames; large ones are received where they stay."""

    def __init__(self) -> None:
        self._small, self._used = bytearray(_SMALL_BYTES), 0
        self._large: bytearray | None = None
        self._large_kind = self._filled = 0

    def space(self) -> memoryview:
        """Return where the next bytes belong."""
        if self._large is not None:
            return memoryview(self._large)[self._filled :]
        return memoryview(self._small)[self._used :]

    def advance(self, count: int, *, longest: int | None = None) -> list[Frame]:
        """Take note of `count` bytes in `space`; return the frames that are complete now.

        Raises `ConnectionAbortedError` where a frame is longer than `longest` bytes.
        """
        if self._large is not None:
            self._filled += count
            if self._filled < len(self._large):
                return []
            frame, self._large = Frame(self._large_kind, self._large), None
            return [frame]
        self._used += count
        return self._cut(longest)

    def _cut(self, longest: int | None) -> list[Frame]:
        frames, small, start, end = [], self._small, 0, self._used
        while end - start >= HEADER.size:
            kind, length = HEADER.unpack_from(small, start)
            if longest is not None and length > longest:
                raise ConnectionAbortedError
            body = start + HEADER.size
            if length > end - body:
                if length > _SMALL_BYTES // 2:
                    self._begin_large(kind, length, small[body:end])
                    start = end
                break
            frames.append(Frame(kind, bytes(small[body : body + length])))
            start = body + length
        if start:
            self._used = end - start
            small[: self._used] = small[start:end]
        return frames

    def _begin_large(self, kind: int, length: int, first: bytearray) -> None:
        self._large, self._large_kind, self._filled = bytearray(length), kind, len(first)
        self._large[: len(first)] = first


def pieces(kind: Kind, payload: Payload = b"") -> list[memoryview]:
    """Return a frame as what is to be sent, without copying a large payload."""
    header = HEADER.pack(kind, len(payload))
    if len(payload) <= _JOINED_BYTES:
        return [memoryview(header + payload)]
    return [memoryview(header), memoryview(payload)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Where a queue lives, and what one has to know to be let in."""

    address: Address
    secret: bytes = field(repr=False)
    pid: int


def listen(*, family: str = "AF_UNIX" if sys.platform == "linux" else "AF_INET") -> socket.socket:
    """Return a listening socket that other processes of this machine reach."""
    listener = socket.socket(getattr(socket, family), socket.SOCK_STREAM)
    if family == "AF_UNIX":
        listener.bind(f"\0dpnb-{secrets.token_hex(16)}")
    else:
        listener.bind(("127.0.0.1", 0))
    listener.listen(_BACKLOG)
    listener.setblocking(False)  # noqa: FBT003 - the standard library's
    return listener


def address_of(listener: socket.socket) -> Address:
    """Return what `open_socket` takes."""
    name = listener.getsockname()
    return name.decode() if isinstance(name, bytes) else name


def open_socket(address: Address) -> socket.socket:
    """Return a socket that does not block, to be connected with `address`."""
    sock = socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET, socket.SOCK_STREAM)
    tune(sock)
    return sock


def tune(sock: socket.socket) -> None:
    """Have a socket never block, nor wait for more before it sends."""
    sock.setblocking(False)  # noqa: FBT003 - the standard library's
    if sock.family == socket.AF_INET:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def proof(secret: bytes, who: bytes, nonces: Sequence[bytes]) -> bytes:
    """Return what only `who` knows the secret can say to these nonces."""
    return hmac.digest(secret, who + b"".join(nonces), hashlib.sha256)


def is_proof(given: Payload, secret: bytes, who: bytes, nonces: Sequence[bytes]) -> bool:
    """Tell whether it is that, in a time that tells nothing else."""
    return hmac.compare_digest(bytes(given), proof(secret, who, nonces))
