from __future__ import annotations

import threading

import pytest

from dpnb.results.aside import Aside


def test_no_thread_is_started_before_there_is_work():
    before = threading.active_count()
    with Aside():
        assert threading.active_count() == before


def test_work_is_done_in_one_other_thread_in_order_and_the_thread_is_gone_afterwards():
    before, done = threading.active_count(), []
    with Aside() as aside:
        futures = [aside.submit(lambda n: done.append((n, threading.get_ident())), n) for n in range(5)]
        for future in futures:
            future.result()
    assert [number for number, _ in done] == [0, 1, 2, 3, 4]
    assert {thread for _, thread in done} != {threading.get_ident()}
    assert len({thread for _, thread in done}) == 1
    assert threading.active_count() == before


def test_an_exception_comes_with_the_result():
    with Aside() as aside, pytest.raises(ZeroDivisionError):
        aside.submit(lambda: 1 / 0).result()


def test_an_error_in_the_block_still_ends_the_thread():
    def fail_beside_work() -> None:
        with Aside() as aside:
            aside.submit(int)
            raise KeyError

    before = threading.active_count()
    with pytest.raises(KeyError):
        fail_beside_work()
    assert threading.active_count() == before
