"""Disks that fill up, files that rot, ledgers that break, stores that move: what was stored stays, and all is said."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from dpnb import InlineExecutor, Orchestrator, Workspace, get_run
from dpnb.errors import LedgerCorruptError, LedgerError, PlanMismatchError, RunCrashedError
from dpnb.planner import DAGBuilder, Planner
from dpnb.registry import TaskRegistry, task
from dpnb.results import FilesystemIOManager, RunStatus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dpnb.orchestrator import Run

pytestmark = pytest.mark.integration


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a file system of 4 MiB; skip where none can be mounted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Use up the last byte of a disk."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1):
            try:
                while file.write(bytes(size)) == size:
                    pass
            except OSError:
                continue
    return filler


@pytest.fixture
def registry():
    return TaskRegistry()


def start(registry: TaskRegistry, home: Path, *, workers: int | None = None) -> Run:
    plan = Planner(DAGBuilder(registry)).create_execution_plan()
    workspace = Workspace(home, registry=registry)
    if workers is None:
        return Orchestrator(executor=InlineExecutor(), workspace=workspace).start_pipeline(plan)
    return Orchestrator(workers=workers, workspace=workspace).start_pipeline(plan)


def numbers(registry: TaskRegistry) -> None:
    @task(registry=registry)
    def first() -> int:
        return 1

    @task(registry=registry)
    def second(first: int) -> int:
        return first + 1

    @task(registry=registry, stream_output=True)
    def parts(first: int):
        yield from range(3)


def files(home: Path, pattern: str) -> list[str]:
    return sorted(path.name for path in (home / "runs").rglob(pattern))


def test_a_result_that_the_disk_cannot_hold_fails_its_task_and_leaves_nothing(small_disk, registry):
    size = [8 << 20]

    @task(registry=registry)
    def small() -> int:
        return 1

    @task(registry=registry)
    def large(small: int) -> bytes:
        return os.urandom(size[0])

    run = start(registry, small_disk, workers=1).wait(60)
    assert run.status == "failed"
    assert run.failures["task"].tolist() == ["large"]
    assert "No space left on device" in run.failures["error"][0]
    assert run["small"] == 1
    assert files(small_disk, "*.pkl") == ["result_001.pkl"]
    assert files(small_disk, ".*.tmp") == []
    size[0] = 10
    task(large, registry=registry, name="large")
    assert len(run.resume(workers=1).wait(60)["large"]) == 10


def test_a_disk_without_room_for_the_ledger_refuses_the_run(small_disk, registry):
    numbers(registry)
    workspace = Workspace(small_disk)
    assert workspace.ledger.runs() == []
    filler = fill(small_disk)
    with pytest.raises((LedgerError, OSError), match="full|No space"):
        start(registry, small_disk)
    filler.unlink()
    assert start(registry, small_disk).status == "succeeded"


def test_a_ledger_whose_disk_fills_up_ends_the_run_which_then_goes_on(small_disk, registry):
    gate = small_disk / "filler"

    @task(registry=registry)
    def before() -> int:
        return 1

    @task(registry=registry)
    def filling(before: int) -> int:
        try:
            with gate.open("xb", buffering=0) as file:
                while file.write(bytes(1 << 12)):
                    pass
        except FileExistsError:
            return before + 1
        except OSError:
            return before + len(os.urandom(100_000)) * 0 + 1
        return 0

    @task(registry=registry)
    def after(filling: int) -> int:
        return filling + 1

    run = start(registry, small_disk, workers=1)
    try:
        run.wait(60)
    except RunCrashedError as error:
        assert isinstance(error.__cause__, LedgerError | OSError)  # noqa: PT017 - that or a failed task, as space ends
    assert run.status == "failed"
    gate.unlink()
    gate.touch()
    again = get_run(run.run_id, Workspace(small_disk, registry=registry)).resume(workers=1).wait(60)
    assert again.status == "succeeded"
    assert again["after"] == 3
    assert files(small_disk, ".*.tmp") == []


def test_a_store_that_is_moved_goes_on_elsewhere(tmp_path, registry):
    gate = tmp_path / "gate"

    @task(registry=registry)
    def first() -> int:
        return 1

    @task(registry=registry)
    def second(first: int) -> int:
        if not gate.exists():
            raise ValueError("not yet")
        return first + 1

    run = start(registry, tmp_path / "here")
    shutil.move(tmp_path / "here", tmp_path / "there")
    gate.touch()
    moved = Workspace(tmp_path / "there", registry=registry)
    run = get_run(run.run_id, moved)
    assert run["first"] == 1
    assert run.resume(executor=InlineExecutor()).wait(60)["second"] == 2
    assert all(Path(path).exists() for path in run.results["path"])
    assert not (tmp_path / "here").exists()


def test_a_sound_store_has_no_findings(tmp_path, registry):
    numbers(registry)
    run = start(registry, tmp_path)
    assert run.workspace.check(thorough=True).empty
    assert run.status == "succeeded"


def test_a_check_names_what_is_wrong_and_a_resumption_mends_it(tmp_path, registry):
    numbers(registry)
    run = start(registry, tmp_path)
    folder = tmp_path / "runs" / run.run_id
    damaged = folder / "first" / "result_001.pkl"
    damaged.write_bytes(damaged.read_bytes()[:-1])
    (folder / "parts" / "chunk_00001.pkl").unlink()
    run.workspace.io_manager.save(run_id=run.run_id, task_name="second", task_result_id="result_007", value=0)
    leftover = folder / "second" / ".7fffffff-0.tmp"
    leftover.touch()
    found = run.workspace.check()
    assert sorted(zip(found["task"], found["result_id"], strict=True)) == [
        ("", ""),
        ("first", "result_001"),
        ("parts", "chunk_00001"),
        ("second", "result_007"),
    ]
    assert not leftover.exists()
    assert files(tmp_path, "*.damaged") == ["result_001.pkl.damaged"]
    assert "damaged" in run.tasks.set_index("task")["reason"]["first"]
    assert len(run.workspace.check()) == 1  # the file that no row names is left alone
    run = run.resume(executor=InlineExecutor()).wait(60)
    assert (run.status, run["first"], list(run["parts"])) == ("succeeded", 1, [0, 1, 2])


def test_a_thorough_check_finds_decay_that_left_no_other_trace(tmp_path, registry):
    @task(registry=registry)
    def large() -> np.ndarray:
        return np.zeros(1 << 18)

    run = start(registry, tmp_path)
    path = Path(str(run.results["path"][0]))
    status = path.stat()
    data = bytearray(path.read_bytes())
    data[500_000] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert run.workspace.check().empty
    assert run.workspace.check(thorough=True)["task"].tolist() == ["large"]


def test_a_check_leaves_runs_alone_that_are_going(tmp_path, registry):
    gate = tmp_path / "gate"

    @task(registry=registry)
    def slow() -> int:
        while not gate.exists():
            os.sched_yield()
        return 1

    run = start(registry, tmp_path / "store", workers=1)
    assert run.workspace.check().empty
    gate.touch()
    assert run.wait(60).status == "succeeded"


def break_pages(path: Path, *, keep: int) -> None:
    """Overwrite all but the first pages of a database."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        page = connection.execute("PRAGMA page_size").fetchone()[0]
    data = bytearray(path.read_bytes())
    data[keep * page :] = b"\xff" * (len(data) - keep * page)
    path.write_bytes(data)


@pytest.mark.parametrize("keep", [0, 1, 8])
def test_a_broken_ledger_is_made_anew_from_the_run_folders(tmp_path, registry, keep):
    numbers(registry)
    run = start(registry, tmp_path)
    digests = run.results.set_index("result_id")["digest"].to_dict()
    run.workspace.ledger.close()
    break_pages(tmp_path / "ledger.db", keep=keep)
    workspace = Workspace(tmp_path, registry=registry)
    with pytest.raises(LedgerCorruptError, match="rebuild_ledger"):
        workspace.check()
    workspace.rebuild_ledger()
    assert workspace.check().empty
    again = get_run(run.run_id, workspace)
    assert (again["first"], again["second"], list(again["parts"])) == (1, 2, [0, 1, 2])
    assert again.results.set_index("result_id")["digest"].to_dict() == digests
    assert again.status in (RunStatus.INTERRUPTED, RunStatus.SUCCEEDED)
    assert (tmp_path / "ledger.damaged-1.db").exists()
    if not again.record.plan:
        with pytest.raises(PlanMismatchError):
            again.resume(executor=InlineExecutor())
    assert start(registry, tmp_path).status == "succeeded"


def test_rows_that_can_still_be_read_are_kept(tmp_path, registry):
    numbers(registry)
    run = start(registry, tmp_path)
    record, rows, attempts = run.record, run.task_records(), run.attempts.to_dict()
    run.workspace.rebuild_ledger()
    assert (run.record, run.task_records(), run.attempts.to_dict()) == (record, rows, attempts)
    assert run.resume(executor=InlineExecutor()).status == "succeeded"


@pytest.mark.parametrize("is_empty", [True, False])
def test_a_ledger_that_is_gone_while_runs_lie_beside_it_is_missed(tmp_path, registry, is_empty):
    numbers(registry)
    for _ in range(2):
        start(registry, tmp_path).workspace.ledger.close()
    for file in tmp_path.glob("ledger.db*"):
        file.unlink()
    if is_empty:
        (tmp_path / "ledger.db").touch()
    for _ in range(2):  # every process is told, not only the one that made the new file
        with pytest.warns(UserWarning, match=r"2 runs lie in the folder.*rebuild_ledger\(\)"):
            Workspace(tmp_path).runs()
    Workspace(tmp_path).rebuild_ledger()
    assert len(Workspace(tmp_path).runs()) == 2


def test_a_new_workspace_warns_of_nothing_and_one_with_runs_does_not_look_for_them(tmp_path, registry, monkeypatch):
    assert len(Workspace(tmp_path).runs()) == 0
    numbers(registry)
    start(registry, tmp_path)
    monkeypatch.setattr(FilesystemIOManager, "list_runs", pytest.fail)
    assert len(Workspace(tmp_path).runs()) == 1
