"""What a remote store keeps on this machine: up to a limit, and nothing that it cannot do without."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from dpnb.errors import CorruptResultError
from dpnb.results import FsspecIOManager
from tests.objects import memory_url

SIZE = 100_000 * 8


def names(number: int) -> dict[str, str]:
    return {"run_id": "run_1", "task_name": "t", "task_result_id": f"result_{number:03d}"}


@pytest.fixture
def store(tmp_path) -> FsspecIOManager:
    return FsspecIOManager(memory_url(), cache=tmp_path, cache_bytes=3 * SIZE + 50_000)


def kept(folder: Path) -> list[str]:
    return sorted(path.stem for path in folder.rglob("result_*.pkl"))


def test_what_was_used_longest_ago_goes_first(store, tmp_path):
    for number in range(3):
        store.write(**names(number), value=np.arange(100_000) + number)
    assert store.load(**names(0))[0] == 0
    store.write(**names(3), value=np.arange(100_000))
    assert "result_001" not in kept(tmp_path)
    assert {"result_000", "result_003"} <= set(kept(tmp_path))
    assert store.load(**names(1))[0] == 1  # it comes again from the store
    assert "result_001" in kept(tmp_path)


def test_a_result_beyond_the_limit_is_stored_and_loaded(tmp_path):
    store = FsspecIOManager(memory_url(), cache=tmp_path, cache_bytes=1_000)
    store.write(**names(0), value=np.arange(1_000_000))
    loaded = store.load(**names(0))
    store.write(**names(1), value=np.zeros(1_000_000))
    assert loaded[-1] == 999_999  # it was mapped, and stays


def test_what_lies_there_already_is_not_fetched_again(store, monkeypatch):
    record = store.write(**names(0), value=np.arange(100_000))
    monkeypatch.setattr(store._objects, "download", lambda *_: pytest.fail("it was fetched"))
    monkeypatch.setattr(store._objects, "read", lambda *_: pytest.fail("it was looked at"))
    store._trust._trusted = True
    assert store.load(**names(0), digest=record.digest)[-1] == 99_999


def test_a_file_that_was_damaged_here_is_fetched_again(store, tmp_path):
    record = store.write(**names(0), value=np.arange(100_000))
    file = store._mirror.file(record.path)
    file.write_bytes(b"")
    assert store.load(**names(0), digest=record.digest)[-1] == 99_999


def test_bytes_that_were_changed_here_are_found(store):
    record = store.write(**names(0), value=np.arange(100_000))
    file = store._mirror.file(record.path)
    data = bytearray(file.read_bytes())
    data[1_000] ^= 1
    file.write_bytes(data)
    with pytest.raises(CorruptResultError):
        store.load(**names(0))


def test_what_dead_processes_left_is_removed_and_drafts_of_live_ones_are_not(store, tmp_path):
    store.write(**names(0), value=1)
    folder = store._mirror.folder
    dead, live = folder / ".fffffff0-0.tmp", folder / f".{os.getpid():x}-fff.tmp"
    for one in (dead, live):
        one.mkdir()
    store.tidy(run_id="run_1")
    assert (dead.exists(), live.exists()) == (False, True)


def test_two_stores_of_different_places_share_no_file(tmp_path):
    one, other = (FsspecIOManager(memory_url(), cache=tmp_path) for _ in range(2))
    one.write(**names(0), value=1)
    other.write(**names(0), value=2)
    assert (one.load(**names(0)), other.load(**names(0))) == (1, 2)


def test_the_folder_is_this_users_alone(store):
    store.write(**names(0), value=1)
    assert store._mirror.folder.stat().st_mode & 0o077 == 0
