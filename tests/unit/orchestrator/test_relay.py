"""What is told to whom while streams are read as they come."""

from __future__ import annotations

import pytest

from dpnb.orchestrator.executable import ExecutableTask, TaskInput
from dpnb.orchestrator.relay import PATIENCE_S, Relay
from dpnb.orchestrator.stream_messages import (
    CHUNKS_PER_WORD,
    LEAD_CHUNKS,
    ChunksAsked,
    ChunksCame,
    ChunksTaken,
    MayStore,
    StreamLetGo,
)
from dpnb.registry import TaskKind


def attempt(name, *open_inputs, stored=0):
    ids = tuple(f"chunk_{i}" for i in range(stored))
    inputs = tuple(
        TaskInput(parameter=up, run_id="run", task_name=up, result_ids=ids, is_stream=True, is_open=True)
        for up in open_inputs
    )
    return ExecutableTask(
        run_id="run",
        task_name=name,
        task_result_id="result_001",
        attempt=1,
        function=b"",
        kind=TaskKind.GENERATOR,
        inputs=inputs,
        is_live=bool(inputs),
    )


class Post:
    """A relay, what it has told, and what it wants to do later."""

    def __init__(self, live) -> None:
        self.told: list[tuple[str, object]] = []
        self.due: list[tuple[float, object]] = []
        self.relay = Relay(live, lambda task, said: self.told.append((task, said)), lambda *due: self.due.append(due))

    def store(self, producer, count=1):
        before = len(self.relay.chunks(producer))
        for i in range(before, before + count):
            self.relay.stored(producer, f"chunk_{i}")

    def leave(self, producer):
        """Return how many chunks the producer was last told that it may store."""
        said = [message.chunks for task, message in self.told if task == producer and isinstance(message, MayStore)]
        return said[-1] if said else LEAD_CHUNKS


@pytest.fixture
def post():
    post = Post({"c": ("p",)})
    post.relay.begin(attempt("p"))
    return post


def test_only_the_first_chunk_of_a_stream_that_is_read_live_is_the_first(post):
    assert post.relay.stored("p", "chunk_0")
    assert not post.relay.stored("p", "chunk_1")
    assert not post.relay.stored("other", "chunk_0")


def test_producer_that_nobody_reads_yet_is_given_more_before_it_has_to_wait(post):
    post.store("p", LEAD_CHUNKS - CHUNKS_PER_WORD - 1)
    assert post.told == []
    post.store("p")
    assert post.leave("p") == 2 * LEAD_CHUNKS - CHUNKS_PER_WORD


def test_producer_gets_as_far_ahead_as_the_slowest_consumer_allows():
    post = Post({"c": ("p",), "d": ("p",)})
    post.relay.begin(attempt("p"))
    post.store("p")
    for name in "cd":
        post.relay.begin(attempt(name, "p", stored=1))
        post.relay.hear(name, ChunksTaken(parameter="p", position=0))
    post.store("p", LEAD_CHUNKS - 1)
    post.relay.hear("c", ChunksTaken(parameter="p", position=8))
    assert post.leave("p") == LEAD_CHUNKS
    post.relay.hear("d", ChunksTaken(parameter="p", position=4))
    assert post.leave("p") == LEAD_CHUNKS + 4
    post.store("p", 4)
    post.relay.end("d", has_result=True)
    assert post.leave("p") == LEAD_CHUNKS + 8


def test_consumer_that_waits_is_told_of_a_chunk_when_it_comes_and_of_the_end(post):
    post.store("p")
    post.relay.begin(attempt("c", "p", stored=1))
    post.relay.hear("c", ChunksAsked(parameter="p", position=1))
    assert post.told == []
    post.store("p")
    post.relay.hear("c", ChunksAsked(parameter="p", position=2))
    post.relay.end("p", has_result=True)
    assert post.told == [
        ("c", ChunksCame(parameter="p", result_ids=("chunk_1",), is_last=False)),
        ("c", ChunksCame(parameter="p", result_ids=(), is_last=True)),
    ]


def test_stream_that_was_let_go_binds_nobody_until_it_is_asked_for_again(post):
    post.store("p")
    post.relay.begin(attempt("c", "p", stored=1))
    post.relay.hear("c", ChunksTaken(parameter="p", position=0))
    post.store("p", LEAD_CHUNKS - 1)
    post.relay.hear("c", StreamLetGo(parameter="p"))
    assert post.leave("p") == 2 * LEAD_CHUNKS
    post.relay.hear("c", ChunksTaken(parameter="p", position=4))
    post.store("p", LEAD_CHUNKS)
    assert post.leave("p") == 2 * LEAD_CHUNKS


def test_consumer_that_keeps_silent_binds_for_a_moment_only(post):
    post.store("p")
    post.relay.begin(attempt("c", "p", stored=1))
    post.store("p", LEAD_CHUNKS - 1)
    assert post.leave("p") == LEAD_CHUNKS
    [(delay_s, action)] = post.due
    assert delay_s == PATIENCE_S
    action()
    assert post.leave("p") == 2 * LEAD_CHUNKS


def test_word_of_an_attempt_whose_stream_broke_off_is_not_answered(post):
    post.store("p")
    post.relay.begin(attempt("c", "p", stored=1))
    post.relay.end("p", has_result=False)
    post.relay.begin(attempt("p"))  # again
    post.store("p", 3)
    post.relay.hear("c", ChunksAsked(parameter="p", position=1))
    assert post.told == []


def test_void_transform_is_told_nothing_and_its_readers_neither():
    post = Post({"t": ("p",), "c": ("t",)})
    for name, upstream in [("p", ()), ("t", ("p",)), ("c", ("t",))]:
        post.relay.begin(attempt(name, *upstream))
    post.relay.hear("c", ChunksAsked(parameter="t", position=0))
    post.relay.void("t")
    assert not post.relay.stored("t", "chunk_0")
    assert post.told == []
