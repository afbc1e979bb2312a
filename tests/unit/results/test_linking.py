from __future__ import annotations

import errno
import os

import pytest

from dpnb.errors import CorruptResultError, ResultNotFoundError
from dpnb.results import FilesystemIOManager
from dpnb.results.linking import link_companions, link_file

NAMES = {"run_id": "run_1", "task_name": "추출", "task_result_id": "result_001"}
THERE = {**NAMES, "run_id": "run_2"}


@pytest.fixture
def store(tmp_path):
    return FilesystemIOManager(tmp_path)


def file_of(store, record):
    return store.base_path / record.path


def test_a_linked_result_takes_no_space_of_its_own(store):
    written = store.write(**NAMES, value=bytes(100_000))
    linked = store.link(written, run_id="run_2")
    assert file_of(store, linked).samefile(file_of(store, written))


@pytest.mark.parametrize("code", [errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP])
def test_where_there_can_be_no_link_a_copy_is_as_good(store, monkeypatch, code):
    def refuse(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    written = store.write(**NAMES, value=bytes(3_000_000))
    monkeypatch.setattr(os, "link", refuse)
    linked = store.link(written, run_id="run_2")
    assert not file_of(store, linked).samefile(file_of(store, written))
    store.verify(**THERE, digest=written.digest, sealed=True)
    assert file_of(store, linked).stat().st_mtime_ns == written.saved_us * 1000


def test_a_file_that_was_only_touched_is_linked_and_one_that_was_changed_is_not(store):
    written = store.write(**NAMES, value=bytes(100_000))
    path = file_of(store, written)
    os.utime(path, ns=(1, 1))
    assert store.link(written, run_id="run_2").digest == written.digest
    with path.open("r+b") as file:
        file.seek(50_000)
        file.write(b"\1")
    with pytest.raises(CorruptResultError):
        store.link(written, run_id="run_3")


def test_a_result_that_is_linked_into_its_own_run_stays(store):
    written = store.write(**NAMES, value=bytes(100_000))
    assert store.link(written, run_id="run_1") == written
    assert store.load(**NAMES, digest=written.digest) == bytes(100_000)


def test_a_planted_link_leads_nowhere(store, tmp_path):
    written = store.write(**NAMES, value=1)
    path = file_of(store, written)
    path.rename(tmp_path / "moved")
    path.symlink_to(tmp_path / "moved")
    with pytest.raises(ResultNotFoundError):
        store.link(written, run_id="run_2")


def test_what_is_gone_is_not_taken_for_something_that_cannot_be_linked(tmp_path):
    with pytest.raises(FileNotFoundError):
        link_file(str(tmp_path / "gone"), str(tmp_path / "target"), modified_ns=0, durability="process")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("position", [3, -40, -5])
def test_a_small_file_is_linked_only_if_every_byte_is_as_it_was(store, position):
    written = store.write(**NAMES, value=7)
    assert store.link(written, run_id="run_2").digest == written.digest
    path = file_of(store, written)
    data = bytearray(path.read_bytes())
    data[position] ^= 1
    path.write_bytes(data)
    with pytest.raises(CorruptResultError):
        store.link(written, run_id="run_3")
    assert store.list_results(run_id="run_3") == []


def test_what_lies_beside_a_file_goes_with_it_as_far_as_it_is_there(tmp_path):
    (tmp_path / "result_001.ipynb").write_text("{}")
    (tmp_path / "result_001.txt").write_text("not asked for")
    target = tmp_path / "other"
    target.mkdir()
    link_companions(str(tmp_path / "result_001.pkl"), str(target / "result_001.pkl"), (".ipynb", ".html"))
    assert [file.name for file in target.iterdir()] == ["result_001.ipynb"]
    assert (target / "result_001.ipynb").samefile(tmp_path / "result_001.ipynb")
