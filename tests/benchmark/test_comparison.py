"""Comparing two frames of 5 million rows in which 1,000 cells changed, beside what pandas offers for it.

pandas' `DataFrame.compare` wants both frames labelled alike, so the peer sets the key as the index, and brings the rows
of the second frame into the order of the first where they stand in another. It pairs no rows that only one frame has,
knows no tolerance, and tells of no schema.
"""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from dpnb.results import FilesystemIOManager
from dpnb.results.comparison import MatchOptions, StoredResult, compare_stored, compare_values

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = 5_000_000
CHANGED = 1_000
IN_PLACE = pytest.mark.benchmark(group=f"find {CHANGED:,} changed cells in {ROWS:,} rows")
SHUFFLED = pytest.mark.benchmark(group=f"find {CHANGED:,} changed cells in {ROWS:,} rows, shuffled")
STORED = pytest.mark.benchmark(group=f"find {CHANGED:,} changed cells in {ROWS:,} stored rows")
MEMORY = pytest.mark.benchmark(group=f"memory of comparing {ROWS:,} rows, beside the frames")


@pytest.fixture(scope="module")
def frames() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give ten columns (a key, floats with gaps, integers, instants, texts, categories), and a copy with edits."""
    chance = np.random.default_rng(1)
    columns: dict[str, Any] = {"id": np.arange(ROWS)}
    columns |= {f"float {n}": chance.standard_normal(ROWS) for n in range(5)}
    columns["float 0"][::7] = np.nan
    columns["number"] = chance.integers(0, 1_000, ROWS)
    columns["instant"] = pd.date_range("2013", periods=ROWS, freq="s")
    columns["text"] = pd.Series([f"name {n}" for n in range(500)]).take(chance.integers(0, 500, ROWS)).to_numpy()
    columns["category"] = pd.Categorical(np.array(list("abcde"))[chance.integers(0, 5, ROWS)])
    made = pd.DataFrame(columns)
    edited = made.copy()
    for column in range(5):
        rows = chance.choice(ROWS, CHANGED // 5, replace=False)
        edited.iloc[rows, column + 1] = 1e6
    return made, edited


def found_by_dpnb(a: pd.DataFrame, b: pd.DataFrame) -> None:
    assert len(compare_values(a, b).changes) == CHANGED


def found_by_pandas(a: pd.DataFrame, b: pd.DataFrame) -> None:
    a, b = a.set_index("id"), b.set_index("id")
    assert a.compare(b if a.index.equals(b.index) else b.reindex(a.index)).notna().sum().sum() >= CHANGED


@IN_PLACE
def test_rows_in_their_places(in_turns: Callable[..., None], benchmark, frames):
    benchmark.extra_info |= {"goal_s": 1, "goal_ratio": 1}
    in_turns(lambda: found_by_dpnb(*frames), {"pandas compare": lambda: found_by_pandas(*frames)})


@SHUFFLED
def test_rows_in_another_order(in_turns: Callable[..., None], benchmark, frames):
    a, b = frames[0], frames[1].sample(frac=1, random_state=1).reset_index(drop=True)
    benchmark.extra_info |= {"goal_s": 5, "goal_ratio": 1}
    in_turns(lambda: found_by_dpnb(a, b), {"pandas compare": lambda: found_by_pandas(a, b)})


@STORED
def test_stored_frames(in_turns: Callable[..., None], benchmark, frames, fresh_folder):
    store = FilesystemIOManager(fresh_folder())
    records = [store.write(run, "task", "result_001", frame) for run, frame in zip("ab", frames, strict=True)]
    a, b = (StoredResult(io_manager=store, records=(record,)) for record in records)
    paths = [store.base_path / record.path for record in records]

    def by_dpnb() -> None:
        assert len(compare_stored(a, b, MatchOptions()).changes) == CHANGED

    benchmark.extra_info |= {"goal_s": 1, "goal_ratio": 1}
    in_turns(by_dpnb, {"pandas read, compare": lambda: found_by_pandas(*map(pd.read_pickle, paths))})


@MEMORY
def test_memory_beside_the_frames(benchmark, frames):
    tracemalloc.start()
    try:
        benchmark.pedantic(found_by_dpnb, args=frames, rounds=1)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    benchmark.extra_info |= {"bytes": peak, "goal_bytes": 100_000_000}
