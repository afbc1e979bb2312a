"""What a pool's thread waits for: what its workers say and print, room for what they are to be told, and a nudge."""

from __future__ import annotations

import selectors
import socket
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dpnb.orchestrator.pool.worker_handle import WorkerHandle

_READ, _READ_WRITE = selectors.EVENT_READ, selectors.EVENT_READ | selectors.EVENT_WRITE


class Source(Enum):
    """What there is to do about a worker."""

    OUTBOX = "its channel takes more"
    CHANNEL = "it has said something, or ended"
    OUTPUT = "it has printed something, or ended"


class Sources:
    """Waits for many workers; `wake` may be called from any thread."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._wake_read, self._wake_write = socket.socketpair()
        for end in (self._wake_read, self._wake_write):
            end.setblocking(False)  # noqa: FBT003 - the standard library's
        self._selector.register(self._wake_read, _READ)

    def add(self, worker: WorkerHandle) -> None:
        """Wait for this worker, too."""
        self._selector.register(worker.channel.sock, _READ, worker)
        self._selector.register(worker.output, _READ, worker)

    def __contains__(self, source: socket.socket | int) -> bool:
        return source in self._selector.get_map()

    def remove(self, source: socket.socket | int) -> None:
        """Wait no longer for a channel or an output."""
        if source in self:
            self._selector.unregister(source)

    def await_outbox(self, worker: WorkerHandle) -> None:
        """Wait for room in a worker's channel as long as something is left that it did not take."""
        if worker.channel.sock in self:
            events = _READ_WRITE if worker.channel.has_unsent else _READ
            self._selector.modify(worker.channel.sock, events, worker)

    def wait(self, timeout_s: float | None) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait for anything; what it was is told by `sort`."""
        return self._selector.select(timeout_s)

    def sort(self, events: list[tuple[selectors.SelectorKey, int]]) -> Iterator[tuple[WorkerHandle, Source]]:
        """Yield what there is to do, leaving out workers that were removed meanwhile."""
        for key, mask in events:
            worker: WorkerHandle | None = key.data
            if worker is None:
                self._wake_read.recv(4096)
            elif key.fileobj not in self._selector.get_map():
                continue
            elif key.fd == worker.output:
                yield worker, Source.OUTPUT
            else:
                if mask & selectors.EVENT_WRITE:
                    yield worker, Source.OUTBOX
                if mask & selectors.EVENT_READ:
                    yield worker, Source.CHANNEL

    def wake(self) -> None:
        """End a `wait` that is going on, or the next one."""
        try:
            self._wake_write.send(b"\0")
        except OSError:
            return  # full: it is awake; closed: it needs no waking

    def close(self) -> None:
        """Give up the descriptors."""
        self._selector.close()
        self._wake_read.close()
        self._wake_write.close()
