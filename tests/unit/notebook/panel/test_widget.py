"""The panel of a real run, without a page: what it would be told, and what it does when it is asked."""

from __future__ import annotations

import json
import re
import threading
from typing import Any

import pandas as pd
import pytest

from dpnb import Orchestrator, Run, Workspace
from dpnb.notebook.panel.assets import MODULES, css, esm
from dpnb.notebook.panel.picture import LivePicture, picture_of
from dpnb.notebook.panel.widget import Aims, RunPanel
from dpnb.orchestrator import InlineExecutor
from dpnb.planner import DAGBuilder, Planner
from dpnb.registry import TaskRegistry, task


@pytest.fixture
def run(tmp_path):
    registry = TaskRegistry()

    @task(registry=registry)
    def 적재(days: int = 3) -> pd.DataFrame:
        """Made-up days."""
        print("loaded")
        return pd.DataFrame({"<b>day</b>": range(days)})

    @task(registry=registry)
    def broken(적재: pd.DataFrame) -> int:
        return len(적재) // 0

    orchestrator = Orchestrator(executor=InlineExecutor(), workspace=Workspace(tmp_path / ".dpnb", registry=registry))
    return orchestrator.start_pipeline(Planner(DAGBuilder(registry)).create_execution_plan(params={"days": 2}))


@pytest.fixture
def started() -> list[Run]:
    return []


@pytest.fixture
def resumed() -> list[RunPanel]:
    return []


@pytest.fixture
def panel(run, started, resumed):
    shown = RunPanel(run, Aims(rerun=started.append, resume=resumed.append))
    shown.tell(run.snapshot())
    yield shown
    shown.close()


def section(panel: RunPanel, title: str) -> dict[str, Any]:
    return next(one for one in panel.details["sections"] if one["title"].startswith(title))


def test_it_tells_how_the_run_stands(panel, run):
    assert panel.names == ["적재", "broken"]
    assert panel.moment["status"] == "failed"
    assert panel.moment["is_over"]
    assert len(panel.states) == 2
    assert [bar[0] for bar in json.loads(panel.bars)] == [0, 1]
    assert panel.forecast == {"left_s": None, "critical": [0, 1]}


def test_the_picture_has_a_card_for_each_task_and_an_icon_for_each_state(panel, run):
    picture = picture_of(run.outline)
    assert set(re.findall(r'<g id="(n\d+)"', picture.svg)) == {"n0", "n1"}
    assert {f"i-{look['state'].replace('_', '-')}" for look in panel.palette} <= set(
        re.findall(r'id="(i-[a-z-]+)"', picture.svg)
    )
    assert picture.edges == [(0, 1)]


def test_a_click_opens_what_is_known_of_a_task(panel):
    panel._hear(panel, {"do": "open", "id": "1", "task": 0}, [])
    assert panel.details["name"] == "적재"
    assert section(panel, "Result")["rows"] == (("<b>day</b>",), ("0",), ("1",))
    assert ("all of it", "run.browse('적재')") in section(panel, "Overview")["rows"]
    assert ("days", "run parameter: 2") in section(panel, "Inputs")["rows"]
    assert "loaded" in str(section(panel, "Log")["text"])
    assert "range(days)" in str(section(panel, "Source")["text"])
    panel._hear(panel, {"do": "open", "id": "2", "task": None}, [])
    assert panel.details == {}


def test_a_failed_task_shows_its_own_traceback(panel):
    panel._hear(panel, {"do": "open", "id": "1", "task": 1}, [])
    assert "ZeroDivisionError" in str(section(panel, "Error")["text"])


def test_a_place_that_is_no_task_opens_nothing(panel):
    panel._hear(panel, {"do": "open", "id": "1", "task": 99}, [])
    assert panel.details == {}


def test_resume_and_rerun_hand_over_what_goes_then(panel, run, started, resumed):
    panel._hear(panel, {"do": "resume", "id": "1"}, [])
    panel._hear(panel, {"do": "resume", "id": "1"}, [])
    assert resumed == [panel]
    panel._hear(panel, {"do": "rerun", "id": "2"}, [])
    assert [again.record.rerun_of for again in started] == [run.run_id]


def test_a_rerun_is_given_other_parameters_by_their_types_and_says_what_does_not_fit(panel, run, started):
    sent: list[dict[str, Any]] = []
    panel.send = sent.append
    panel._hear(panel, {"do": "ask", "id": "1"}, [])
    (field,) = panel.form["fields"]
    assert (field["name"], field["type"], field["kind"], field["text"]) == ("days", "int", "whole", "2")
    panel._hear(panel, {"do": "rerun", "id": "2", "tasks": "all", "params": {"days": "many"}}, [])
    assert sent[-1]["failed"]
    assert "'days' cannot be 'many': it is a whole number (int)" in sent[-1]["word"]
    panel._hear(panel, {"do": "rerun", "id": "3", "tasks": ["적재"], "downstream": False, "params": {"days": "4"}}, [])
    assert not sent[-1]["failed"]
    (again,) = started
    assert again.wait().known_params == {"days": 4}
    assert len(again["적재"]) == 4


def test_a_dag_of_too_many_tasks_has_no_picture_and_still_its_arrows(panel, run, monkeypatch):
    monkeypatch.setattr("dpnb.notebook.panel.picture.MOST_DRAWN", 1)
    assert picture_of(run.outline) == LivePicture(svg="", edges=[(0, 1)])


def test_the_page_is_put_together_of_all_modules_and_asks_for_nothing_outside():
    page = esm()
    assert not re.search(r"^\s*import\b", page, re.MULTILINE)
    assert page.count("export ") == page.count("export default") == 1
    assert not re.search(r"https?://(?!www\.w3\.org/)|@import|url\(", page + css())
    names = re.findall(r"^(?:class|function|const|let)\s+(\w+)", page, re.MULTILINE)
    assert len(names) == len(set(names)), "the modules share one scope"
    assert MODULES[-1] == "panel.js"


def test_a_picture_that_takes_a_moment_is_awaited_and_comes_with_its_arrows(run, monkeypatch):
    may_draw, drawn = threading.Event(), threading.Event()

    def draw(outline: Any) -> LivePicture:
        may_draw.wait(30)
        return picture_of(outline)

    monkeypatch.setattr("dpnb.notebook.panel.picture.MOST_AT_ONCE", 1)
    monkeypatch.setattr("dpnb.notebook.panel.picture.picture_of", draw)
    panel = RunPanel(run, Aims(rerun=print, resume=print))
    panel.observe(lambda _: drawn.set(), "awaits_picture")
    panel.begin_drawing()
    panel.tell(run.snapshot())
    assert (panel.awaits_picture, panel.picture, panel.moment["status"]) == (True, "", "failed")
    may_draw.set()
    assert drawn.wait(30)
    assert not panel.awaits_picture
    assert 'id="n1"' in panel.picture
    assert panel.edges == [(0, 1)]
    panel.close()
