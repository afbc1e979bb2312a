"""What is said about a stream while its producer and its consumers run beside each other.

::

    producer ──ChunkStored──▶ driver ──ChunksCame──▶ consumer
             ◀──MayStore─────        ◀──ChunksAsked, ChunksTaken, StreamLetGo──

Chunks themselves never travel: a consumer is told under which ids they lie in the store.
"""

from __future__ import annotations

from dataclasses import dataclass

from dpnb.results.records import PickledByPosition

LEAD_CHUNKS = 16
"""How many chunks a producer may have stored that its slowest running consumer has not taken yet."""

CHUNKS_PER_WORD = LEAD_CHUNKS // 4
"""How many chunks a consumer takes before it says so, and how close to its lead a producer comes before it is given
more: so that neither has to wait for the other's word where both keep pace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunksAsked(PickledByPosition):
    """A consumer has taken the first `position` chunks, knows of no more, and waits for the next."""

    parameter: str
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunksTaken(PickledByPosition):
    """A consumer has taken the first `position` chunks and is at work."""

    parameter: str
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamLetGo(PickledByPosition):
    """A consumer has left its loop over a stream; it may come back to it."""

    parameter: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunksCame(PickledByPosition):
    """The answer to `ChunksAsked`: the ids of what has been stored since, none where the stream has ended."""

    parameter: str
    result_ids: tuple[str, ...]
    is_last: bool  # whether no more will come


@dataclass(frozen=True, slots=True, kw_only=True)
class MayStore(PickledByPosition):
    """A producer may store so many chunks in all."""

    chunks: int
