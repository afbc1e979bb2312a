"""Every method of the pages over a workspace of real runs: what it answers is JSON, and what it does is done."""

from __future__ import annotations

import json

import pytest

from dpnb import Workspace
from dpnb.errors import PageRequestError, RunNotFoundError
from dpnb.pages import Controls, Pages, Started

READING = ("hello", "runs.list", "schedules", "disk")


def test_answers_can_be_carried_as_json_anywhere(pages, runs):
    a, b = (run.run_id for run in runs)
    asked: list[tuple[str, dict[str, str]]] = [(method, {}) for method in READING]
    asked += [(method, {"run_id": a}) for method in ("run.panel", "run.moment", "run.facts")]
    asked += [("compare", {"a": a, "b": b}), ("compare.values", {"a": a, "b": b, "task": "late"})]
    for method, params in asked:
        answer = pages.ask(method, params)
        assert json.loads(json.dumps(answer, allow_nan=False, ensure_ascii=False)) == answer, method
        assert not pages.changes(method)


def test_halves_of_letters_and_infinities_in_what_users_named_are_written_out(pages, runs):
    runs[0].note("half \ud83d")
    (_, run) = pages.ask("runs.list", {})["runs"]
    assert json.dumps(run["note"], ensure_ascii=False).encode()


def test_what_there_is_not_is_refused_by_name(pages):
    with pytest.raises(PageRequestError, match=r"there is no such method, but 'runs.list'"):
        pages.ask("runs.lst", {})
    with pytest.raises(RunNotFoundError):
        pages.ask("run.facts", {"run_id": "nope"})


def test_notes_and_pins_are_set_as_far_as_they_are_given(pages, runs):
    assert pages.ask("run.remark", {"run_id": runs[0].run_id, "note": "한글"}) == {"note": "한글", "pinned": False}
    assert pages.ask("run.remark", {"run_id": runs[0].run_id, "pinned": True}) == {"note": "한글", "pinned": True}
    assert runs[0].is_pinned


def test_runs_are_deleted_and_those_that_are_gone_are_no_error(pages, runs, workspace):
    ids = [run.run_id for run in runs]
    assert pages.ask("runs.delete", {"run_ids": [ids[0], "gone"]}) == {"deleted": [ids[0], "gone"], "spared": []}
    assert list(workspace.runs()["run_id"]) == [ids[1]]


def test_a_run_that_is_going_is_spared_and_the_reason_told(pages, runs, workspace):
    lease = workspace.ledger.take(runs[0].run_id)
    answer = pages.ask("runs.delete", {"run_ids": [run.run_id for run in runs]})
    workspace.ledger.release(lease)
    assert answer["deleted"] == [runs[1].run_id]
    ((spared, why),) = answer["spared"]
    assert spared == runs[0].run_id
    assert why


def test_runs_are_repeated_resumed_and_cancelled_by_whoever_serves_the_pages(workspace, runs):
    done: list[tuple[object, ...]] = []

    class Noting(Controls):
        def cancel(self, run, *, at_once):
            done.append(("cancel", run.run_id, at_once))

        def resume(self, run):
            done.append(("resume", run.run_id))
            return Started(run_id=run.run_id, word="goes on")

        def rerun(self, run, asked, key):
            done.append(("rerun", run.run_id, asked.tasks, key))
            return Started(run_id="", word="the notebook is executed first")

    asked = Pages(workspace, Noting(workspace))
    first = runs[0].run_id
    assert asked.ask("run.cancel", {"run_id": first, "at_once": True})["word"] == "killing what runs"
    assert asked.ask("run.resume", {"run_id": first})["run_id"] == first
    answer = asked.ask("run.rerun", {"run_id": first, "key": "click-1"})
    assert answer == {"run_id": "", "word": "the notebook is executed first"}
    assert done == [("cancel", first, True), ("resume", first), ("rerun", first, "stale", "click-1")]


def test_what_changes_anything_is_known_to(pages):
    changing = {"run.cancel", "run.resume", "run.rerun", "run.remark", "runs.delete", "disk.prune"}
    changing |= {f"schedule.{action}" for action in ("pause", "resume", "fire")}
    assert {method for method in (*READING, *changing, "nope") if pages.changes(method)} == changing


def test_a_store_that_cannot_be_written_says_so_and_keeps_its_runs(pages, runs, workspace, monkeypatch):
    monkeypatch.setattr(type(workspace.ledger), "is_read_only", property(lambda _: True))
    with pytest.raises(Exception, match="read"):
        Pages(Workspace(workspace.home)).ask("disk.prune", {"keep": 0, "dry_run": False})
    assert len(workspace.runs()) == 2
