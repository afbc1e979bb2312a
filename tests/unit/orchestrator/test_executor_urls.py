from __future__ import annotations

import pytest

from dpnb import InlineExecutor
from dpnb.errors import ExecutorUrlError
from dpnb.orchestrator import PoolExecutor, executor_urls, open_executor, register_executor


def test_worker_processes_and_this_one_are_had_by_url():
    assert isinstance(open_executor("inline:"), InlineExecutor)
    pool = open_executor("pool:", {"workers": 2})
    assert isinstance(pool, PoolExecutor)
    assert pool.capacity == 2


def test_a_kind_that_there_is_not_is_refused_with_what_is_near_and_no_secret():
    with pytest.raises(ExecutorUrlError, match="'pol' is no kind of executor.\nHint: did you mean 'pool:…'?") as caught:
        open_executor("pol://me:geheim@host")
    assert "geheim" not in str(caught.value)


def test_options_that_a_kind_does_not_take_are_named_without_their_values():
    with pytest.raises(ExecutorUrlError, match="does not take these options: 'token'") as caught:
        open_executor("inline:", {"token": "geheim"})
    assert "geheim" not in str(caught.value)


def test_users_add_kinds_and_a_missing_library_is_named(monkeypatch):
    monkeypatch.setattr(executor_urls, "_OPENERS", dict(executor_urls._OPENERS))
    register_executor("here", lambda _url: InlineExecutor())
    assert isinstance(open_executor("here:"), InlineExecutor)

    def needs(_url: str) -> InlineExecutor:
        raise ModuleNotFoundError(name="distributed")

    register_executor("dask", needs)
    with pytest.raises(ExecutorUrlError, match="distributed is not installed"):
        open_executor("dask:tcp://host:8786")
