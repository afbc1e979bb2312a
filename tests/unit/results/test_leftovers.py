"""Only what the dead left is removed, and only where it lies."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from dpnb import Workspace
from dpnb.results import FilesystemIOManager
from dpnb.results.atomic_file import AtomicFile, temporary_path
from dpnb.results.leftovers import remove_leftovers


@pytest.fixture
def store(tmp_path: Path) -> FilesystemIOManager:
    store = FilesystemIOManager(tmp_path / "store")
    for task in ("a", "b"):
        store.save("run", task, "result_001", 1)
    return store


@pytest.fixture(scope="module")
def dead() -> int:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


def leave(folder: Path, pid: int, number: int = 0) -> Path:
    path = folder / f".{pid:x}-{number:x}.tmp"
    path.write_bytes(b"half")
    return path


def test_temporary_files_of_the_dead_are_removed_and_nothing_else(store, dead):
    folder = store.base_path / "run"
    left = [leave(folder, dead), leave(folder / "a", dead), leave(folder / "a", dead, 255)]
    ours = leave(folder / "a", os.getpid())
    other = folder / "a" / ".notes.tmp"
    other.write_bytes(b"")
    assert sorted(store.tidy("run")) == sorted(map(str, left))
    assert ours.exists()
    assert other.exists()
    assert store.load("run", "a", "result_001") == 1


def test_one_task_is_tidied_on_its_own(store, dead):
    a, b = (leave(store.base_path / "run" / task, dead) for task in ("a", "b"))
    assert store.tidy("run", "a") == [str(a)]
    assert b.exists()


def test_the_names_of_files_being_written_are_known(tmp_path, dead, monkeypatch):
    with AtomicFile(str(tmp_path)):
        assert remove_leftovers(str(tmp_path), depth=0) == []
    with monkeypatch.context() as patched:
        patched.setattr("dpnb.results.atomic_file.own_pid", lambda: dead)
        path = temporary_path(str(tmp_path))
    Path(path).write_bytes(b"")
    assert remove_leftovers(str(tmp_path), depth=0) == [path]


def test_a_file_older_than_the_process_of_its_id_is_another_s(tmp_path):
    left = leave(tmp_path, os.getpid())
    os.utime(left, (1, 1))
    assert remove_leftovers(str(tmp_path), depth=0) == [str(left)]


def test_half_deleted_folders_go_and_links_are_not_followed(tmp_path, dead):
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").write_bytes(b"")
    store = tmp_path / "store"
    doomed = store / f".{dead:x}-0.tmp"
    doomed.mkdir(parents=True)
    (doomed / "file").write_bytes(b"")
    (store / f".{dead:x}-1.tmp").symlink_to(kept)
    (store / "run").symlink_to(kept)
    remove_leftovers(str(store), depth=2)
    assert [path.name for path in store.iterdir()] == ["run"]
    assert (kept / "file").exists()


@pytest.mark.parametrize("task", [None, "a"])
def test_a_planted_link_leads_no_removal_out_of_the_store(tmp_path, dead, task):
    outside = tmp_path / "outside"
    (outside / "a").mkdir(parents=True)
    left = [leave(outside, dead), leave(outside / "a", dead)]
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "run").symlink_to(outside)
    assert FilesystemIOManager(tmp_path / "store").tidy("run", task) == []
    assert all(path.exists() for path in left)


def test_what_a_process_left_that_died_while_it_made_the_store_is_removed_with_its_run(home):
    script = """
        import os, signal
        from dpnb import Workspace
        from dpnb.results import RunRecord, RunStatus

        result = {"run_id": "run", "task_name": "a", "task_result_id": "result_001", "value": 1}
        Workspace(os.environ["DPNB_HOME"] + "-before").io_manager.save(**result)  # makes the user's secret
        workspace = Workspace(os.environ["DPNB_HOME"])
        workspace.base_path.mkdir(parents=True)
        workspace.ledger.begin(RunRecord(run_id="run", dag_id="d", status=RunStatus.RUNNING, started_us=1))
        os.link = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
        workspace.io_manager.save(**result)
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=False, timeout=60)
    workspace = Workspace(home)
    assert [path.name for path in workspace.base_path.rglob("*.tmp")] != []
    assert workspace.runs()["status"].tolist() == ["interrupted"]
    assert [path.name for path in workspace.base_path.rglob("*.tmp")] == []
