from __future__ import annotations

import errno
import os
import resource
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dpnb.errors import CorruptResultError, ResultNotFoundError, UnstorableResultError
from dpnb.results import FilesystemIOManager, atomic_file, layout
from dpnb.results.adapters import filesystem
from dpnb.results.mapped_pickle import writer

NAMES = ("run", "task", "result_001")


@pytest.fixture
def store(tmp_path) -> FilesystemIOManager:
    return FilesystemIOManager(tmp_path / "store")


def files_below(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and path.name != "store.json")


class FailingDisk:
    """An ``os`` whose `function` fails from its n-th call on."""

    def __init__(self, function: str, code: int, after: int = 0) -> None:
        self._function, self._code, self._left = function, code, after

    def __getattr__(self, name: str) -> Any:
        return self._fail if name == self._function else getattr(os, name)

    def _fail(self, *args: Any, **kwargs: Any) -> Any:
        if self._left == 0:
            raise OSError(self._code, os.strerror(self._code))
        self._left -= 1
        return getattr(os, self._function)(*args, **kwargs)


def test_results_lie_where_the_seed_says(store):
    path = store.save("run_20250115_001", "extract_data", "result_001", 1)
    assert path == store.base_path / "run_20250115_001" / "extract_data" / "result_001.pkl"


def test_constructing_touches_nothing(tmp_path):
    FilesystemIOManager(tmp_path / "store")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_disk_that_fails_in_mid_write_leaves_neither_result_nor_temporary(store, monkeypatch, code, after):
    monkeypatch.setattr(writer, "os", FailingDisk("write", code, after))
    with pytest.raises(OSError, match=os.strerror(code)) as caught:
        store.save(*NAMES, [np.arange(300_000), np.arange(300_000)])
    assert caught.value.errno == code
    assert files_below(store.base_path) == []
    assert not store.exists(*NAMES)


@pytest.mark.parametrize("function", ["utime", "replace"])
def test_a_disk_that_fails_at_the_end_leaves_what_was_there(store, monkeypatch, function):
    store.save(*NAMES, "kept")
    monkeypatch.setattr(atomic_file, "os", FailingDisk(function, errno.EIO))
    with pytest.raises(OSError, match="Input/output"):
        store.save(*NAMES, ["lost"])
    assert store.load(*NAMES) == "kept"
    assert files_below(store.base_path) == ["result_001.pkl"]


@pytest.mark.parametrize("function", ["fsync"])
def test_with_power_durability_a_failing_sync_is_no_success(tmp_path, monkeypatch, function):
    store = FilesystemIOManager(tmp_path / "store", durability="power")
    monkeypatch.setattr(atomic_file, "os", FailingDisk(function, errno.EIO))
    with pytest.raises(OSError, match="Input/output"):
        store.save(*NAMES, "lost")
    assert files_below(store.base_path) == []


def test_power_durability_syncs_the_file_before_the_name_and_the_folder_after(tmp_path, monkeypatch):
    store = FilesystemIOManager(tmp_path / "store", durability="power")
    store.save("run", "task", "warm", 0)
    calls: list[str] = []

    class Recording:
        def __getattr__(self, name: str) -> Any:
            if name in ("fsync", "replace"):
                calls.append(name)
            return getattr(os, name)

    monkeypatch.setattr(atomic_file, "os", Recording())
    store.save(*NAMES, 1)
    assert calls == ["fsync", "replace", "fsync"]


def test_power_durability_syncs_the_folders_of_a_new_run_too(tmp_path, monkeypatch):
    synced: list[str] = []
    monkeypatch.setattr(layout, "sync_folder", synced.append)
    store = FilesystemIOManager(tmp_path / "store", durability="power")
    store.save(*NAMES, 1)
    store.save(*NAMES, 2)
    assert synced == [str(store.base_path), str(store.base_path / "run")]
    FilesystemIOManager(tmp_path / "other").save(*NAMES, 1)
    assert len(synced) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX limits")
def test_a_real_limit_on_file_size_is_an_os_error_that_leaves_nothing(tmp_path):
    code = (
        "import numpy as np, sys\n"
        "from dpnb.results import FilesystemIOManager\n"
        "try: FilesystemIOManager(sys.argv[1]).save('run', 'task', 'big', np.arange(1_000_000))\n"
        "except OSError as error: print(error.errno)\n"
    )
    limit = 1_000_000

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    told = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "store")],
        preexec_fn=limited,
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[4],
    )
    assert told.stdout.strip() == str(errno.EFBIG)
    assert files_below(tmp_path / "store") == []


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_a_writer_that_is_killed_before_the_rename_leaves_nothing_to_be_seen(tmp_path):
    code = (
        "import os, signal, sys\n"
        "from dpnb.results import FilesystemIOManager, atomic_file\n"
        "atomic_file.os = type('Os', (), {'__getattr__': lambda self, name: getattr(os, name),\n"
        "    'replace': lambda self, *a: os.kill(os.getpid(), signal.SIGKILL)})()\n"
        "FilesystemIOManager(sys.argv[1]).save('run', 'task', 'result_001', list(range(1000)))\n"
    )
    root = Path(__file__).parents[4]
    ended = subprocess.run([sys.executable, "-c", code, str(tmp_path / "store")], check=False, cwd=root)
    assert ended.returncode == -signal.SIGKILL
    store = FilesystemIOManager(tmp_path / "store")
    assert not store.exists(*NAMES)
    assert store.list_runs() == []
    assert store.list_results("run") == []
    store.save(*NAMES, "later")
    assert store.load(*NAMES) == "later"


def test_an_interrupt_in_mid_write_leaves_no_temporary(store, monkeypatch):
    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(writer, "os", SimpleNamespace(write=interrupt))
    with pytest.raises(KeyboardInterrupt):
        store.save(*NAMES, 1)
    assert files_below(store.base_path) == []


def test_a_value_refused_in_mid_write_leaves_no_temporary(store):
    with pytest.raises(UnstorableResultError):
        store.save(*NAMES, [np.arange(300_000), (number for number in [1])])
    assert files_below(store.base_path) == []


def test_an_os_error_of_the_values_own_code_is_the_values_fault(store):
    class Remote:
        def __reduce__(self) -> Any:
            raise ConnectionResetError("gone")

    with pytest.raises(UnstorableResultError, match="gone"):
        store.save(*NAMES, Remote())


def test_a_recursion_too_deep_for_pickle_is_said(store):
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(UnstorableResultError, match="recursion"):
        store.save(*NAMES, deep)


@pytest.mark.parametrize("level", ["run", "task", "file"])
def test_a_planted_symlink_is_not_followed(store, tmp_path, level):
    other = FilesystemIOManager(tmp_path / "other")
    target = other.save(*NAMES, "elsewhere")
    link, to = {
        "run": (store.base_path / "run", target.parents[1]),
        "task": (store.base_path / "run" / "task", target.parent),
        "file": (store.base_path / "run" / "task" / "result_001.pkl", target),
    }[level]
    store.save("first", "task", "x", 0)
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(to)
    for look in (store.load, store.describe, store.verify):
        with pytest.raises(ResultNotFoundError):
            look(*NAMES)
    assert not store.exists(*NAMES)
    assert store.list_results("run") == []
    assert store.list_runs() == ["first"]
    if level == "file":
        store.save(*NAMES, "mine")  # replaces the link itself
        assert store.load(*NAMES) == "mine"
    else:
        with pytest.raises(NotADirectoryError):
            store.save(*NAMES, "mine")
    store.clear_run("run")
    assert other.load(*NAMES) == "elsewhere"


def test_a_folder_in_the_place_of_a_result_is_no_result(store):
    store.save("run", "task", "other", 1)
    (store.base_path / "run" / "task" / "result_001.pkl").mkdir()
    assert not store.exists(*NAMES)
    assert store.list_results("run") == ["other"]


def test_true_names_are_listed_where_folders_cannot_hold_them(store):
    awkward = ["Load Data", "a/b", "판매/일별", "x" * 300, "nul\0", ""]
    for name in awkward:
        store.save(name, name, name, 1)
    again = FilesystemIOManager(store.base_path)
    assert again.list_runs() == sorted(awkward)
    for name in awkward:
        assert again.list_tasks(name) == [name]
        assert again.list_results(name, name) == [name]


@pytest.mark.parametrize("text", [None, "another", b"\xff"])
def test_a_lost_or_forged_name_is_not_made_up_and_comes_back_with_the_next_write(store, text):
    path = store.save("Run", "task", "result", 1)
    name_file = path.parents[1] / ".name"
    name_file.unlink()
    if text is not None:
        name_file.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert store.list_runs() == []
    assert store.load("Run", "task", "result") == 1
    name_file.unlink(missing_ok=True)
    FilesystemIOManager(store.base_path).save("Run", "task", "result", 2)
    assert store.list_runs() == ["Run"]


def test_a_fifo_in_the_place_of_a_result_does_not_block(store):
    path = store.save(*NAMES, 1)
    path.unlink()
    os.mkfifo(path)
    assert not store.exists(*NAMES)
    assert store.list_runs() == []


def test_a_store_moved_to_another_folder_works(store, tmp_path):
    store.save(*NAMES, pd.DataFrame({"a": range(100_000)}))
    moved = store.base_path.rename(tmp_path / "elsewhere")
    again = FilesystemIOManager(moved)
    assert len(again.load(*NAMES)) == 100_000
    assert again.describe(*NAMES).path == "run/task/result_001.pkl"


def test_a_run_cleared_by_another_process_can_be_written_again(store):
    store.save(*NAMES, 1)
    FilesystemIOManager(store.base_path).clear_run("run")
    store.save(*NAMES, 2)
    assert store.load(*NAMES) == 2


def test_clearing_takes_logs_and_notebooks_along(store):
    path = store.save(*NAMES, 1)
    (path.parent / "attempt_1.log").write_text("hello")
    (path.parents[1] / "notebook.html").write_text("<html>")
    assert store.clear_run("run") == 1
    assert files_below(store.base_path) == []


def test_a_hard_link_into_another_run_is_that_runs_result(store):
    path = store.save(*NAMES, [1, 2])
    target = store.base_path / "rerun" / "task" / "result_001.pkl"
    target.parent.mkdir(parents=True)
    os.link(path, target)
    record = store.describe("rerun", "task", "result_001")
    assert (record.run_id, record.path) == ("rerun", "rerun/task/result_001.pkl")
    store.clear_run("run")
    assert store.load("rerun", "task", "result_001") == [1, 2]


def test_permissions_follow_the_umask(store):
    before = os.umask(0o027)
    try:
        path = store.save(*NAMES, 1)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o750


def test_a_run_that_is_being_deleted_is_no_leftover_however_old_it_is(store, monkeypatch):
    store.save("run", "t", "result_001", 1)
    os.utime(store.base_path / "run", (0, 0))
    seen = []
    real = shutil.rmtree

    def rmtree(folder):
        seen.append(store.tidy())
        real(folder)

    monkeypatch.setattr(shutil, "rmtree", rmtree)
    assert store.clear_run("run") == 1
    assert seen == [[]]


def test_a_read_only_store_refuses_writes_with_the_systems_error(store, monkeypatch):
    monkeypatch.setattr(atomic_file, "os", FailingDisk("open", errno.EROFS))
    with pytest.raises(OSError, match="Read-only"):
        store.save(*NAMES, 1)


def test_facts_are_found_beside_the_writing_of_large_values_and_are_the_same(store, monkeypatch):
    frame = pd.DataFrame({"a": np.where(np.arange(300_000) % 3, 1.0, np.nan), "b": range(300_000)})
    large = store.write(*NAMES, frame).facts
    monkeypatch.setattr(filesystem, "is_large", lambda _: False)
    assert store.write(*NAMES, frame).facts == large
    assert [column.nulls for column in large.columns] == [100_000, 0]


def test_temporaries_of_the_same_name_do_not_meet(store, monkeypatch):
    path = store.save(*NAMES, 1)
    monkeypatch.setattr(atomic_file, "_numbers", iter(range(5, 100)))
    (path.parent / f".{os.getpid():x}-5.tmp").write_text("left by a process of the same id")
    store.save(*NAMES, 2)
    assert store.load(*NAMES) == 2


def test_a_small_scalar_is_checked_whole_whatever_its_files_time(store):
    written = store.write(*NAMES, value="하나")
    file = store.base_path / written.path
    data = file.read_bytes()
    file.write_bytes(data.replace("하나".encode(), "둘째".encode(), 1))
    os.utime(file, ns=(written.saved_us * 1000, written.saved_us * 1000))
    with pytest.raises(CorruptResultError):
        store.load(*NAMES)
    with pytest.raises(CorruptResultError):
        store.verify(*NAMES, sealed=True)


@pytest.mark.parametrize(("value", "file_format"), [([1, "둘"], "pickle"), (pd.DataFrame({"값": [1, 2]}), "parquet")])
def test_bytes_of_a_result_make_it_anew_in_another_store(tmp_path, value, file_format):
    here, there = FilesystemIOManager(tmp_path / "here"), FilesystemIOManager(tmp_path / "there")
    names = {"run_id": "run", "task_name": "표", "task_result_id": "result_001"}
    stored = here.write(**names, value=value, file_format=file_format)
    there.write_bytes(**names, data=here.read_bytes(**names))
    assert there.describe(**names) == stored
    there.verify("run", "표", "result_001", digest=stored.digest)
    there.trust()
    assert str(there.load(**names)) == str(value)
    damaged = bytearray(here.read_bytes(**names))
    damaged[0] ^= 1
    there.write_bytes(**names, data=bytes(damaged))
    with pytest.raises(CorruptResultError):
        there.verify("run", "표", "result_001")
