from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dpnb.errors import CorruptResultError, ResultNotFoundError
from dpnb.results import InMemoryIOManager
from dpnb.results.comparison import (
    FrameComparison,
    MatchOptions,
    StoredResult,
    StreamComparison,
    ValueComparison,
    compare_stored,
)

FRAME = pd.DataFrame({"id": [1, 2, 3], "공항": ["EWR", "JFK", "LGA"], "n": pd.array([1, None, 3], dtype="Int64")})


class CountingStore(InMemoryIOManager):
    """Counts what is loaded."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: Counter[str] = Counter()

    def load(self, run_id: str, task_name: str, task_result_id: str, digest: str | None = None) -> Any:
        self.loads[f"{run_id} {task_result_id}"] += 1
        return super().load(run_id, task_name, task_result_id, digest)


@pytest.fixture
def store() -> CountingStore:
    return CountingStore()


def stored(store: CountingStore, run: str, *values: Any, is_stream: bool = False) -> StoredResult:
    ids = [f"chunk_{at:05d}" for at in range(len(values))] if is_stream else ["result_001"]
    records = tuple(store.write(run, "task", name, value) for name, value in zip(ids, values, strict=True))
    return StoredResult(io_manager=store, records=records, is_stream=is_stream)


def compared(a: StoredResult | None, b: StoredResult | None) -> ValueComparison:
    return compare_stored(a, b, MatchOptions(), "the task")


@pytest.mark.parametrize("value", [FRAME, FRAME["n"], np.arange(5), {"x": 1}, 7, "text", pd.DataFrame()], ids=str)
def test_what_digests_call_equal_is_not_loaded(store, value):
    found = compared(stored(store, "a", value), stored(store, "b", value))
    assert found.is_equal
    assert found.changes.empty
    assert "difference" in found.changes
    found._repr_mimebundle_()
    assert "no difference" in found.summary
    assert store.loads.total() == 0


def test_equal_frames_answer_as_frames_without_being_loaded(store):
    found = compared(stored(store, "a", FRAME), stored(store, "b", FRAME))
    assert isinstance(found, FrameComparison)
    assert found.rows.common == found.rows.a == 3
    assert found.schema.loc[found.schema["part"] == "column", "dtype_a"].tolist() == ["int64", "str", "Int64"]
    assert found.summary == "no difference in 3 rows"
    assert "neither was loaded" in found.notes[0]
    assert store.loads.total() == 0


def test_what_differs_is_loaded_once(store):
    found = compared(stored(store, "a", FRAME), stored(store, "b", FRAME.replace({"공항": {"LGA": "PHL"}})))
    assert found.changes["b"].tolist() == ["PHL"]
    found._repr_mimebundle_()
    assert store.loads == {"a result_001": 1, "b result_001": 1}


def test_a_result_beside_none_is_told_without_loading_it(store):
    there = stored(store, "a", FRAME)
    assert compared(there, None).summary.startswith("only a has a result: ")
    assert compared(None, there).summary.startswith("only b has a result: ")
    assert not compared(there, None).is_equal
    assert compared(None, None).is_equal
    assert store.loads.total() == 0


def test_only_chunks_that_differ_are_loaded(store):
    a = stored(store, "a", *(FRAME.assign(n=n) for n in range(5)), is_stream=True)
    b = stored(store, "b", *(FRAME.assign(n=n if n != 3 else 99) for n in range(6)), is_stream=True)
    found = compared(a, b)
    assert isinstance(found, StreamComparison)
    assert found.chunks["change"].tolist() == ["same", "same", "same", "changed", "same", "added"]
    assert found.summary == "6 chunks: 4 same, 1 changed, 1 added"
    assert store.loads.total() == 0
    assert found.changes.reset_index()[["chunk", "id", "column", "a", "b"]].to_numpy().tolist() == [
        [3, 1, "n", 3, 99],
        [3, 2, "n", 3, 99],
        [3, 3, "n", 3, 99],
    ]
    assert store.loads == {"a chunk_00003": 1, "b chunk_00003": 1}
    assert found[0].is_equal
    assert not found[5].is_equal
    assert store.loads.total() == 2
    with pytest.raises(IndexError, match="chunks 0 to 5"):
        found[6]


def test_equal_streams_have_no_difference(store):
    found = compared(stored(store, "a", 1, 2, is_stream=True), stored(store, "b", 1, 2, is_stream=True))
    assert (found.is_equal, found.summary, found.parts()) == (True, "no difference in 2 chunks", [])
    assert found.changes.empty


def test_a_stream_beside_a_value_is_the_list_of_its_chunks(store):
    found = compared(stored(store, "a", 1, 2, is_stream=True), stored(store, "b", [1, 3]))
    assert found.changes["path"].tolist() == ["[1]"]


def test_a_stream_shows_what_changed_in_each_chunk_and_what_cannot_be_read(store):
    a = stored(store, "a", 1, 2, 3, is_stream=True)
    b = stored(store, "b", 1, 20, 30, is_stream=True)
    store.remove("b", "task", "chunk_00002")
    text = compared(a, b)._repr_mimebundle_()["text/plain"]
    assert "2 → 20" in text
    assert "No result 'chunk_00002'" in text


def test_a_value_that_is_gone_is_an_error(store):
    a, b = stored(store, "a", 1), stored(store, "b", 2)
    store.remove("b", "task", "result_001")
    with pytest.raises(ResultNotFoundError):
        compared(a, b)


def test_a_value_that_is_not_the_recorded_one_is_an_error(store):
    a, b = stored(store, "a", 1), stored(store, "b", 2)
    store.save("b", "task", "result_001", 3)
    with pytest.raises(CorruptResultError):
        compared(a, b)


def test_other_bytes_may_hold_equal_values(store):
    text = "x" * 300
    found = compared(stored(store, "a", [text, text]), stored(store, "b", [text, "".join(["x"] * 300)]))
    assert found.is_equal
    assert store.loads.total() == 2
