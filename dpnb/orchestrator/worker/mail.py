"""What an attempt is told while it runs, kept until the part of it that waits for it asks."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from dpnb.errors import StreamBrokenError
from dpnb.orchestrator.stream_messages import ChunksAsked, ChunksCame, ChunksTaken, MayStore, StreamLetGo
from dpnb.orchestrator.worker.attempt_context import AttemptChannel

if TYPE_CHECKING:
    from collections.abc import Callable

_LONGEST_SILENCE_S = 0.1  # between two looks at whether the attempt is asked to stop


class DuplexChannel(AttemptChannel, Protocol):
    """An attempt's channel by which it is also told something."""

    def receive(self, timeout: float) -> object:
        """Wait for what the attempt is told; None where nothing came in `timeout` seconds."""
        ...


class Mail:
    """An attempt's word with whoever relays its streams; for several threads at once.

    Parameters
    ----------
    channel
        How the attempt speaks with whoever runs it.
    may_store
        How many chunks it may store before it is told of more; no bound where it is None.
    """

    def __init__(self, channel: DuplexChannel, may_store: int | None) -> None:
        self._channel = channel
        self._may_store = may_store
        self._came: dict[str, ChunksCame] = {}  # by parameter
        self._changed = threading.Condition()
        self._is_listening = False
        self._is_closed = False

    def close(self) -> None:
        """Say no more: an iterator may outlive its attempt, and its worker has another one by then."""
        self._is_closed = True
        with suppress(OSError):
            while self._channel.receive(0.0) is not None:
                continue  # what came too late is not left lying in the worker

    def await_leave(self, stored: int) -> None:
        """Wait until one more than so many chunks may be stored. Raises `StreamBrokenError` where it is to stop."""
        if self._may_store is not None and stored >= self._may_store:
            self._wait_for(lambda: stored < (self._may_store or 0))

    def ask_for_chunks(self, parameter: str, position: int) -> ChunksCame:
        """Wait for chunks after the first `position`. Raises `StreamBrokenError` where there will be none."""
        self._say(ChunksAsked(parameter=parameter, position=position))
        self._wait_for(lambda: parameter in self._came)
        return self._came.pop(parameter)

    def say_taken(self, parameter: str, position: int) -> None:
        """Say how many chunks of a stream were taken."""
        self._say(ChunksTaken(parameter=parameter, position=position))

    def say_let_go(self, parameter: str) -> None:
        """Say that nobody is at a stream now."""
        self._say(StreamLetGo(parameter=parameter))

    def raise_if_cancelled(self) -> None:
        """Raise `StreamBrokenError` if the attempt is asked to stop, or over."""
        if self._is_closed or self._channel.cancelled():
            raise StreamBrokenError("the attempt is asked to stop")

    def _say(self, content: object) -> None:
        if not self._is_closed:
            self._channel.message(content)

    def _wait_for(self, has_come: Callable[[], bool]) -> None:
        """Wait, as one of perhaps several threads, of which one at a time listens for all."""
        with self._changed:
            while not has_come():
                if self._is_listening:
                    self._changed.wait()
                else:
                    self._listen()

    def _listen(self) -> None:
        self._is_listening = True
        self._changed.release()
        try:
            told = self._channel.receive(_LONGEST_SILENCE_S)
            if told is None:
                self.raise_if_cancelled()
        finally:
            self._changed.acquire()
            self._is_listening = False
            self._changed.notify_all()
        match told:
            case MayStore(chunks=chunks):
                self._may_store = chunks
            case ChunksCame(parameter=parameter):
                self._came[parameter] = told
