"""Serves a queue of this process to other processes.

::

    other process ──socket of its own──▶ hub's thread ──▶ InMemoryQueue ◀── threads and tasks of this process

All that has to be consistent is in one process, so that nobody can be killed while holding it. A put or get of another
process that has to wait stands in the queue's own line, among the threads and tasks of this process: whose turn it is
is told to the hub's thread, which answers then.
"""

from __future__ import annotations

import os
import secrets
import selectors
import socket
import threading
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

from dpnb.events.adapters.queue_peer import Peer
from dpnb.events.adapters.queue_requests import QueueRequests
from dpnb.events.adapters.queue_wire import Home, address_of, listen

if TYPE_CHECKING:
    from collections.abc import Callable

    from dpnb.events.adapters.memory_queue import InMemoryQueue
    from dpnb.events.adapters.queue_wire import Payload
    from dpnb.events.waiters import CalledTicket

_PAUSE_S = 0.05  # how long to serve only those who are there, when the process has no descriptors left
_SECRET_BYTES = 32


class Hub(QueueRequests):
    """Lets other processes put into a queue and take from it; its thread begins with `start`."""

    def __init__(self, queue: InMemoryQueue[Payload]) -> None:
        super().__init__(queue, secrets.token_bytes(_SECRET_BYTES))
        self._listener = listen()
        self.home = Home(address=address_of(self._listener), secret=self._secret, pid=os.getpid())
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._selector: selectors.BaseSelector | None = None
        self._bell: tuple[socket.socket, socket.socket] | None = None
        self._peers: set[Peer] = set()
        self._turns: deque[tuple[Peer, CalledTicket]] = deque()
        self._errands: deque[Callable[[], object]] = deque()
        self._is_asleep = self._is_stopped = self._is_taking_in = False

    def start(self) -> None:
        """Begin to serve. May be called several times, from any thread."""
        with self._starting:
            if self._thread is None and not self._is_stopped:
                self._bell = socket.socketpair()
                for end in self._bell:
                    end.setblocking(False)  # noqa: FBT003 - the standard library's
                self._selector = selectors.DefaultSelector()
                self._selector.register(self._bell[0], selectors.EVENT_READ, self._hear_bell)
                self._selector.register(self._listener, selectors.EVENT_READ, self._let_in)
                self._thread = threading.Thread(target=self._serve, name="dpnb-queue", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Let go of all connections, soon; may be called while garbage is collected."""
        self._is_stopped = True
        if self._thread is None:
            self._listener.close()
        else:
            self._ring()

    def join(self, timeout: float) -> None:
        """Wait until all is let go, for up to `timeout` seconds."""
        if self._thread is not None:
            self._thread.join(timeout)

    def forget(self) -> None:
        """Close what was inherited from the process that this one was forked from, without touching what it holds."""
        for peer in self._peers:
            peer.sock.close()
        for end in self._bell or ():
            end.close()
        if self._selector is not None:
            self._selector.close()
        self._listener.close()

    def close(self) -> None:
        """Close the queue, once it has all that was sent before; tell everybody."""
        self._have_done(self.close_queue)

    def catch_up(self) -> None:
        """Take in all that other processes have sent until now."""
        self._have_done(self.take_in)

    def _have_done(self, act: Callable[[], object]) -> None:
        """Act in the hub's thread, or here if there is none."""
        thread = self._thread
        if thread is None or thread is threading.current_thread():
            act()
            return
        done = threading.Event()
        self._errands += [act, done.set]
        self._ring()
        while not done.wait(_PAUSE_S):
            if not thread.is_alive():
                act()
                return

    def close_queue(self) -> None:
        """Close the queue, once it has all that was sent before; tell everybody."""
        if self.queue.is_closed:
            return
        self.take_in()
        self.queue.close()
        for peer in list(self._peers):
            if peer.is_trusted:
                self._guard(peer, self.tell_closed)

    # Its thread

    def _serve(self) -> None:
        selector = self._selector
        assert selector is not None  # noqa: S101 - `start` makes it
        try:
            while not self._is_stopped:
                self._is_asleep = True
                is_due = self._turns or self._errands or self._is_stopped
                events = selector.select(0 if is_due else None)
                self._is_asleep = False
                for key, mask in events:
                    key.data(mask)
                while self._errands:
                    self._errands.popleft()()
                while self._turns:
                    peer, ticket = self._turns.popleft()
                    if peer.ticket is ticket:
                        self._guard(peer, self.answer)
        finally:
            for peer in list(self._peers):
                self._drop(peer)
            self.forget()

    def _ring(self) -> None:
        if self._is_asleep and self._bell is not None:
            self._is_asleep = False
            with suppress(OSError):  # it is ringing already, or the thread has ended
                self._bell[1].send(b"!")

    def _hear_bell(self, _mask: int) -> None:
        with suppress(BlockingIOError):
            self._bell[0].recv(4096)  # type: ignore[index]

    def _let_in(self, _mask: int) -> None:
        try:
            sock, _ = self._listener.accept()
        except (BlockingIOError, ConnectionError):
            return
        except OSError:  # too many open files: they wait at the door, and the others go on
            threading.Event().wait(_PAUSE_S)
            return
        peer = Peer(sock)
        self._peers.add(peer)
        self._watch(peer, selectors.EVENT_READ)

    def _watch(self, peer: Peer, events: int) -> None:
        def attend(mask: int) -> None:
            if mask & selectors.EVENT_WRITE:
                self._guard(peer, Peer.flush)
            if mask & selectors.EVENT_READ and peer in self._peers:
                self._guard(peer, self._read)

        assert self._selector is not None  # noqa: S101 - `start` makes it
        if peer.sock in self._selector.get_map():
            self._selector.modify(peer.sock, events, attend)
        else:
            self._selector.register(peer.sock, events, attend)

    def _guard(self, peer: Peer, act: Callable[[Peer], object]) -> None:
        """Act for a peer; one who is gone, or sends what makes no sense, is let go."""
        had_unsent = peer.has_unsent
        try:
            act(peer)
        except (OSError, ValueError, MemoryError):
            self._drop(peer)
        if peer in self._peers and peer.has_unsent != had_unsent:
            self._watch(peer, selectors.EVENT_READ | (selectors.EVENT_WRITE if peer.has_unsent else 0))

    def _drop(self, peer: Peer) -> None:
        """Let a peer go; what nobody has got is there for others."""
        if peer not in self._peers:
            return
        self._peers.discard(peer)
        assert self._selector is not None  # noqa: S101 - `start` makes it
        self._selector.unregister(peer.sock)
        peer.sock.close()
        self.withdraw(peer)
        if peer.unconfirmed is not None:
            self.queue.put_back(peer.unconfirmed)

    def _read(self, peer: Peer) -> bool:
        frames = peer.receive()
        for frame in frames or ():
            self.handle(peer, frame)
        return frames is not None

    def note_turn(self, peer: Peer, ticket: CalledTicket) -> None:
        """Have a peer answered soon; from any thread."""
        self._turns.append((peer, ticket))
        self._ring()

    def take_in(self, but: Peer | None = None) -> None:
        """Handle all that peers have sent until now, except one."""
        if self._is_taking_in:
            return
        self._is_taking_in = True
        for peer in list(self._peers - {but}):
            self._guard(peer, self._read_all)
        self._is_taking_in = False

    def _read_all(self, peer: Peer) -> None:
        """Read what is on its way now; a peer that goes on sending does not keep us here."""
        end = peer.received_bytes + peer.most_on_its_way
        while peer.received_bytes <= end and self._read(peer):
            pass
