"""The browser's widget without a page, and what is put into an output."""

from __future__ import annotations

import re
from queue import SimpleQueue
from typing import Any

import pandas as pd
import pytest

from dpnb import browse
from dpnb.notebook.browser import ResultBrowser, show_browsed, showing
from dpnb.notebook.browser.assets import MODULES, css, esm

FRAME = pd.DataFrame({"<b>이름</b>": ["<script>x</script>"]})


class Told(ResultBrowser):
    """Keeps what it would send."""

    def __init__(self, *args):
        self.told: SimpleQueue[dict[str, Any]] = SimpleQueue()
        super().__init__(*args)

    def _reply(self, message):
        self.told.put(message)


def test_a_message_is_a_question_and_is_answered():
    browser = Told(browse(FRAME))
    browser._hear(browser, {"ask": "describe", "id": "1"}, [])
    assert browser.told.get(timeout=10)["answer"]["rows"] == 1
    browser._hear(browser, "nothing", [])
    browser.close()


@pytest.fixture
def shown(monkeypatch):
    outputs = []
    monkeypatch.setattr(showing, "can_be_live", lambda: True)
    monkeypatch.setattr("IPython.display.display", lambda data, **_: outputs.append(data))
    yield outputs
    while showing._live:
        showing._live.pop().browser.close()


def test_the_output_is_html_that_the_live_view_finds_by_its_key(shown):
    show_browsed(browse(FRAME))
    (output,) = shown
    assert set(output) == {"text/html", "text/plain"}
    (key,) = re.findall(r'^<dpnb-browser data-key="([0-9a-f]{32})">', output["text/html"])
    assert showing._live[-1].browser.key == key
    assert "<script>" not in output["text/html"]
    assert "<b>이름" not in output["text/html"]


def test_only_so_many_are_alive_and_the_oldest_goes_first(shown, monkeypatch):
    monkeypatch.setattr(showing, "MOST_LIVE", 2)
    for _ in range(3):
        show_browsed(browse(FRAME))
    assert len(showing._live) == 2
    assert [one.browser.comm is not None for one in showing._live] == [True, True]


def test_a_cell_that_is_executed_again_takes_the_place_of_what_it_has_shown(shown, monkeypatch):
    for executed in (("cell", "1"), ("cell", "1"), ("other", "2"), ("cell", "3"), ("", ""), ("", "")):
        monkeypatch.setattr(showing, "_executed", lambda executed=executed: executed)
        show_browsed(browse(FRAME))
    assert [(one.cell, one.execution) for one in showing._live] == [("other", "2"), ("cell", "3"), ("", ""), ("", "")]


def test_where_nobody_looks_at_widgets_the_static_display_is_all(monkeypatch):
    monkeypatch.setattr(showing, "can_be_live", lambda: False)
    with pytest.raises(NotImplementedError):
        show_browsed(browse(FRAME))


def test_the_page_is_put_together_of_all_modules_and_asks_for_nothing_outside():
    page = esm()
    assert not re.search(r"^\s*import\b", page, re.MULTILINE)
    assert page.count("export ") == page.count("export default") == 1
    assert not re.search(r"https?://(?!www\.w3\.org/)|@import|url\(|innerHTML", page + css())
    names = re.findall(r"^(?:async )?(?:class|function|const|let)\s+(\w+)", page, re.MULTILINE)
    assert len(names) == len(set(names)), "the modules share one scope"
    assert MODULES[-1] == "host.js"
