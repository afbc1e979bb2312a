"""Carries word between the producers and the consumers of streams that run beside each other.

A producer may store `LEAD_CHUNKS` more than each of its consumers has taken; there it waits. What it may store only
ever grows. The rule that keeps this from a deadlock:

    **A consumer binds its producers only while it is itself at work.** One that waits for a chunk, of whatever stream,
    binds nobody; nor does one that has let go of the stream, or has ended. One that starts counts as being at work for
    `PATIENCE_S`; if it has not spoken by then, since it has no worker yet, it binds nobody until it does.

Nobody then waits in a circle. An attempt can wait *upwards*, for a chunk, or *downwards*, for a consumer to take one.
Along a circle of waiting attempts, in a graph of tasks that has none, some attempt would be waited for downwards while
it waits upwards itself: just this binds nobody. And since whoever runs reads only streams whose producer runs or has
ended (see `dpnb.orchestrator.streaming`), an attempt at the end of such a line is always at work.

A consumer that waits for one stream so lets the others get ahead of it by as much as it takes to give it its chunk.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from dpnb.orchestrator.stream_messages import (
    CHUNKS_PER_WORD,
    LEAD_CHUNKS,
    ChunksAsked,
    ChunksCame,
    ChunksTaken,
    MayStore,
    StreamLetGo,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from dpnb.orchestrator.executable import ExecutableTask


PATIENCE_S = 1.0
"""How long a producer is bound by a consumer that has been started and has not spoken yet."""


@dataclass(slots=True, eq=False)
class _Reader:
    """A consumer's parameter that takes a stream."""

    consumer: str
    parameter: str
    stream: _Stream
    position: int = 0
    is_waiting: bool = False
    is_holding: bool = True  # it has not let go, nor kept silent for too long
    has_spoken: bool = False


@dataclass(slots=True, eq=False)
class _Stream:
    """What a producer's attempt has stored so far."""

    producer: str
    chunks: list[str] = field(default_factory=list)
    may_store: int = LEAD_CHUNKS
    has_ended: bool = False
    readers: list[_Reader] = field(default_factory=list)


class Relay:
    """The streams of a run that are read while they come. Not for several threads at once.

    Parameters
    ----------
    live
        By consumer, the producers whose chunks it takes as they come.
    tell
        Sends something to the running attempt of a task.
    later
        Calls something back after so many seconds.
    """

    def __init__(
        self,
        live: Mapping[str, Collection[str]],
        tell: Callable[[str, object], None],
        later: Callable[[float, Callable[[], None]], None],
    ) -> None:
        self._producers = {producer for producers in live.values() for producer in producers}
        self._tell = tell
        self._later = later
        self._streams: dict[str, _Stream] = {}  # by producer
        self._readers: dict[str, dict[str, _Reader]] = {}  # by consumer, by parameter

    def is_producer(self, task: str) -> bool:
        """Whether others may read the task's stream while it comes."""
        return task in self._producers

    def chunks(self, producer: str) -> tuple[str, ...]:
        """Return the ids of what the producer has stored so far."""
        return tuple(self._streams[producer].chunks)

    def begin(self, task: ExecutableTask) -> None:
        """Take note of an attempt that starts."""
        if task.task_name in self._producers:
            self._streams[task.task_name] = _Stream(task.task_name)
        for given in task.inputs if task.is_live else ():
            if given.is_open:
                reader = _Reader(task.task_name, given.parameter, self._streams[given.task_name])
                reader.stream.readers.append(reader)
                self._readers.setdefault(task.task_name, {})[given.parameter] = reader
                self._later(PATIENCE_S, partial(self._let_go_if_silent, reader))

    def stored(self, producer: str, result_id: str) -> bool:
        """Pass on that a chunk is stored; tell whether it is the first of a stream that others may read."""
        stream = self._streams.get(producer)
        if stream is None:
            return False
        stream.chunks.append(result_id)
        for reader in stream.readers:
            if reader.is_waiting:
                self._answer(reader)
        self._grant(stream)
        return len(stream.chunks) == 1

    def hear(self, consumer: str, said: Any) -> None:
        """Take a consumer's word; that of an attempt whose stream broke off is ignored."""
        reader = self._readers.get(consumer, {}).get(said.parameter)
        if reader is None:
            return
        reader.has_spoken = True
        match said:
            case ChunksTaken(position=position):
                reader.position, reader.is_holding = position, True
                self._grant(reader.stream)
            case ChunksAsked(position=position):
                reader.position, reader.is_holding, reader.is_waiting = position, True, True
                self._answer(reader)
                for other in self._readers[consumer].values():
                    self._grant(other.stream)
            case StreamLetGo():
                reader.is_holding = False
                self._grant(reader.stream)

    def end(self, task: str, *, has_result: bool) -> None:
        """Take note that an attempt has ended: it reads no more, and its stream is complete or has broken off."""
        self._forget_reader(task)
        stream = self._streams.get(task)
        if stream is None:
            return
        if not has_result:
            self._break_off(stream)
            return
        stream.has_ended = True
        for reader in stream.readers:
            if reader.is_waiting:
                self._answer(reader)

    def void(self, task: str) -> None:
        """Take note that an attempt does not count: it is told no more, and its stream has broken off."""
        self._forget_reader(task)
        if task in self._streams:
            self._break_off(self._streams[task])

    def _forget_reader(self, task: str) -> None:
        for reader in self._readers.pop(task, {}).values():
            reader.stream.readers.remove(reader)
            self._grant(reader.stream)

    def _break_off(self, stream: _Stream) -> None:
        del self._streams[stream.producer]
        for reader in stream.readers:
            self._readers.get(reader.consumer, {}).pop(reader.parameter, None)
        stream.readers.clear()
        stream.has_ended = True

    def _let_go_if_silent(self, reader: _Reader) -> None:
        if not reader.has_spoken and reader in reader.stream.readers:
            reader.is_holding = False
            self._grant(reader.stream)

    def _answer(self, reader: _Reader) -> None:
        stream = reader.stream
        fresh = tuple(stream.chunks[reader.position :])
        if fresh or stream.has_ended:
            reader.is_waiting = False
            came = ChunksCame(parameter=reader.parameter, result_ids=fresh, is_last=stream.has_ended)
            self._tell(reader.consumer, came)

    def _grant(self, stream: _Stream) -> None:
        """Let the producer store more, if it comes near to what it may."""
        if stream.has_ended or len(stream.chunks) + CHUNKS_PER_WORD < stream.may_store:
            return
        taken = [reader.position for reader in stream.readers if self._binds(reader)]
        may_store = min(taken, default=len(stream.chunks)) + LEAD_CHUNKS
        if may_store > stream.may_store:
            stream.may_store = may_store
            self._tell(stream.producer, MayStore(chunks=may_store))

    def _binds(self, reader: _Reader) -> bool:
        readers = self._readers[reader.consumer].values()
        return reader.is_holding and not any(one.is_waiting for one in readers)
