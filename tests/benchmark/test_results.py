"""Saving and loading results, and recording them, beside the barest thing that does as much.

The goals: a 400 MB frame is saved in 1.15 times one ``write(2)`` of as many bytes to the same disk, and loaded in 3 %
of ``pickle.load``'s time. Facts and digests are found on a second core: the first goal needs one that is idle.
"""

from __future__ import annotations

import itertools
import os
import pickle
import sqlite3
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from dpnb.results import (
    AttemptRecord,
    FilesystemIOManager,
    ResultFacts,
    ResultRecord,
    RunLedger,
    TaskRunRecord,
    TaskState,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dpnb.results.rows import Change

ROWS = 5_000_000
ROUNDS = 9
SMALL = 2_000
TASKS = 200


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    """Give 400 MB: six columns of floats with gaps, two of integers, one of dates, one of codes."""
    chance = np.random.default_rng(1)
    columns: dict[str, Any] = {f"float {n}": chance.standard_normal(ROWS) for n in range(6)}
    columns["float 0"][::7] = np.nan
    columns |= {f"int {n}": chance.integers(0, 1_000, ROWS) for n in range(2)}
    columns["date"] = pd.date_range("2013", periods=ROWS, freq="s")
    columns["code"] = chance.integers(0, 100, ROWS)
    made = pd.DataFrame(columns)
    assert made.memory_usage(index=False).sum() == 400_000_000
    return made


@pytest.fixture
def store(tmp_path) -> FilesystemIOManager:
    made = FilesystemIOManager(tmp_path / "store")
    made.save("run", "task", "warm", np.zeros(10))
    return made


def fresh_file(folder: Path) -> Callable[[], tuple[tuple[Path], dict[str, Any]]]:
    """Return a set-up that deletes the last round's file, so that no round waits for an earlier one's pages."""
    numbers = itertools.count()

    def prepare() -> tuple[tuple[Path], dict[str, Any]]:
        number = next(numbers)
        (folder / f"{number - 1}.pkl").unlink(missing_ok=True)
        return (folder / f"{number}.pkl",), {}

    return prepare


@pytest.mark.benchmark(group="save a 400 MB frame")
def test_save_frame(benchmark, store, frame):
    def save(path: Path) -> None:
        store.save("run", "task", path.stem, frame)

    benchmark.extra_info["goal_ratio"] = 1.15
    folder = store.base_path / "run" / "task"
    benchmark.pedantic(save, setup=fresh_file(folder), rounds=ROUNDS, warmup_rounds=1)


@pytest.mark.benchmark(group="save a 400 MB frame")
def test_one_write_peer(benchmark, tmp_path):
    payload = memoryview(np.random.default_rng(2).standard_normal(50_000_000)).cast("B")

    def write(path: Path) -> None:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        assert os.write(fd, payload) == 400_000_000
        os.close(fd)

    benchmark.extra_info["peer"] = "one write(2)"
    benchmark.pedantic(write, setup=fresh_file(tmp_path), rounds=ROUNDS, warmup_rounds=1)


@pytest.mark.benchmark(group="load a 400 MB frame")
def test_load_frame(benchmark, store, frame):
    store.save("run", "task", "frame", frame)
    benchmark.extra_info["goal_ratio"] = 0.03
    loaded = benchmark.pedantic(store.load, args=("run", "task", "frame"), rounds=ROUNDS, warmup_rounds=1)
    assert loaded.shape == frame.shape


@pytest.mark.benchmark(group="load a 400 MB frame")
def test_pickle_load_peer(benchmark, store, frame):
    path = store.save("run", "task", "frame", frame)

    def load() -> Any:
        with path.open("rb") as file:
            return pickle.load(file)

    benchmark.extra_info["peer"] = "pickle.load"
    loaded = benchmark.pedantic(load, rounds=ROUNDS, warmup_rounds=1)
    assert loaded.shape == frame.shape


@pytest.mark.benchmark(group=f"save {SMALL:,} small results")
def test_save_small(benchmark, store):
    rounds = itertools.count()

    def save() -> None:
        run = f"run_{next(rounds)}"
        for number in range(SMALL):
            store.save(run, "task", f"chunk_{number:05d}", number)

    benchmark.pedantic(save, rounds=5, warmup_rounds=1)


@pytest.mark.benchmark(group=f"save {SMALL:,} small results")
def test_pickle_and_rename_peer(benchmark, tmp_path):
    rounds = itertools.count()

    def save() -> None:
        folder = tmp_path / f"run_{next(rounds)}"
        folder.mkdir()
        for number in range(SMALL):
            path = f"{folder}/chunk_{number:05d}.pkl"
            with open(f"{path}.tmp", "wb") as file:  # noqa: PTH123
                pickle.dump(number, file)
            os.rename(f"{path}.tmp", path)  # noqa: PTH104

    benchmark.extra_info["peer"] = "pickle.dump + rename"
    benchmark.pedantic(save, rounds=5, warmup_rounds=1)


@pytest.mark.benchmark(group=f"load {SMALL:,} small results")
def test_load_small(benchmark, store):
    for number in range(SMALL):
        store.save("run", "task", f"chunk_{number:05d}", number)

    def load() -> int:
        return sum(store.load("run", "task", f"chunk_{number:05d}") for number in range(SMALL))

    assert benchmark.pedantic(load, rounds=5, warmup_rounds=1) == sum(range(SMALL))


@pytest.mark.benchmark(group=f"load {SMALL:,} small results")
def test_pickle_load_small_peer(benchmark, store):
    paths = [store.save("run", "task", f"chunk_{number:05d}", number) for number in range(SMALL)]

    def load() -> int:
        total = 0
        for path in paths:
            with path.open("rb") as file:
                total += pickle.load(file)
        return total

    benchmark.extra_info["peer"] = "pickle.load"
    assert benchmark.pedantic(load, rounds=5, warmup_rounds=1) == sum(range(SMALL))


def changes(run_id: str) -> list[Change]:
    """Return what 200 finished tasks leave: a row in each of three tables."""
    facts = ResultFacts(type="pandas.DataFrame", text="a result")
    done: dict[str, Any] = {"state": TaskState.SUCCEEDED, "started_us": 10**15, "finished_us": 10**15 + 9, "cpu_s": 0.1}
    made: list[Change] = []
    for number in range(TASKS):
        names: dict[str, Any] = {"run_id": run_id, "task": f"task_{number}"}
        made.append(TaskRunRecord(**names, position=number, attempts=1, duration_s=0.5, **done))
        made.append(AttemptRecord(**names, attempt=1, duration_s=0.5, worker_pid=4711, **done))
        path, digest = f"{run_id}/task_{number}/result_001.pkl", f"{number:032x}"
        made.append(ResultRecord(**names, result_id="result_001", path=path, size_bytes=9, digest=digest, facts=facts))
    return made


@pytest.mark.benchmark(group=f"record {TASKS} finished tasks")
def test_record_tasks(benchmark, tmp_path):
    ledger = RunLedger(tmp_path / "ledger.db")
    runs = itertools.count()
    benchmark.pedantic(ledger.record, setup=lambda: ((changes(f"run_{next(runs)}"),), {}), rounds=30, warmup_rounds=3)
    assert len(ledger.task_runs("run_5")) == TASKS


@pytest.mark.benchmark(group=f"record {TASKS} finished tasks")
def test_sqlite_insert_peer(benchmark, tmp_path):
    """Plain inserts of the same number of rows and values from tuples, which neither replace nor convert anything."""
    connection = sqlite3.connect(tmp_path / "peer.db")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    for table in ("tasks", "attempts", "results"):
        connection.execute(
            f"CREATE TABLE {table} (a, b, c, d, e, f, g, h, i, j, k, l, PRIMARY KEY (a, b)) WITHOUT ROWID"
        )
    runs = itertools.count()

    def rows() -> tuple[tuple[list[tuple[Any, ...]]], dict[str, Any]]:
        run = f"run_{next(runs)}"
        return (
            [
                (run, f"task_{n}", n, "succeeded", 10**15, 0.5, 0.1, 1, 4711, "", f"{n:032x}", "{}")
                for n in range(TASKS)
            ],
        ), {}

    def insert(rows: list[tuple[Any, ...]]) -> None:
        with connection:
            for table in ("tasks", "attempts", "results"):
                connection.executemany(f"INSERT INTO {table} VALUES (?,?,?,?,?,?,?,?,?,?,?,?)", rows)

    benchmark.extra_info["peer"] = "sqlite3 insert"
    benchmark.pedantic(insert, setup=rows, rounds=30, warmup_rounds=3)
    connection.close()
