"""One connection with the process where a queue lives, from a process that uses it.

Whatever goes wrong in the midst of an exchange (a signal, a cancelled task, an answer that does not come) ends with the
connection closed; the queue's process then takes back what has not arrived.

What is written here once serves threads and event loops: all waiting is done by a `Wait`, which either suspends the
task or blocks the thread. In the latter case a coroutine never suspends, and `at_once` runs it to its end.
"""

from __future__ import annotations

import asyncio
import secrets
import select
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from dpnb.events.adapters.queue_wire import (
    NONCE_BYTES,
    PROOF_BYTES,
    Frame,
    FrameReader,
    Kind,
    is_proof,
    open_socket,
    pieces,
    proof,
)

if TYPE_CHECKING:
    import socket
    from collections.abc import Coroutine, Iterator

    from dpnb.events.adapters.queue_wire import Home, Payload

_GRACE_S = 5.0  # an answer to a withdrawal takes microseconds, unless the queue's process is stopped or swamped
_LOOK_S = 0.1


class Wait(Protocol):
    """Waits until a socket can be read, or written; `timeout` in seconds. Raises `TimeoutError`."""

    async def __call__(self, sock: socket.socket, timeout: float | None, *, is_writing: bool = False) -> None:
        """Wait."""


def at_once[R](coroutine: Coroutine[Any, Any, R]) -> R:
    """Return what a coroutine returns that never suspends."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]
    coroutine.close()
    raise RuntimeError("a coroutine of a thread has suspended")


async def wait_in_thread(sock: socket.socket, timeout: float | None, *, is_writing: bool = False) -> None:
    """Block this thread until then."""
    if not _poll(sock, timeout, is_writing=is_writing):
        raise TimeoutError


async def wait_in_loop(sock: socket.socket, timeout: float | None, *, is_writing: bool = False) -> None:
    """Suspend this task until then."""
    loop = asyncio.get_running_loop()
    add, remove = (loop.add_writer, loop.remove_writer) if is_writing else (loop.add_reader, loop.remove_reader)
    ready: asyncio.Future[None] = loop.create_future()

    def tell() -> None:
        if not ready.done():
            ready.set_result(None)

    async with asyncio.timeout(timeout):
        try:
            add(sock, tell)
        except NotImplementedError:  # Windows' own loop watches no sockets
            while not await asyncio.to_thread(_poll, sock, _LOOK_S, is_writing=is_writing):
                pass
            return
        try:
            await ready
        finally:
            remove(sock)


def _poll(sock: socket.socket, timeout: float | None, *, is_writing: bool) -> bool:
    if not hasattr(select, "poll"):
        chosen = [sock]
        read, written, _ = select.select([] if is_writing else chosen, chosen if is_writing else [], [], timeout)
        return bool(read or written)
    poll = select.poll()
    poll.register(sock, select.POLLOUT if is_writing else select.POLLIN)
    return bool(poll.poll(None if timeout is None else timeout * 1_000))


class Link:
    """Asks and is answered, for one thread or task at a time; never used by a process that was forked."""

    def __init__(self, home: Home) -> None:
        self._secret = home.secret
        self._sock = open_socket(home.address)
        self._reader = FrameReader()
        self.is_open = True
        self.has_heard_of_closing = False

    def close(self) -> None:
        """Let go of it. May be called twice."""
        self.is_open = False
        self._sock.close()

    async def connect(self, wait: Wait, address: object, timeout: float | None) -> None:
        """Come together with the queue. Raises `OSError`, `TimeoutError`."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        with self._closed_on_error():
            self._sock.setblocking(True)  # noqa: FBT003 - the standard library's; the other side need not be running
            self._sock.connect(address)  # type: ignore[arg-type]
            self._sock.setblocking(False)  # noqa: FBT003
            await self.send(wait, Kind.HELLO, nonce)
            answer = (await self._receive(wait, timeout)).payload
            given, other = answer[:PROOF_BYTES], bytes(answer[PROOF_BYTES:])
            if not is_proof(given, self._secret, b"queue", [nonce, other]):
                raise ConnectionRefusedError
            await self.send(wait, Kind.PROOF, proof(self._secret, b"user", [other]))
            await self._receive(wait, timeout)

    async def ask(self, wait: Wait, kind: Kind, payload: Payload = b"", timeout: float | None = None) -> Frame:
        """Return the answer; what waits longer than `timeout` seconds is withdrawn.

        Raises `OSError`, and `TimeoutError` where even that is not answered.
        """
        with self._closed_on_error():
            await self.send(wait, kind, payload)
            try:
                answer = await self._receive(wait, timeout)
            except TimeoutError:
                await self.send(wait, Kind.WITHDRAW)
                answer = await self._receive(wait, _GRACE_S)
            if answer.kind == Kind.ITEM:
                await self.send(wait, Kind.TAKEN)
        return answer

    async def send(self, wait: Wait, kind: Kind, payload: Payload = b"") -> None:
        """Send a frame. Raises `OSError`."""
        with self._closed_on_error():
            for piece in pieces(kind, payload):
                rest = piece
                while rest:
                    try:
                        rest = rest[self._sock.send(rest) :]
                    except BlockingIOError:
                        await wait(self._sock, None, is_writing=True)

    def look(self) -> None:
        """Take note of what has come unasked. Raises `OSError`."""
        with self._closed_on_error():
            self._read()

    async def _receive(self, wait: Wait, timeout: float | None) -> Frame:
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            await wait(self._sock, None if deadline is None else max(0.0, deadline - time.monotonic()))
            if (answer := self._read()) is not None:
                return answer

    def _read(self) -> Frame | None:
        """Read what has come; return the answer, if it is among it."""
        try:
            count = self._sock.recv_into(self._reader.space())
        except BlockingIOError:
            return None
        if not count:
            raise ConnectionResetError
        answer = None
        for frame in self._reader.advance(count):
            if frame.kind == Kind.CLOSED:
                self.has_heard_of_closing = True
            else:
                answer = frame
        return answer

    @contextmanager
    def _closed_on_error(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self.close()
            raise
