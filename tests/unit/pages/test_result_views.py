"""Results that pages look through: what is answered, what is kept open, and what is given up."""

from __future__ import annotations

import json
import threading

import pytest

from dpnb import Workspace
from dpnb.errors import (
    BrowseRequestError,
    BrowsingStoppedError,
    PageRequestError,
    RunNotFoundError,
    UnknownTaskError,
    UntrustedStoreError,
)
from dpnb.pages import Pages
from dpnb.results.browsing import Browsed


def ask(pages, run, ask, **more):
    return pages.ask("result.answer", {"run_id": run.run_id, "task": "항공편", "ask": ask, **more})


@pytest.fixture
def opened(monkeypatch) -> list[str]:
    """Give the results that are loaded, each time that one is."""
    loaded: list[str] = []
    load = Browsed._open

    def noting(self):
        if self._opened is None:
            loaded.append(self.source.title)
        return load(self)

    monkeypatch.setattr(Browsed, "_open", noting)
    return loaded


def test_a_result_is_described_paged_sorted_filtered_and_told_as_code(pages, runs):
    described = ask(pages, runs[0], "describe")
    assert (described["shows"], described["rows"]) == ("table", 3)
    assert [column["name"] for column in described["columns"]] == ["id", "<b>", "year"]
    view = {"sort": [{"column": 1, "descending": True}], "filters": [{"column": 1, "operator": "between", "low": "10"}]}
    page = ask(pages, runs[0], "page", view=view, offset=0, limit=10, columns=[1, 0])
    assert (page["total"], page["rows"], page["cells"]) == (2, [2, 1], [["40", "20"], ["3", "2"]])
    assert ask(pages, runs[0], "cell", row=2, column=1)["text"] == "40"
    assert sum(bar["count"] for bar in ask(pages, runs[0], "histogram", column=1)["bars"]) == 3
    assert "sort_values" in ask(pages, runs[0], "code", view=view)["code"]
    for told in (described, page):
        assert json.loads(json.dumps(told, allow_nan=False)) == told


def test_what_a_page_asks_wrongly_is_refused_before_anything_is_loaded(pages, runs, opened):
    wrongs: list[dict[str, object]] = [{"offset": "0"}, {"columns": ["id"]}, {"view": []}, {"at": [True]}, {"stop": 1}]
    for wrong in wrongs:
        with pytest.raises(PageRequestError, match=r"result\.answer"):
            ask(pages, runs[0], "page", **wrong)
    with pytest.raises(PageRequestError, match="it needs 'ask'"):
        pages.ask("result.answer", {"run_id": runs[0].run_id, "task": "late"})
    assert opened == []


def test_what_somebody_types_wrongly_is_told_in_the_words_of_the_table(pages, runs):
    view = {"filters": [{"column": 0, "operator": "between", "low": "<i>many</i>"}]}
    with pytest.raises(BrowseRequestError, match="<i>many</i>"):
        ask(pages, runs[0], "page", view=view, limit=1)
    with pytest.raises(BrowseRequestError, match="no question"):
        ask(pages, runs[0], "eval")


def test_results_that_there_are_not_are_told_by_name(pages, runs):
    with pytest.raises(RunNotFoundError):
        pages.ask("result.answer", {"run_id": "gone", "task": "late", "ask": "describe"})
    with pytest.raises(UnknownTaskError):
        pages.ask("result.answer", {"run_id": runs[0].run_id, "task": "<b>", "ask": "describe"})


def test_a_store_that_is_not_trusted_shows_what_was_recorded_and_why(runs, workspace, monkeypatch, tmp_path):
    monkeypatch.setenv("DPNB_STATE_HOME", str(tmp_path / "another user's"))
    pages = Pages(Workspace(workspace.home))
    described = ask(pages, runs[0], "describe")
    assert described["shows"] == "preview"
    assert [column["name"] for column in described["columns"]] == ["id", "<b>", "year"]
    assert described["cells"][0] == ["1", "5", "2013"]
    assert "another user" in described["note"]
    with pytest.raises(UntrustedStoreError):
        ask(pages, runs[0], "page", limit=1)


def test_a_result_is_loaded_once_for_all_views_and_questions(pages, runs, opened):
    for viewer in ("a", "b"):
        ask(pages, runs[0], "describe", viewer=viewer)
        ask(pages, runs[0], "page", viewer=viewer, limit=1)
    ask(pages, runs[1], "describe")
    assert opened == [f"항공편 · {run.run_id}" for run in runs]


def test_a_result_is_closed_when_the_last_page_that_looks_at_it_goes(pages, runs, opened):
    for viewer in ("a", "b"):
        ask(pages, runs[0], "describe", viewer=viewer)
    assert pages.ask("result.leave", {"viewer": "a"}) == {}
    ask(pages, runs[0], "page", viewer="b", limit=1)
    assert len(opened) == 1
    pages.ask("result.leave", {"viewer": "b"})
    assert len(pages._results._open) == 0
    assert ask(pages, runs[0], "page", viewer="b", limit=1)["total"] == 3, "a page that was put aside comes back"
    assert len(opened) == 2
    pages.close()
    assert len(pages._results._open) == 0


def test_a_deleted_runs_result_is_let_go_of(pages, runs):
    ask(pages, runs[0], "describe")
    pages.ask("runs.delete", {"run_ids": [runs[0].run_id]})
    with pytest.raises(RunNotFoundError):
        ask(pages, runs[0], "page", limit=1)


class Waiting:
    """A result that is looked up until somebody gives it up, or it is let go."""

    source = None

    def __init__(self) -> None:
        self.begun: dict[int, threading.Event] = {turn: threading.Event() for turn in range(3)}
        self.let_go = threading.Event()

    def answer(self, question, *, stop):
        self.begun[question["offset"]].set()
        while not self.let_go.wait(0.001):
            if stop():
                raise BrowsingStoppedError
        return {"rows": [question["offset"]]}

    def close(self) -> None:
        self.let_go.set()


@pytest.fixture
def looked(pages, runs):
    """Give what looks a page up in a thread: its turn is the offset that it asks for; and the answers by turn."""
    waiting, told, threads = Waiting(), {}, []
    pages._results._open.keep((runs[0].run_id, "항공편"), "", waiting)

    def look(turn, viewer="a"):
        def answer():
            told[turn] = ask(pages, runs[0], "page", viewer=viewer, turn=turn, offset=turn)

        threads.append(threading.Thread(target=answer))
        threads[-1].start()
        assert waiting.begun[turn].wait(60)
        return threads[-1]

    yield look, waiting, told
    waiting.close()
    for thread in threads:
        thread.join(60)


def test_a_view_that_wants_other_rows_waits_no_more_for_the_earlier_ones(looked):
    look, waiting, told = looked
    early, other = look(1), look(0, viewer="b")
    late = look(2)
    early.join(60)
    assert told == {1: {"stopped": True}}
    waiting.let_go.set()
    late.join(60)
    other.join(60)
    assert (told[2], told[0]) == ({"rows": [2]}, {"rows": [0]})


def test_a_question_that_comes_late_gives_way_to_the_newer_one(looked):
    look, waiting, told = looked
    late = look(2)
    look(1).join(60)
    waiting.let_go.set()
    late.join(60)
    assert told == {1: {"stopped": True}, 2: {"rows": [2]}}


def test_a_view_that_is_left_or_stopped_gives_up_its_lookups_and_no_others(looked, pages):
    look, waiting, told = looked
    left, other = look(1), look(2, viewer="b")
    assert pages.ask("result.stop", {"viewer": "a"}) == {}
    left.join(60)
    waiting.let_go.set()
    other.join(60)
    assert told == {1: {"stopped": True}, 2: {"rows": [2]}}
    assert not pages._results._going


def test_looking_changes_nothing(pages):
    assert not pages.changes("result.answer")
    assert not pages.changes("result.stop")
    assert not pages.changes("result.leave")
