"""A consumer's iterator and its mail, with a channel on which everything is said at once."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Generator, Iterator
from typing import Any

import pytest

from dpnb.errors import StreamBrokenError
from dpnb.orchestrator.executable import TaskInput
from dpnb.orchestrator.stream_messages import (
    CHUNKS_PER_WORD,
    ChunksAsked,
    ChunksCame,
    ChunksTaken,
    MayStore,
    StreamLetGo,
)
from dpnb.orchestrator.worker.chunks import Chunks
from dpnb.orchestrator.worker.mail import Mail


class FakeChannel:
    """Answers questions with what is `coming`, batch by batch; is cancelled when nothing more comes."""

    def __init__(self, *coming: tuple[str, ...]) -> None:
        self.said: list[Any] = []
        self.coming = deque(coming)
        self.told: deque[object] = deque()

    def message(self, content: object) -> None:
        self.said.append(content)
        if isinstance(content, ChunksAsked) and self.coming:
            ids = self.coming.popleft()
            self.told.append(ChunksCame(parameter=content.parameter, result_ids=ids, is_last=not self.coming))

    def receive(self, timeout: float) -> object:  # noqa: ARG002 - the channel's
        return self.told.popleft() if self.told else None

    def cancelled(self) -> bool:
        return not self.told and not self.coming


def given(*result_ids, is_open=True):
    return TaskInput(
        parameter="parts", run_id="run", task_name="p", result_ids=result_ids, is_stream=True, is_open=is_open
    )


def chunks(channel, *known, is_open=True):
    return Chunks(given(*known, is_open=is_open), str.upper, Mail(channel, None))


def test_chunks_come_in_order_those_that_are_known_first():
    channel = FakeChannel(("b", "c"), ("d",), ())
    assert list(chunks(channel, "a")) == ["A", "B", "C", "D"]
    assert [said.position for said in channel.said if isinstance(said, ChunksAsked)] == [1, 3, 4]


def test_ended_stream_is_read_without_a_word():
    channel = FakeChannel()
    assert list(chunks(channel, "a", "b", is_open=False)) == ["A", "B"]
    assert channel.said == []


def test_it_says_that_it_is_at_work_and_how_far_it_is():
    channel = FakeChannel(("x",))
    ahead = chunks(channel, *"abcdefgh")
    assert channel.said == [ChunksTaken(parameter="parts", position=0)]
    for _ in range(2 * CHUNKS_PER_WORD):
        next(ahead)
    assert [said.position for said in channel.said] == [0, CHUNKS_PER_WORD, 2 * CHUNKS_PER_WORD]


def test_only_the_last_loop_that_is_left_lets_go_of_the_stream():
    channel = FakeChannel(("x",))
    parts = chunks(channel, "a", "b", "c")
    for _ in parts:
        for _ in parts:
            break
        assert StreamLetGo(parameter="parts") not in channel.said
        break
    assert channel.said[-1] == StreamLetGo(parameter="parts")
    assert next(parts) == "C"


def test_closed_stream_has_no_more_chunks():
    channel = FakeChannel(("x",))
    parts = chunks(channel, "a", "b")
    parts.close()
    assert channel.said[-1] == StreamLetGo(parameter="parts")
    assert list(parts) == []
    with pytest.raises(KeyError):
        parts.throw(KeyError("mine"))


def test_it_is_an_iterator_and_a_generator_to_whoever_asks():
    parts = chunks(FakeChannel(), is_open=False)
    assert isinstance(parts, Iterator)
    assert isinstance(parts, Generator)


def test_stream_that_breaks_off_raises_where_it_is_read():
    with pytest.raises(StreamBrokenError):
        list(chunks(FakeChannel(), "a"))


def test_attempt_that_is_over_says_nothing_more():
    channel = FakeChannel(("x",), ())
    mail = Mail(channel, None)
    loop = iter(Chunks(given("a", "b"), str.upper, mail))
    next(loop)
    mail.close()
    said = list(channel.said)
    loop.close()
    assert channel.said == said


def test_producer_waits_until_it_may_store_more():
    channel = FakeChannel(("x",))
    mail = Mail(channel, 2)
    mail.await_leave(1)
    channel.told.append(MayStore(chunks=5))
    mail.await_leave(2)
    assert not channel.told
    mail.await_leave(4)
    channel.coming.clear()
    with pytest.raises(StreamBrokenError):
        mail.await_leave(5)


class SlowChannel(FakeChannel):
    """Lets several threads wait before anything is told."""

    def __init__(self) -> None:
        super().__init__(("x",))
        self.is_open = threading.Event()

    def receive(self, timeout: float) -> object:
        return super().receive(timeout) if self.is_open.wait(timeout) else None


def test_what_one_thread_hears_reaches_the_other_that_waits_for_it():
    channel = SlowChannel()
    mail = Mail(channel, 1)
    came: list[object] = []

    def wait_for_leave() -> None:
        mail.await_leave(1)
        came.append("leave")

    threads = [
        threading.Thread(target=lambda: came.append(mail.ask_for_chunks("parts", 0)), daemon=True),
        threading.Thread(target=wait_for_leave, daemon=True),
    ]
    for thread in threads:
        thread.start()
    while not channel.told:
        threading.Event().wait(0.001)
    channel.coming.append(())
    channel.told.append(MayStore(chunks=2))
    channel.is_open.set()
    for thread in threads:
        thread.join(10)
    assert len(came) == 2
    assert ChunksCame(parameter="parts", result_ids=("x",), is_last=True) in came
    assert "leave" in came
