"""Names and bytes in MongoDB: none without the other, in whatever order two processes come to them."""

from __future__ import annotations

import pickle

import pytest

from dpnb.errors import StoreUnavailableError
from dpnb.results import MongoIOManager
from dpnb.results.adapters.gridfs_objects import GridFSObjects


@pytest.fixture
def objects(mongo_uri) -> GridFSObjects:
    return GridFSObjects(mongo_uri)


def blobs(objects: GridFSObjects) -> list[str]:
    return sorted(str(one["_id"]) for one in objects._files.find({}))


def test_a_copy_has_the_same_bytes_which_go_with_the_last_name(objects):
    objects.put("a/b", b"12345")
    objects.copy("a/b", "c/b")
    assert len(blobs(objects)) == 1
    assert objects.delete("a/b")
    assert objects.read("c/b", 1, 3) == b"23"
    assert objects.delete("c/b")
    assert blobs(objects) == []
    assert objects._chunks.find_one({}) is None


def test_what_is_replaced_leaves_no_bytes(objects):
    for number in range(3):
        objects.put("a/b", bytes([number]) * 10)
    assert len(blobs(objects)) == 1
    assert objects.read("a/b", 0, 10) == b"\2" * 10
    objects.put("c/d", b"other")
    objects.copy("a/b", "c/d")
    assert len(blobs(objects)) == 1


def test_a_copy_of_bytes_that_are_about_to_go_is_taken_back(objects):
    objects.put("a/b", b"12345")
    (blob,) = blobs(objects)
    objects._files.update_one({"_id": blob}, {"$set": {"doomed": True}})  # by who deletes the last name now
    with pytest.raises(FileNotFoundError):
        objects.copy("a/b", "c/b")
    assert objects.size("c/b") is None


def test_bytes_that_were_named_again_meanwhile_stay(objects, monkeypatch):
    objects.put("a/b", b"12345")
    (blob,) = blobs(objects)
    objects._names.delete_one({"_id": "a/b"})
    answers = iter([False, True])
    monkeypatch.setattr(objects, "_is_named", lambda _: next(answers))  # somebody names them between the two looks
    objects._release(blob)
    assert objects._files.find_one({"_id": blob}).get("doomed") is None
    assert objects._chunks.find_one({"files_id": blob}) is not None


def test_what_a_dead_process_was_writing_is_removed_with_the_run(objects):
    objects.put("run/t/a", b"kept")
    objects._chunks.insert_one({"files_id": "run/t/b#00000000-1-0", "n": 0, "data": b"half"})
    objects._chunks.insert_one({"files_id": "run 2/t/b#00000000-1-0", "n": 0, "data": b"half"})
    assert objects.tidy("run") == ["run/t/b"]
    assert objects.tidy("run") == []
    assert objects.tidy("") == []  # of another machine's process nobody knows here
    assert objects.read("run/t/a", 0, 4) == b"kept"
    assert objects._chunks.count_documents({}) == 2


def test_prefixes_end_at_a_slash(objects):
    for key in ("run_1/t/a", "run_10/t/a", "run_1", "run_1-x/a"):
        objects.put(key, b"1")
    assert list(objects.below("run_1")) == ["run_1/t/a"]
    objects.clear("run_1")
    assert sorted(objects.below("")) == ["run_1", "run_1-x/a", "run_10/t/a"]


def test_no_password_is_shown():
    store = MongoIOManager("mongodb://me:hunter2@localhost:1/results?serverSelectionTimeoutMS=50&appName=x")
    assert repr(store) == "MongoIOManager('mongodb://localhost:1/results')"
    again = pickle.loads(pickle.dumps(store))
    with pytest.raises(StoreUnavailableError, match="Timeout") as caught:
        again.save(run_id="r", task_name="t", task_result_id="x", value=1)
    assert "hunter2" not in f"{caught.value} {caught.value!r}"
    assert "can be reached" in caught.value.hint
