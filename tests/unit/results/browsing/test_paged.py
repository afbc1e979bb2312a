"""Looking through a large table in a remote store: the right cells, and little else is fetched."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from dpnb.errors import CorruptResultError
from dpnb.results import FsspecIOManager
from dpnb.results.browsing import Browsed
from dpnb.results.browsing.sources import StoredSource, ValueSource
from tests.objects import memory_url

NAMES = {"run_id": "run_1", "task_name": "t", "task_result_id": "result_001"}
ROWS = 250_000


@pytest.fixture
def store(tmp_path) -> FsspecIOManager:
    return FsspecIOManager(memory_url(), cache=tmp_path)


class Counted:
    """Counts what is read of a store's objects."""

    def __init__(self, store: FsspecIOManager, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bytes = 0
        read = store._objects.read

        def counting(key: str, start: int, end: int) -> bytes:
            self.bytes += end - start
            return read(key, start, end)

        monkeypatch.setattr(store._objects, "read", counting)
        monkeypatch.setattr(store._objects, "download", lambda *_: pytest.fail("all of it was fetched"))


def opened(store: FsspecIOManager, value: Any) -> Browsed:
    record = store.write(**NAMES, value=value)
    store._mirror.clear("run_1")
    return Browsed(StoredSource(store, record))


@cache
def frame() -> pd.DataFrame:
    numbers: Any = np.arange(ROWS)
    categories: Any = ["가", "나", "다"]
    return pd.DataFrame(
        {
            "a": numbers,
            "b": numbers / 2,
            "편명": [f"가{number}" if number % 7 else None for number in range(ROWS)],
            "t": pd.date_range("2020", periods=ROWS, freq="s"),
            "c": pd.Categorical.from_codes(numbers % 3, categories=categories),
            "m": pd.Series(numbers).astype("Int64"),
            "f": pd.Series(numbers % 2 == 0).astype(pd.ArrowDtype(pa.bool_())),
        }
    )


VALUES: dict[str, Callable[[], Any]] = {
    "frame": frame,
    "frame with an index": lambda: frame().set_index("t"),
    "frame with two levels": lambda: frame().set_index(["c", "a"]),
    "series": lambda: pd.concat([frame()["편명"]] * 3),
    "array": lambda: np.arange(ROWS * 8.0).reshape(ROWS, 8),
    "arrow": lambda: pa.table({"n": np.arange(ROWS * 4), "t": [str(number) for number in range(ROWS * 4)]}),
}
QUESTIONS: list[dict[str, Any]] = [
    {"ask": "page", "offset": 123_456, "limit": 5},
    {"ask": "page", "offset": ROWS - 2, "limit": 5},
    {"ask": "page", "offset": 0, "limit": 3},
]


@pytest.mark.parametrize("kind", VALUES)
def test_pages_are_what_they_are_of_the_value_itself_and_little_is_fetched(kind, store, monkeypatch):
    value = VALUES[kind]()
    browsed, expected = opened(store, value), Browsed(ValueSource(value))
    counted = Counted(store, monkeypatch)
    for question in QUESTIONS:
        assert browsed.answer(question) == expected.answer(question)
    assert counted.bytes < 0.75 * store.describe(**NAMES).size_bytes


def test_a_page_of_a_large_frame_takes_a_small_part_of_it(store, monkeypatch):
    browsed = opened(store, pd.DataFrame(np.zeros((1_000_000, 10)), columns=[f"c{n}" for n in range(10)]))
    counted = Counted(store, monkeypatch)
    page = browsed.answer({"ask": "page", "offset": 500_000, "limit": 100, "columns": [2, 3]})
    assert page["total"] == 1_000_000
    assert counted.bytes < 1_000_000  # of 80 MB


@pytest.mark.parametrize("view", [{"sort": [{"column": 1, "descending": True}]}])
def test_sorting_and_histograms_fetch_their_column_alone(store, monkeypatch, view):
    value = frame()
    browsed, expected = opened(store, value), Browsed(ValueSource(value))
    counted = Counted(store, monkeypatch)
    question = {"ask": "page", "offset": 10, "limit": 3, "view": view, "columns": [0, 1]}
    assert browsed.answer(question) == expected.answer(question)
    histogram = {"ask": "histogram", "column": 1}
    assert browsed.answer(histogram) == expected.answer(histogram)
    assert counted.bytes < 4_000_000  # a column of 2 MB, of 15 MB


def test_an_object_that_was_replaced_meanwhile_is_not_mixed_up_with_what_came_before(store):
    browsed = opened(store, pd.DataFrame({"a": np.zeros(2_000_000)}))
    assert browsed.answer({"ask": "page", "offset": 0, "limit": 1})["cells"] == [["0"]]
    store.write(**NAMES, value=pd.DataFrame({"a": np.ones(2_000_000)}))
    with pytest.raises(CorruptResultError):
        browsed.answer({"ask": "page", "offset": 1_500_000, "limit": 1})


def test_what_cannot_be_paged_is_loaded(store):
    value = pd.DataFrame({"a": pd.arrays.SparseArray(np.arange(2_000_000.0)), "b": np.arange(2_000_000)})
    browsed = opened(store, value)
    assert browsed.answer({"ask": "page", "offset": 7, "limit": 1})["cells"] == [["7"], ["7"]]
