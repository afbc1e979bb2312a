from __future__ import annotations

import pickle

import pytest

from dpnb.orchestrator.stream_messages import ChunksAsked, ChunksCame, ChunksTaken, MayStore, StreamLetGo


@pytest.mark.parametrize(
    "message",
    [
        ChunksAsked(parameter="값", position=3),
        ChunksTaken(parameter="값", position=0),
        StreamLetGo(parameter="값"),
        ChunksCame(parameter="값", result_ids=("chunk_00000",), is_last=False),
        MayStore(chunks=7),
    ],
    ids=lambda message: type(message).__name__,
)
def test_message_travels(message):
    assert pickle.loads(pickle.dumps(message, protocol=5)) == message
