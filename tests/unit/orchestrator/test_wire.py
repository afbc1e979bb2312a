"""Frames survive any cut of the byte stream, and what is no frame is noticed."""

from __future__ import annotations

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dpnb.orchestrator.pool.wire import (
    HEADER,
    MAGIC,
    Frame,
    FrameReader,
    GarbledStreamError,
    Kind,
    PoolChannel,
    WorkerChannel,
)

frames = st.lists(st.tuples(st.sampled_from(Kind), st.integers(0, 2**64 - 1), st.binary(max_size=200)), max_size=8)


@given(frames, st.data())
def test_frames_come_out_as_they_went_in_however_the_stream_is_cut(sent, data):
    stream = b"".join(HEADER.pack(MAGIC, kind, call, len(payload)) + payload for kind, call, payload in sent)
    reader = FrameReader()
    received: list[Frame] = []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        received.extend(reader.feed(stream[:size]))
        stream = stream[size:]
    assert received == [Frame(*one) for one in sent]


def test_bytes_that_are_no_frame_are_noticed():
    with pytest.raises(GarbledStreamError):
        list(FrameReader().feed(b"print() to the wrong descriptor"))


@pytest.fixture
def channels():
    ours, theirs = socket.socketpair()
    pool, worker = PoolChannel(ours), WorkerChannel(theirs)
    yield pool, worker
    pool.close()
    theirs.close()


def test_a_payload_larger_than_the_socket_waits_in_the_outbox_and_arrives_whole(channels):
    pool, worker = channels
    payload = bytes(range(256)) * 20_000
    pool.send(Kind.CALL, 7, payload)
    assert pool.has_unsent
    import threading

    received: list[Frame | None] = []
    thread = threading.Thread(target=lambda: received.append(worker.receive()))
    thread.start()
    while pool.has_unsent:
        pool.flush()
    thread.join(10)
    assert received == [Frame(Kind.CALL, 7, payload)]


def test_a_closed_pool_ends_the_worker_s_wait(channels):
    pool, worker = channels
    pool.close()
    assert worker.receive() is None


def test_a_worker_sees_a_cancel_without_waiting_and_keeps_the_frames_behind_it(channels):
    pool, worker = channels
    assert not worker.poll(Kind.CANCEL, 1)
    pool.send(Kind.CANCEL, 1)
    pool.send(Kind.CALL, 2, b"next")
    assert worker.poll(Kind.CANCEL, 1)
    assert not worker.poll(Kind.CANCEL, 2)
    assert [worker.receive(), worker.receive()] == [Frame(Kind.CANCEL, 1, b""), Frame(Kind.CALL, 2, b"next")]


def test_nothing_arrived_is_not_the_end(channels):
    pool, worker = channels
    assert pool.receive() == []
    worker.send(Kind.READY)
    assert pool.receive() == [Frame(Kind.READY, 0, b"")]
