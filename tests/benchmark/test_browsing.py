"""Ten million rows of six columns, looked through: pages, sorts, filters, and the memory that they take.

dpnb reads a stored result, mapped; pandas and DuckDB have the same columns in memory already. A page is as JSON, as it
travels. Memory is that of a process of its own, at its peak, Python and its libraries included.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from dpnb.results import FilesystemIOManager
from dpnb.results.browsing import Browsed, Sort
from dpnb.results.browsing.engines import duckdb_engine
from dpnb.results.browsing.reading import Reading
from dpnb.results.browsing.sources import StoredSource

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = 10_000_000
MIDDLE = ROWS // 2
NAMES = {"run_id": "run", "task_name": "rows", "task_result_id": "result_001"}
MOST_BYTES = 300_000_000
SORTED = ["delay", "code", "name", "when"]  # fractions, few texts, nearly as many texts as rows, seconds
COLUMNS = ["id", "delay", "code", "name", "when", "kind"]

FILTERS = {
    "delay between 1 and 2": {"column": 1, "operator": "between", "low": "1", "high": "2"},
    "contains(lower(name), 'r-99')": {"column": 3, "operator": "contains", "value": "R-99"},
}


def make_rows() -> pd.DataFrame:
    random = np.random.default_rng(1)
    names = np.char.add("user-", random.integers(0, 10**9, ROWS).astype(str))
    return pd.DataFrame(
        {
            "id": np.arange(ROWS),
            "delay": random.normal(size=ROWS),
            "code": pd.array(random.integers(0, 1000, ROWS).astype(str), dtype="str"),
            "name": pd.array(names, dtype="str"),
            "when": pd.date_range("2013", periods=ROWS, freq="s"),
            "kind": pd.Categorical(random.choice(list("abcd"), ROWS)),
        }
    )


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return make_rows()


@pytest.fixture(scope="module")
def store(frame, fresh_folder) -> FilesystemIOManager:
    folder = fresh_folder()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DPNB_STATE_HOME", str(folder / "state"))
        FilesystemIOManager(folder / "runs").save(**NAMES, value=frame)
    return FilesystemIOManager(folder / "runs", trust=True)  # each test has a secret of its own


@pytest.fixture(scope="module")
def duckdb(frame) -> Any:
    """Give DuckDB with the rows as an Arrow table, as it takes them without copying."""
    engine = pytest.importorskip("duckdb")
    import pyarrow as pa

    connection = engine.connect()
    connection.register(
        "rows", pa.Table.from_pandas(frame).append_column("place", pa.array(np.arange(ROWS, dtype="u4")))
    )
    return connection


def opened(store: FilesystemIOManager) -> Browsed:
    browsed = Browsed(StoredSource(store, store.describe(**NAMES)))
    browsed.answer({"ask": "describe"})
    return browsed


def new_view(browsed: Browsed, view: dict[str, Any]) -> Callable[[], object]:
    """Return what finds the first page of a view, and forgets its rows."""

    def find() -> object:
        browsed._pagers.clear()
        return browsed.answer({"ask": "page", "limit": 100, "view": view})

    return find


def by_duckdb(store: FilesystemIOManager, sort: Sort) -> Callable[[], object]:
    """Return what sorts the mapped rows in DuckDB, part by part, as more than our own engine takes are sorted."""
    engine, table = duckdb_engine(), opened(store)._pager({}).table
    assert engine is not None
    return lambda: engine.ordered(Reading(table), None, (sort,))


@pytest.mark.benchmark(group="a page of 100 of 10 million rows")
def test_page(in_turns, benchmark, store, frame, duckdb):
    benchmark.extra_info["goal_s"] = 0.2
    browsed = opened(store)
    query = f"select * from rows limit 100 offset {MIDDLE}"

    def slice_frame() -> object:
        return frame.iloc[MIDDLE : MIDDLE + 100].to_json(date_format="iso")

    in_turns(
        lambda: json.dumps(browsed.answer({"ask": "page", "offset": MIDDLE, "limit": 100})),
        {
            "pandas iloc, to_json": slice_frame,
            "DuckDB": lambda: duckdb.execute(query).fetchall(),
        },
        rounds=10,
    )


@pytest.mark.benchmark(group="a page of 100 of 10 million sorted rows")
def test_sorted_page(in_turns, benchmark, store, duckdb):
    benchmark.extra_info["goal_s"] = 0.2
    browsed = opened(store)
    view = {"sort": [{"column": 1}]}
    query = f"select * from rows order by delay limit 100 offset {MIDDLE}"
    in_turns(
        lambda: json.dumps(browsed.answer({"ask": "page", "offset": MIDDLE, "limit": 100, "view": view})),
        {"DuckDB": lambda: duckdb.execute(query).fetchall()},
    )


@pytest.mark.benchmark(group="the order of 10 million rows")
@pytest.mark.parametrize("column", SORTED)
def test_sort(in_turns, store, frame, duckdb, column):
    find = new_view(opened(store), {"sort": [{"column": COLUMNS.index(column)}]})
    query = f'select place from rows order by "{column}", place'
    peers: dict[str, Callable[[], object]] = {"DuckDB": lambda: duckdb.execute(query).fetchnumpy()}
    peers["dpnb by DuckDB"] = by_duckdb(store, Sort(column=COLUMNS.index(column)))
    if column in {"delay", "when"}:
        peers["pandas"] = lambda: frame[column].sort_values(kind="stable").index
    in_turns(find, peers, rounds=1)


@pytest.mark.benchmark(group="which of 10 million rows")
@pytest.mark.parametrize("query", FILTERS)
def test_filter(in_turns, store, duckdb, query):
    find = new_view(opened(store), {"filters": [FILTERS[query]]})
    in_turns(find, {"DuckDB": lambda: duckdb.execute(f"select place from rows where {query}").fetchnumpy()})


CHILD = """
import sys, threading
from dpnb.results import FilesystemIOManager
from dpnb.results.browsing import Browsed
from dpnb.results.browsing.sources import StoredSource

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096

store = FilesystemIOManager(sys.argv[1], trust=True)
browsed = Browsed(StoredSource(store, store.describe("run", "rows", "result_001")))
peak, done = [0], threading.Event()

def watch():
    while not done.wait(0.002):
        peak[0] = max(peak[0], resident())

threading.Thread(target=watch).start()
for request in __import__("json").loads(sys.argv[2]):
    browsed.answer(request)
done.set()
print(max(peak[0], resident()))
"""
PAGES = [{"ask": "page", "offset": offset, "limit": 100} for offset in range(0, ROWS, ROWS // 50)]
BARS = [{"ask": "histogram", "column": column} for column in range(6)]
LOOKS = {
    "pages": PAGES,
    "bars": BARS,
    "sorted by two": [{"ask": "page", "view": {"sort": [{"column": 1}, {"column": 3}]}}],
    "searched": [{"ask": "page", "view": {"filters": [FILTERS["contains(lower(name), 'r-99')"]]}}],
    **{f"sorted by {name}": [{"ask": "page", "view": {"sort": [{"column": COLUMNS.index(name)}]}}] for name in SORTED},
}


@pytest.mark.benchmark(group="memory to look through 10 million rows")
@pytest.mark.parametrize("what", LOOKS)
@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="only Linux tells it")  # noqa: PTH110
def test_memory(benchmark, store, what):
    command = [sys.executable, "-c", CHILD, str(store.base_path), json.dumps(LOOKS[what])]
    done = benchmark.pedantic(lambda: subprocess.run(command, check=True, capture_output=True, text=True), rounds=1)
    benchmark.extra_info |= {"bytes": int(done.stdout), "goal_bytes": MOST_BYTES}
