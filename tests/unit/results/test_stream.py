from __future__ import annotations

import pickle
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from dpnb.errors import ConcatenationError
from dpnb.results import FilesystemIOManager, InMemoryIOManager, Stream, chunk_id

CHUNKS = {chunk_id(n): [n, n * 10] for n in range(5)}


class Counting:
    """Loads from a dictionary and remembers what was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, result_id: str) -> list[int]:
        self.asked.append(result_id)
        return CHUNKS[result_id]


@pytest.fixture
def loads() -> Counting:
    return Counting()


@pytest.fixture
def stream(loads) -> Stream[list[int]]:
    return Stream(loads, list(CHUNKS))


def test_it_is_a_sequence(stream):
    assert isinstance(stream, Sequence)
    assert len(stream) == 5
    assert stream[0] == [0, 0]
    assert stream[-1] == [4, 40]
    assert [3, 30] in stream
    assert stream.index([2, 20]) == 2
    assert bool(stream)
    assert not Stream(CHUNKS.__getitem__, [])


def test_nothing_is_loaded_before_it_is_asked_for(stream, loads):
    len(stream), repr(stream), stream[1:], iter(stream)
    assert loads.asked == []
    next(iter(stream))
    assert loads.asked == ["chunk_00000"]


def test_it_can_be_iterated_again_and_again_and_backwards(stream):
    assert list(stream) == list(stream) == list(CHUNKS.values())
    assert list(reversed(stream)) == list(CHUNKS.values())[::-1]


def test_two_iterations_do_not_meet(stream):
    assert [(a[0], b[0]) for a in stream for b in stream] == [(a, b) for a in range(5) for b in range(5)]


def test_a_slice_is_a_stream(stream, loads):
    part = stream[1:4:2]
    assert isinstance(part, Stream)
    assert part.result_ids == ("chunk_00001", "chunk_00003")
    assert loads.asked == []
    assert list(part) == [[1, 10], [3, 30]]


def test_an_index_out_of_range_is_an_index_error(stream):
    with pytest.raises(IndexError):
        stream[5]


def concat(*chunks: Any) -> Any:
    return Stream(dict(enumerate(chunks)).__getitem__, range(len(chunks))).concat()  # type: ignore[arg-type]


def test_frames_are_put_below_each_other_with_a_new_index():
    joined = concat(pd.DataFrame({"편명": ["a", "b"]}), pd.DataFrame({"편명": ["c"]}))
    pd.testing.assert_frame_equal(joined, pd.DataFrame({"편명": ["a", "b", "c"]}))


def test_every_kind_of_chunk_is_joined_by_its_own_rule():
    assert concat(pd.Series([1]), pd.Series([2])).tolist() == [1, 2]
    assert concat(np.zeros((2, 3)), np.ones((1, 3))).shape == (3, 3)
    assert concat([1], [2, 3]) == [1, 2, 3]
    assert concat((1,), (2,)) == [1, 2]
    assert concat("a", "한") == "a한"
    assert concat(b"a", b"b") == b"ab"
    assert concat(pa.table({"a": [1]}), pa.table({"a": [2]})).to_pydict() == {"a": [1, 2]}
    batch = pa.record_batch({"a": [1]})
    assert concat(batch, batch).to_pydict() == {"a": [1, 1]}


def test_what_does_not_add_up_is_refused_with_a_way_out():
    for chunks in ([], [1, 2], [{"a": 1}]):
        with pytest.raises(ConcatenationError) as caught:
            concat(*chunks)
        assert "list(stream)" in caught.value.hint


@pytest.mark.parametrize("make", [FilesystemIOManager, lambda _: InMemoryIOManager()])
def test_stored_chunks_are_loaded_from_the_store_also_after_pickling(make, tmp_path):
    store = make(tmp_path)
    for number in range(3):
        store.save("run", "월별", chunk_id(number), pd.DataFrame({"month": [number]}))
    stream: Stream[pd.DataFrame] = Stream.stored(store, "run", "월별", store.list_results("run", "월별"))
    for each in (stream, pickle.loads(pickle.dumps(stream))):
        assert each.concat()["month"].tolist() == [0, 1, 2]
    assert repr(stream) == "<Stream of 3 chunks: task '월별' in run 'run'>"


def test_a_stored_stream_shows_its_chunks_without_loading_them(tmp_path):
    store = FilesystemIOManager(tmp_path)
    for number in range(30):
        store.save("run", "월별", chunk_id(number), pd.DataFrame({"month": [number, 0]}))
    bundle = Stream.stored(store, "run", "월별", store.list_results("run"))._repr_mimebundle_()
    assert "30 chunks" in bundle["text/plain"]
    assert "month: 19" in bundle["text/plain"]
    assert "month: 20" not in bundle["text/plain"]
    assert "<table" in bundle["text/html"]


def test_a_stream_whose_chunks_are_gone_shows_that(tmp_path):
    bundle = Stream.stored(FilesystemIOManager(tmp_path), "run", "task", ["chunk_00000"])._repr_mimebundle_()
    assert "Not readable" in bundle["text/plain"]


def test_a_stream_of_anything_shows_its_length(stream):
    assert stream._repr_mimebundle_()["text/plain"] == "Stream of 5 chunks"
    assert repr(stream[:1]) == "<Stream of 1 chunk>"
