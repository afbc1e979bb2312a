"""What a page sends is answered once, whatever it sends again, and what it watches is told anew when it changes."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from dpnb.pages.conversation import Conversation
from tests.waiting import until


class Page:
    """A page that only notes what it is told."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []

    def answers(self, name: str) -> list[dict[str, Any]]:
        return [message for message in list(self.told) if name in (message.get("answer"), message.get("seen"))]


@pytest.fixture
def page() -> Page:
    return Page()


@pytest.fixture
def left() -> list[str]:
    return []


@pytest.fixture
def conversation(pages, page, left, monkeypatch):
    monkeypatch.setattr("dpnb.pages.conversation.PULSE_S", 3600.0)
    opened = Conversation(pages, page.told.append, lambda: left.append("left"))
    yield opened
    opened.close()


def test_a_question_is_answered_and_a_problem_is_told_in_words(conversation, page, runs):
    conversation.hear({"ask": "1", "method": "runs.list", "params": {}})
    conversation.hear({"ask": "2", "method": "run.facts", "params": {"run_id": "nope"}})
    until(lambda: page.answers("1") and page.answers("2"))
    assert page.answers("1")[0]["result"]["total"] == 2
    problem = page.answers("2")[0]["problem"]
    assert "'nope'" in problem["message"]
    assert "Hint" not in problem["message"]


def test_a_click_that_comes_again_is_done_once_and_answered_each_time(conversation, page, runs, pages, monkeypatch):
    gate, asked = threading.Event(), []
    answer = pages.ask

    def slow(method, params):
        asked.append(method)
        gate.wait(60)
        return answer(method, params)

    monkeypatch.setattr(pages, "ask", slow)
    click = {"ask": "c", "method": "runs.delete", "params": {"run_ids": [runs[0].run_id]}}
    conversation.hear(click)
    conversation.hear(click)
    gate.set()
    until(lambda: page.answers("c"))
    conversation.hear(click)
    assert [message["result"]["deleted"] for message in page.answers("c")] == [[runs[0].run_id]] * 2
    assert asked == ["runs.delete"]


def test_a_question_that_is_sent_again_while_it_is_looked_up_is_looked_up_once(conversation, page, pages, monkeypatch):
    gate, asked = threading.Event(), []

    def slow(method, params):
        asked.append(method)
        gate.wait(60)
        return {}

    monkeypatch.setattr(pages, "ask", slow)
    question = {"ask": "q", "method": "result.answer", "params": {}}
    for _ in range(3):
        conversation.hear(question)
    gate.set()
    until(lambda: page.answers("q"))
    conversation.hear(question)
    until(lambda: len(page.answers("q")) == 2)
    assert asked == ["result.answer"] * 2


def test_what_is_watched_is_told_at_once_and_again_when_something_changes_and_not_otherwise(conversation, page, runs):
    conversation.hear({"watch": "w", "method": "runs.list", "params": {}})
    until(lambda: page.answers("w"))
    conversation.beat()
    told = len(page.answers("w"))
    conversation.beat()
    assert len(page.answers("w")) == told
    runs[0].note("새 글")
    conversation.beat()
    assert page.answers("w")[-1]["result"]["runs"][1]["note"] == "새 글"
    conversation.hear({"unwatch": "w"})
    told = len(page.answers("w"))
    runs[0].pin()
    conversation.beat()
    assert len(page.answers("w")) == told


@pytest.mark.parametrize("message", [None, "text", {}, {"ask": 1, "method": "hello", "params": {}}, {"ask": "1"}])
def test_what_is_no_message_is_let_pass(conversation, page, left, message):
    conversation.hear(message)
    assert (page.told, left) == ([], [])


def test_the_page_can_have_itself_replaced(conversation, left):
    conversation.hear({"leave": True})
    assert left == ["left"]


def test_an_error_that_nobody_foresaw_is_told_too(conversation, page, pages, monkeypatch):
    def fails(*_):
        raise RuntimeError("<b>boom</b>")

    monkeypatch.setattr(pages, "ask", fails)
    conversation.hear({"ask": "1", "method": "runs.list", "params": {}})
    until(lambda: page.answers("1"))
    assert page.answers("1")[0]["problem"]["message"] == "RuntimeError: <b>boom</b>"
