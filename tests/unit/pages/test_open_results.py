"""Which results are kept open, for whom, and when they are closed."""

from __future__ import annotations

import pandas as pd
import pytest

from dpnb.pages import open_results
from dpnb.pages.open_results import IDLE_S, MOST_OPEN, MOST_UNATTENDED, OpenResults
from dpnb.results import FilesystemIOManager
from dpnb.results.browsing import Browsed
from dpnb.results.browsing.sources import StoredSource
from tests.waiting import until


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


class Noted(Browsed):
    """Tells when it is closed."""

    is_closed = False

    def close(self):
        self.is_closed = True
        super().close()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def results(clock):
    results = OpenResults(clock)
    yield results
    results.close()


@pytest.fixture
def opened(tmp_path):
    """Give what opens a new stored result."""
    store = FilesystemIOManager(tmp_path)
    count = iter(range(1000))

    def new() -> Noted:
        record = store.write(
            run_id="run", task_name="항공편", task_result_id=f"result_{next(count):03d}", value=pd.DataFrame()
        )
        return Noted(StoredSource(store, record))

    return new


def test_those_who_look_at_a_result_share_it_and_the_last_one_closes_it(results, opened):
    first, again = opened(), opened()
    key = ("run", "항공편")
    assert results.keep(key, "a", first) is first
    assert results.get(key, "b") is first
    results.leave("a")
    assert not first.is_closed
    results.leave("b")
    assert first.is_closed
    assert results.get(key, "b") is None
    assert results.keep(key, "b", again) is again


def test_a_newer_result_of_a_run_that_has_gone_on_takes_the_place_of_the_older_one(results, opened):
    older, newer = opened(), opened()
    key = ("run", "항공편")
    results.keep(key, "a", older)
    assert results.keep(key, "a", Browsed(older.source)) is older
    assert results.keep(key, "a", newer) is newer
    assert older.is_closed
    results.leave("a")
    assert newer.is_closed


def test_viewers_of_many_results_do_not_close_one_anothers(results, opened):
    attended = [results.keep(("run", f"{n}"), f"viewer {n}", opened()) for n in range(MOST_UNATTENDED * 3)]
    unattended = [results.keep(("run", f"없음 {n}"), "", opened()) for n in range(MOST_UNATTENDED + 2)]
    assert [one.is_closed for one in attended] == [False] * len(attended)
    assert [one.is_closed for one in unattended] == [True] * 2 + [False] * MOST_UNATTENDED


def test_so_many_are_open_at_most_and_the_one_that_nobody_asks_about_goes_first(results, opened):
    kept = [results.keep(("run", f"{n}"), f"viewer {n}", opened()) for n in range(MOST_OPEN)]
    results.get(("run", "0"), "viewer 0")
    results.keep(("run", "one more"), "another", opened())
    assert [one.is_closed for one in kept] == [False, True] + [False] * (MOST_OPEN - 2)
    assert len(results) == MOST_OPEN


def test_what_nobody_asks_about_for_a_time_is_closed(results, opened, clock):
    asked, forgotten = opened(), opened()
    results.keep(("run", "a"), "a", asked)
    results.keep(("run", "b"), "its page went without a word", forgotten)
    clock.now_s = IDLE_S - 1
    results.get(("run", "a"), "a")
    results.sweep()
    assert len(results) == 2
    clock.now_s = IDLE_S
    results.sweep()
    assert (asked.is_closed, forgotten.is_closed) == (False, True)
    clock.now_s = 3 * IDLE_S
    results.sweep()
    assert len(results) == 0
    assert results._timer is None, "nothing is looked after where nothing is open"


def test_it_is_looked_by_itself(opened, clock, monkeypatch):
    monkeypatch.setattr(open_results, "IDLE_S", 0.01)
    results, one = OpenResults(clock), opened()
    clock.now_s = 1.0
    results.keep(("run", "a"), "a", one)
    clock.now_s = 2.0
    until(lambda: one.is_closed)
    results.close()


def test_results_of_runs_that_are_deleted_are_closed(results, opened):
    gone, stays = opened(), opened()
    results.keep(("run 1", "a"), "a", gone)
    results.keep(("run 2", "a"), "a", stays)
    results.forget(["run 1"])
    assert (gone.is_closed, stays.is_closed) == (True, False)
