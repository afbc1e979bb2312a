from __future__ import annotations

import pytest

from dpnb.errors import StoreUrlError
from dpnb.results import FilesystemIOManager, InMemoryIOManager, open_store, register_store, store_urls


def test_a_folder_is_a_store(tmp_path):
    store = open_store(f"file:{tmp_path}/공유 폴더")
    assert isinstance(store, FilesystemIOManager)
    store.save(run_id="r", task_name="t", task_result_id="x", value=1)
    assert (tmp_path / "공유 폴더").is_dir()


def test_a_kind_that_there_is_not_is_refused_with_what_is_near_and_no_secret():
    with pytest.raises(StoreUrlError, match="'fle' is no kind of store.\nHint: did you mean 'file:…'?") as caught:
        open_store("fle://key:geheim@bucket/x?token=geheim")
    assert "geheim" not in str(caught.value)


def test_options_that_a_kind_does_not_take_are_named_without_their_values():
    with pytest.raises(StoreUrlError, match="does not take these options: 'key'") as caught:
        open_store("file:/x", {"key": "geheim"})
    assert "geheim" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_users_add_kinds_and_a_missing_library_is_named(monkeypatch):
    monkeypatch.setattr(store_urls, "_OPENERS", dict(store_urls._OPENERS))
    kept = InMemoryIOManager()
    register_store("my", lambda _url: kept)
    assert open_store("my:store") is kept

    def needs(_url: str) -> InMemoryIOManager:
        raise ModuleNotFoundError(name="s3fs")

    register_store("s3", needs)
    with pytest.raises(StoreUrlError, match="s3fs is not installed"):
        open_store("s3://bucket")


def test_what_fsspec_knows_is_a_store_and_so_is_a_database():
    assert repr(open_store("s3://key:geheim@bucket/x", {"trust": True})) == "FsspecIOManager('s3://bucket/x')"
    assert repr(open_store("github://owner:repo@/runs")).startswith("FsspecIOManager(")
    assert repr(open_store("mongodb://me:geheim@host/runs")) == "MongoIOManager('mongodb://host/runs')"
    with pytest.raises(StoreUrlError, match="makes no sense"):
        open_store("s3://[bucket")
