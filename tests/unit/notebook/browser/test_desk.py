from __future__ import annotations

import threading
from queue import SimpleQueue

import pandas as pd
import pytest

from dpnb.errors import BrowsingStoppedError
from dpnb.notebook.browser.desk import Desk
from dpnb.results.browsing import Browsed
from dpnb.results.browsing.sources import ValueSource

BY_FIRST = {"sort": [{"column": 0}]}
BY_LAST = {"sort": [{"column": 1}]}


class Held(Browsed):
    """Answers pages of a sorted view only when it is let, unless it is told to stop; tells when it has begun."""

    def __init__(self):
        super().__init__(ValueSource(pd.DataFrame({"a": [2, 1], "b": [3, 4]})))
        self.begun: SimpleQueue[str] = SimpleQueue()
        self.let = threading.Event()
        self.is_closed = False

    def answer(self, request, *, stop=lambda: False):
        self.begun.put(request["id"])
        while request.get("view") and not self.let.wait(0.001):
            if stop():
                raise BrowsingStoppedError
        return super().answer(request, stop=stop)

    def close(self):
        self.is_closed = True
        super().close()


@pytest.fixture
def held():
    return Held()


@pytest.fixture
def replies():
    return SimpleQueue()


@pytest.fixture
def desk(held, replies):
    made = Desk(held, replies.put)
    yield made
    made.close()


def page(asked_id, view=None):
    return {"ask": "page", "id": asked_id, "view": view, "columns": [0]}


def test_an_answer_bears_the_id_of_its_question(desk, replies):
    desk.take(page("1"))
    reply = replies.get(timeout=10)
    assert (reply["id"], reply["answer"]["cells"]) == ("1", [["2", "1"]])


def test_a_question_that_makes_no_sense_is_answered_by_its_error(desk, replies):
    desk.take({"ask": "page", "id": "1", "offset": -1})
    assert "cannot be browsed by" in replies.get(timeout=10)["error"]
    desk.take({"ask": "page"})
    desk.take({"ask": "page", "id": 3})
    desk.take(page("2"))
    assert replies.get(timeout=10)["id"] == "2", "what has no id is nobody's"


def test_another_view_ends_the_one_that_is_being_looked_up(desk, held, replies):
    desk.take(page("1", BY_FIRST))
    assert held.begun.get(timeout=10) == "1"
    desk.take(page("2", BY_LAST))
    assert replies.get(timeout=10) == {"id": "1", "stopped": True}
    held.let.set()
    assert replies.get(timeout=10)["id"] == "2"


def test_another_page_of_the_same_view_does_not(desk, held, replies):
    desk.take(page("1", BY_FIRST))
    held.begun.get(timeout=10)
    desk.take(page("2", BY_FIRST))
    desk.take(page("1", BY_FIRST))  # sent again, since no answer came yet
    held.let.set()
    assert [replies.get(timeout=10)["id"] for _ in range(2)] == ["1", "2"]
    assert replies.empty()


def test_what_is_being_looked_up_can_be_stopped(desk, held, replies):
    desk.take(page("1", BY_FIRST))
    held.begun.get(timeout=10)
    desk.take({"ask": "stop"})
    assert replies.get(timeout=10) == {"id": "1", "stopped": True}


def test_cells_and_bars_are_told_while_a_page_is_being_looked_up(desk, held, replies):
    desk.take(page("1", BY_FIRST))
    held.begun.get(timeout=10)
    desk.take({"ask": "cell", "id": "2", "row": 0, "column": 0})
    desk.take({"ask": "histogram", "id": "3", "column": 0})
    assert {replies.get(timeout=10)["id"] for _ in range(2)} == {"2", "3"}


def test_a_closed_desk_stops_its_work_and_answers_nothing(desk, held, replies):
    desk.take(page("1", BY_FIRST))
    held.begun.get(timeout=10)
    desk.close()
    desk.take(page("2"))
    assert held.is_closed
    assert replies.empty()
