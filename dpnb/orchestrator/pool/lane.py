"""The lane of calls to one worker: a socket of packets from which the pool can take back what was not read yet.

::

    pool ──packet, packet, packet──▶ worker
         ◀── take_back ── (a duplicate of the worker's own end)

Several calls may lie in a lane while the worker is busy, so that it need not wait for the pool between two short ones.
Both the worker and the pool read from the same end; the operating system gives every packet to one of them. So a call
is never run twice and never lost, no lock is shared, and what a dead or busy worker has not read costs nothing to hand
to another.
"""

from __future__ import annotations

import socket
import struct

CALL = struct.Struct("<Q")  # the call's id, before its payload
LARGEST_PACKET_BYTES = 1 << 15
_BUFFER_BYTES = LARGEST_PACKET_BYTES + CALL.size
IS_SUPPORTED = hasattr(socket, "SOCK_SEQPACKET") and hasattr(socket, "AF_UNIX")


class CallLane:
    """The pool's side: puts packets in, and takes them back. Never blocks."""

    def __init__(self) -> None:
        self._ours, self._theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._ours.setblocking(False)  # noqa: FBT003 - the standard library's

    def worker_end(self) -> socket.socket:
        """Return the end that the worker reads; it may be duplicated, and must not be closed or changed."""
        return self._theirs

    def put(self, call_id: int, payload: bytes) -> bool:
        """Add a call, or, with an empty payload, the sign that it is to be found in the channel; False when full."""
        try:
            self._ours.send(CALL.pack(call_id) + payload)
        except (BlockingIOError, InterruptedError):
            return False
        return True

    def take_back(self) -> list[int]:
        """Return the ids of the calls that the worker has not read, in their order; it will not get them now."""
        call_ids: list[int] = []
        while True:
            try:
                packet = self._theirs.recv(_BUFFER_BYTES, socket.MSG_DONTWAIT)
            except (BlockingIOError, InterruptedError):
                return call_ids
            call_ids.append(CALL.unpack_from(packet)[0])

    def close(self) -> None:
        """Give up both ends; a worker that waits at its own sees the lane's end."""
        self._ours.close()
        self._theirs.close()


class WorkerLane:
    """The worker's side: blocks until there is a call."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._buffer = bytearray(_BUFFER_BYTES)
        self._view = memoryview(self._buffer)

    def receive(self) -> tuple[int, memoryview] | None:
        """Wait for a call's id and payload; None when the pool is gone. The payload is valid until the next call."""
        size = self._sock.recv_into(self._buffer)
        if size == 0:
            return None
        return CALL.unpack_from(self._buffer)[0], self._view[CALL.size : size]
