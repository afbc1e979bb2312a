from __future__ import annotations

import os
from pathlib import Path

import pytest

from dpnb.results.disk_usage import disk_uses, files_of, freed_bytes

BLOCK = 4_096 * 4


@pytest.fixture
def folder(tmp_path):
    def make(run_id: str, **files: str | int) -> str:
        """Make a run: sizes of new files, or the paths of those that are linked into it."""
        for name, content in files.items():
            path = tmp_path / run_id / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(b"x" * content) if isinstance(content, int) else os.link(tmp_path / content, path)
        return str(tmp_path / run_id)

    return make


def occupied(path: str | Path) -> int:
    return os.lstat(path).st_blocks * 512


def test_file_of_several_names_counts_once(folder):
    path = folder("a", one=BLOCK, two="a/one", three=BLOCK)
    (use,) = disk_uses([files_of("a", path)])
    assert (use.files, use.size_bytes) == (2, 2 * BLOCK)
    assert use.disk_bytes == use.added_bytes == use.freed_bytes == 2 * occupied(f"{path}/one") + occupied(path)
    assert use.shared_bytes == 0


def test_file_in_two_runs_is_added_by_the_older_and_freed_by_neither(folder):
    old, new = folder("old", one=BLOCK, own=BLOCK), folder("new", linked="old/one")
    first, second = disk_uses([files_of("old", old), files_of("new", new)])
    block = occupied(f"{old}/one")
    assert first.added_bytes == first.disk_bytes == 2 * block + occupied(old)
    assert (second.disk_bytes, second.added_bytes) == (block + occupied(new), occupied(new))
    assert (first.shared_bytes, second.shared_bytes) == (block, block)
    assert (first.freed_bytes, second.freed_bytes) == (block + occupied(old), occupied(new))


def test_file_is_freed_with_the_last_run_that_has_it(folder):
    runs = [files_of(name, folder(name, **files)) for name, files in (
        ("a", {"one": BLOCK}), ("b", {"one": "a/one"}), ("c", {"one": "a/one"}))]  # fmt: skip
    runs = [files_of(run.run_id, folder(run.run_id)) for run in runs]
    block, empty = occupied(folder("a") + "/one"), [run.folder_bytes for run in runs]
    assert freed_bytes(runs) == [empty[0], empty[1], empty[2] + block]
    assert freed_bytes(runs[::-1]) == [empty[2], empty[1], empty[0] + block]
    assert freed_bytes(runs[:2]) == empty[:2]


def test_file_that_the_user_has_linked_elsewhere_is_not_freed(folder, tmp_path):
    path = folder("a", one=BLOCK)
    os.link(f"{path}/one", tmp_path / "mine")
    (use,) = disk_uses([files_of("a", path)])
    assert use.freed_bytes == occupied(path)
    assert use.shared_bytes == occupied(tmp_path / "mine")


def test_sparse_file_takes_what_it_occupies(folder):
    path = folder("a", one=0)
    os.truncate(f"{path}/one", 10**9)
    (use,) = disk_uses([files_of("a", path)])
    assert use.size_bytes == 10**9
    assert use.disk_bytes < 10**6


def test_links_lead_nowhere(folder, tmp_path):
    path = folder("a", one=1)
    folder("b", two=10**6)
    Path(path, "there").symlink_to(tmp_path / "b")
    tmp_path.joinpath("c").symlink_to(tmp_path / "b")
    assert files_of("a", path).disk_bytes < 10**5
    assert files_of("c", str(tmp_path / "c")).files == {}


def test_run_without_a_folder_takes_nothing(tmp_path):
    (use,) = disk_uses([files_of("a", str(tmp_path / "a"))])
    assert (use.files, use.disk_bytes, use.freed_bytes) == (0, 0, 0)


def test_what_vanishes_while_it_is_looked_at_does_not_count(folder, monkeypatch):
    path = folder("a", one=1, two=1)
    real = os.lstat

    def lstat(found):
        if str(found).endswith("one"):
            raise FileNotFoundError(found)
        return real(found)

    monkeypatch.setattr(os, "lstat", lstat)
    assert len(files_of("a", path).files) == 1
