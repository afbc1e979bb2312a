from __future__ import annotations

import json

import pytest

from dpnb import InlineExecutor, Orchestrator, get_run
from dpnb.errors import UnknownTaskError
from dpnb.notebook.panel.board import LETTERS
from dpnb.pages.run_panel import RunPanels
from dpnb.results import RunRecord, RunStatus, TaskRunRecord, TaskState


def test_the_panel_of_a_run_that_has_ended_is_whole(pages, runs):
    told = pages.ask("run.panel", {"run_id": runs[0].run_id})
    assert told["names"] == ["항공편", "late"]
    assert told["edges"] == [[0, 1]]
    assert told["picture"].startswith("<svg")
    moment = pages.ask("run.moment", {"run_id": runs[0].run_id, "task": "late"})
    assert moment["states"] == LETTERS[TaskState.SUCCEEDED] * 2
    assert (moment["moment"]["status"], moment["moment"]["is_over"]) == ("succeeded", True)
    assert [bar[0] for bar in moment["bars"]] == [0, 1]
    assert moment["forecast"] == {"left_s": None, "critical": [0, 1]}
    assert moment["details"]["name"] == "late"
    assert "<b>" in json.dumps(moment["details"])


def test_no_details_are_told_where_no_task_is_open_and_an_unknown_one_is_refused(pages, runs):
    assert pages.ask("run.moment", {"run_id": runs[0].run_id})["details"] == {}
    with pytest.raises(UnknownTaskError):
        pages.ask("run.moment", {"run_id": runs[0].run_id, "task": "nope"})


@pytest.mark.parametrize("is_going", [True, False])
def test_a_run_is_read_on_from_where_it_was_left(workspace, runs, monkeypatch, is_going):
    run = runs[0]
    monkeypatch.setattr(type(run), "is_running", property(lambda _: is_going))
    panels = RunPanels(workspace)
    first = panels.moment(run.run_id)
    assert panels.moment(run.run_id)["states"] == first["states"] == LETTERS[TaskState.SUCCEEDED] * 2
    reader = panels._kept(run).reader
    assert list(reader.read()) == [], "all of its events were taken once"


def test_a_run_that_has_not_said_its_end_is_told_as_it_is_known_to_stand(pages, workspace):
    unsaid = RunRecord(run_id="r", dag_id="d", status=RunStatus.FAILED, started_us=1, finished_us=2, tasks=1)
    workspace.ledger.record([unsaid, TaskRunRecord(run_id="r", task="보고", position=0, state=TaskState.FAILED)])
    told = pages.ask("run.moment", {"run_id": "r"})
    assert (told["moment"]["status"], told["states"]) == ("failed", LETTERS[TaskState.FAILED])


def test_only_so_many_runs_are_kept_in_mind(workspace, runs, monkeypatch):
    monkeypatch.setattr("dpnb.pages.run_panel._REMEMBERED", 1)
    panels = RunPanels(workspace)
    for run in runs:
        panels.panel(run.run_id)
    assert list(panels._seen) == [runs[1].run_id]


def test_a_run_is_best_compared_with_the_one_before_or_the_one_that_it_repeats(pages, runs, workspace, plan):
    assert pages.ask("run.facts", {"run_id": runs[0].run_id})["before"] == ""
    assert pages.ask("run.facts", {"run_id": runs[1].run_id})["before"] == runs[0].run_id
    orchestrator = Orchestrator(executor=InlineExecutor(), workspace=workspace)
    orchestrator.start_pipeline(plan(params={"year": 2015})).wait()
    again = orchestrator.rerun(get_run(runs[1].run_id, workspace)).wait()
    facts = pages.ask("run.facts", {"run_id": again.run_id})
    assert (facts["before"], facts["rerun_of"]) == (runs[1].run_id, runs[1].run_id)
    assert facts["parameters"] == [["year", "2014"]]
