"""What other processes ask of a queue, and how they are answered.

A put or get that has to wait stands in the queue's own line; when its turn comes, `note_turn` is told.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from dpnb.errors import QueueClosedError, QueueFullError
from dpnb.events.adapters.queue_wire import FACTS, Kind
from dpnb.events.waiters import CalledTicket

if TYPE_CHECKING:
    from dpnb.events.adapters.memory_queue import InMemoryQueue
    from dpnb.events.adapters.queue_peer import Peer
    from dpnb.events.adapters.queue_wire import Frame, Payload


class QueueRequests(ABC):
    """Answers what peers ask; all in one thread."""

    def __init__(self, queue: InMemoryQueue[Payload], secret: bytes) -> None:
        self.queue = queue
        self._secret = secret

    @abstractmethod
    def note_turn(self, peer: Peer, ticket: CalledTicket) -> None:
        """Have `answer` called for a peer soon; from any thread."""

    @abstractmethod
    def take_in(self, but: Peer | None = None) -> None:
        """Handle all that peers have sent until now, except one."""

    @abstractmethod
    def close_queue(self) -> None:
        """Close the queue, once it has all that was sent before, and tell everybody."""

    def handle(self, peer: Peer, frame: Frame) -> None:
        """Answer a frame, now or when its turn comes. Raises `OSError`, and `ValueError` if it makes no sense."""
        if not peer.is_trusted:
            self._introduce(peer, frame)
        elif frame.kind == Kind.TELL:
            self._keep(frame.payload)
        elif frame.kind in {Kind.PUT, Kind.GET}:
            peer.asked = frame
            self.answer(peer)
        else:
            self._answer_at_once(peer, frame.kind)

    def _introduce(self, peer: Peer, frame: Frame) -> None:
        if peer.introduce(frame, self._secret):
            if self.queue.is_closed:
                self.tell_closed(peer)
            peer.send(Kind.DONE)

    def _answer_at_once(self, peer: Peer, kind: int) -> None:
        match kind:
            case Kind.TAKEN:
                peer.unconfirmed = None
            case Kind.WITHDRAW:
                self.take_in(but=peer)
                is_get = peer.asked is not None and peer.asked.kind == Kind.GET
                if self.withdraw(peer) and not (is_get and self._give(peer, b"")):
                    peer.send(Kind.WITHDRAWN)
            case Kind.ASK:
                self.take_in(but=peer)
                peer.send(Kind.FACTS, FACTS.pack(self.queue.qsize(), self.queue.dropped, self.queue.is_closed))
            case Kind.CLOSE:
                self.close_queue()
                peer.send(Kind.DONE)
            case _:
                raise ValueError(kind)

    def _keep(self, payload: Payload) -> None:
        try:
            self.queue.offer(payload)
        except QueueClosedError:  # it was sent while somebody closed the queue
            self.queue.refuse()

    def tell_closed(self, peer: Peer) -> None:
        """Tell a peer, unasked, that nothing can be put any more."""
        peer.send(Kind.CLOSED)

    def answer(self, peer: Peer) -> None:
        """Do what a peer asks, or let it stand in line."""
        asked = peer.asked
        if asked is None:
            return
        is_get, queue = asked.kind == Kind.GET, self.queue
        attempt, line, has_come = (
            (self._give, queue.takers, queue.has_news) if is_get else (self._take, queue.givers, queue.has_room)
        )
        while not attempt(peer, asked.payload):
            peer.ticket = CalledTicket(lambda ticket: self.note_turn(peer, ticket))
            if line.stand(peer.ticket, has_come):
                return
        peer.asked = peer.ticket = None

    def _give(self, peer: Peer, _payload: Payload) -> bool:
        try:
            peer.unconfirmed = self.queue.take()
        except IndexError:
            if not self.queue.is_closed or self.queue.qsize():
                return False
            peer.send(Kind.ENDED)
        else:
            peer.send(Kind.ITEM, peer.unconfirmed)
        return True

    def _take(self, peer: Peer, payload: Payload) -> bool:
        try:
            if not self.queue.offer(payload):
                return False
            answer = Kind.DONE
        except QueueClosedError:
            answer = Kind.ENDED
        except QueueFullError:
            answer = Kind.FULL
        peer.send(answer)
        return True

    def withdraw(self, peer: Peer) -> bool:
        """Have a peer wait no more; False where it did not."""
        asked, ticket = peer.asked, peer.ticket
        peer.asked = peer.ticket = None
        if asked is None or ticket is None:
            return False
        (self.queue.takers if asked.kind == Kind.GET else self.queue.givers).leave(ticket)
        return True
