"""A connection of another process, as the process sees it where the queue lives."""

from __future__ import annotations

import secrets
import socket
from collections import deque
from typing import TYPE_CHECKING

from dpnb.events.adapters.queue_wire import (
    NONCE_BYTES,
    PROOF_BYTES,
    Frame,
    FrameReader,
    Kind,
    is_proof,
    pieces,
    proof,
    tune,
)

if TYPE_CHECKING:
    from dpnb.events.adapters.queue_wire import Payload
    from dpnb.events.waiters import CalledTicket

_BUFFERS = (socket.SO_SNDBUF, socket.SO_RCVBUF)


class Peer:
    """Receives and sends without ever waiting; what the socket does not take waits in an outbox.

    `asked` is the put or get that waits for room or an item, `ticket` its place in the line. `unconfirmed` is an item
    that was sent and is not known to have arrived: if the connection breaks, nobody has got it. No more bytes can be on
    their way than both ends' buffers hold: `most_on_its_way`, if the other end's are as large as ours.
    """

    __slots__ = (
        "_nonce",
        "_outbox",
        "_reader",
        "asked",
        "is_trusted",
        "most_on_its_way",
        "received_bytes",
        "sock",
        "ticket",
        "unconfirmed",
    )

    def __init__(self, sock: socket.socket) -> None:
        tune(sock)
        self.sock = sock
        self.is_trusted = False
        self.asked: Frame | None = None
        self.ticket: CalledTicket | None = None
        self.unconfirmed: Payload | None = None
        self.received_bytes = 0
        self.most_on_its_way = sum(sock.getsockopt(socket.SOL_SOCKET, side) for side in _BUFFERS)
        self._reader = FrameReader()
        self._outbox: deque[memoryview] = deque()
        self._nonce = secrets.token_bytes(NONCE_BYTES)

    @property
    def has_unsent(self) -> bool:
        """Whether `flush` has to be called when the socket takes more."""
        return bool(self._outbox)

    def send(self, kind: Kind, payload: Payload = b"") -> None:
        """Send one frame, or as much as fits now. Raises `OSError` when the other process is gone."""
        self._outbox.extend(pieces(kind, payload))
        self.flush()

    def flush(self) -> None:
        """Send on what waits. Raises `OSError` when the other process is gone."""
        outbox = self._outbox
        while outbox:
            try:
                sent = self.sock.send(outbox[0])
            except BlockingIOError:
                return
            if sent == len(outbox[0]):
                outbox.popleft()
            else:
                outbox[0] = outbox[0][sent:]

    def receive(self) -> list[Frame] | None:
        """Return the frames that are complete now; None where nothing has come.

        Raises `OSError` when the other process is gone, or was never let in.
        """
        try:
            count = self.sock.recv_into(self._reader.space())
        except BlockingIOError:
            return None
        if not count:
            raise ConnectionResetError
        self.received_bytes += count
        return self._reader.advance(count, longest=None if self.is_trusted else PROOF_BYTES)

    def introduce(self, frame: Frame, secret: bytes) -> bool:
        """Answer what comes before the other side is trusted; return whether it is now.

        Raises `ConnectionRefusedError`.
        """
        if frame.kind == Kind.HELLO and len(frame.payload) == NONCE_BYTES:
            self.send(Kind.WELCOME, proof(secret, b"queue", [bytes(frame.payload), self._nonce]) + self._nonce)
        elif frame.kind == Kind.PROOF and is_proof(frame.payload, secret, b"user", [self._nonce]):
            self.is_trusted = True
        else:
            raise ConnectionRefusedError
        return self.is_trusted
