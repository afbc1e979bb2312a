"""Runs that share files, processes that meddle and die: what is deleted is free, what stays is whole."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from dpnb import InlineExecutor, Orchestrator, Run, Workspace, get_run, prune, runs, task
from dpnb.errors import LedgerReadOnlyError, RunCriterionError, RunGoingError, RunNotFoundError
from dpnb.planner import DAGBuilder, Planner
from dpnb.registry import TaskRegistry
from dpnb.results.crash_points import ARMED_BY
from tests.outcomes import states
from tests.waiting import until

if TYPE_CHECKING:
    import pandas as pd

pytestmark = pytest.mark.integration

VALUES = 100_000  # 800 kB


@pytest.fixture
def workspace(home) -> Workspace:
    return Workspace(home, registry=TaskRegistry())


def make(workspace: Workspace, run_id: str, *, reusing: str = "", year: int = 2013, fails: bool = False) -> Run:
    """Make a run of two tasks; the first one's result is the one that an earlier run has, if that is named."""
    registry = TaskRegistry()

    @task(registry=registry, tags=["etl"])
    def numbers(year: int) -> np.ndarray:
        return np.arange(VALUES) + year

    @task(registry=registry)
    def total(numbers: np.ndarray) -> int:
        print("adding up")
        return int(numbers.sum()) // (0 if fails else 1)

    plan = Planner(DAGBuilder(registry)).create_execution_plan(params={"year": year})
    run = Orchestrator(executor=InlineExecutor(), workspace=workspace).start_pipeline(plan, run_id=run_id)
    if reusing:
        (earlier,) = workspace.ledger.results(reusing, "numbers")
        workspace.io_manager.remove(run_id=run_id, task_name="numbers", task_result_id=earlier.result_id)
        workspace.ledger.record([workspace.io_manager.link(earlier, run_id=run_id)])
    return run


def occupied(folder: Path) -> int:
    """Return what all below a folder occupies, each file once; the folder itself does not count."""
    found = [os.lstat(path) for path in folder.rglob("*")]
    return sum({(one.st_dev, one.st_ino): one.st_blocks * 512 for one in found}.values())


def by_run(frame: pd.DataFrame) -> Any:
    return frame.set_index("run_id")


def python(code: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Do something in another process, in the same workspace."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env=os.environ | environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_disk_use_counts_every_file_once_and_adds_up(workspace):
    make(workspace, "하나")
    make(workspace, "둘", reusing="하나")
    make(workspace, "셋", reusing="둘")
    use = by_run(workspace.disk_usage())
    assert list(use.index) == ["셋", "둘", "하나"]
    own = os.lstat(workspace.base_path / "store.json").st_blocks * 512
    assert use["added"].sum() == occupied(workspace.base_path) - own
    assert use["disk"].sum() > use["added"].sum() + 2 * 8 * VALUES
    assert (use["bytes"] > 8 * VALUES).all()
    assert (use["shared"] > 8 * VALUES).all()
    assert (use["freed"] < 8 * VALUES).all()
    assert (use["disk"] == use["freed"] + use["shared"]).all()
    assert use["added"].idxmax() == "하나"
    assert use["status"].tolist() == ["succeeded"] * 3


def test_folder_that_the_ledger_does_not_know_is_told_last(workspace):
    make(workspace, "known")
    workspace.io_manager.save(run_id="stray", task_name="t", task_result_id="result_001", value=1)
    use = workspace.disk_usage()
    assert use["run_id"].tolist() == ["known", "stray"]
    assert use.iloc[1][["status", "started"]].isna().all()
    assert use["files"].tolist()[1] == 1


def test_what_is_deleted_frees_what_was_said_and_takes_nothing_from_who_reused_it(workspace):
    make(workspace, "first")
    make(workspace, "second", reusing="first")
    make(workspace, "third", reusing="second")
    make(workspace, "alone", year=2014)
    promised = by_run(prune(keep=2, keep_succeeded=0, workspace=workspace))
    assert promised["outcome"].tolist() == ["kept", "kept", "would be deleted", "would be deleted"]
    before = occupied(workspace.base_path)
    told = by_run(prune(keep=2, keep_succeeded=0, dry_run=False, workspace=workspace))
    assert told["outcome"].tolist() == ["kept", "kept", "deleted", "deleted"]
    assert told["freed"].equals(promised["freed"])
    assert before - occupied(workspace.base_path) == told["freed"].sum()
    assert told["freed"].sum() < 8 * VALUES < told.loc["first", "disk"]
    assert runs(workspace)["run_id"].tolist() == ["alone", "third"]
    assert get_run("third", workspace)["numbers"][3] == 2016
    assert workspace.check(thorough=True).empty


def test_shared_file_is_freed_with_the_last_that_has_it(workspace):
    make(workspace, "first")
    make(workspace, "second", reusing="first")
    make(workspace, "kept", year=2014)
    told = by_run(workspace.prune(keep=1, keep_succeeded=0, dry_run=False))
    assert told.loc["second", "freed"] > 8 * VALUES > told.loc["first", "freed"]


def test_rerun_stays_whole_when_what_it_has_reused_is_deleted(workspace):
    first = repeatable(workspace)
    second = Orchestrator(executor=InlineExecutor(), workspace=workspace).rerun(first)
    assert states(second) == {"numbers": "reused", "total": "reused"}
    use = by_run(workspace.disk_usage())
    assert use.loc[second.run_id, "added"] < 8 * VALUES < use.loc[second.run_id, "shared"]
    assert runs(workspace)["rerun_of"].tolist() == [first.run_id, ""]
    told = by_run(workspace.prune(keep=1, keep_succeeded=0, dry_run=False))
    assert told.loc[first.run_id, "freed"] < 8 * VALUES
    assert second["total"] == VALUES * (VALUES - 1) // 2
    third = Orchestrator(executor=InlineExecutor(), workspace=workspace).rerun(second)
    assert states(third) == {"numbers": "reused", "total": "reused"}


def test_rerun_that_would_have_reused_what_is_being_deleted_runs_it_again(workspace):
    first = repeatable(workspace)
    workspace.io_manager.clear_run(run_id=first.run_id)  # its rows are still there, as in the middle of a deletion
    second = Orchestrator(executor=InlineExecutor(), workspace=workspace).rerun(first)
    assert states(second) == {"numbers": "succeeded", "total": "succeeded"}
    assert second["total"] == VALUES * (VALUES - 1) // 2


def repeatable(workspace: Workspace) -> Run:
    """Make a run of tasks that the workspace's registry knows."""

    @task(registry=workspace.registry)
    def numbers() -> np.ndarray:
        return np.arange(VALUES)

    @task(registry=workspace.registry)
    def total(numbers: np.ndarray) -> int:
        return int(numbers.sum())

    plan = Planner(DAGBuilder(workspace.registry)).create_execution_plan()
    return Orchestrator(executor=InlineExecutor(), workspace=workspace).start_pipeline(plan)


def test_nothing_is_deleted_unless_that_is_asked_for(workspace):
    make(workspace, "old")
    make(workspace, "new")
    assert workspace.prune(keep=1, keep_succeeded=0)["outcome"].tolist() == ["kept", "would be deleted"]
    assert len(workspace.runs()) == 2
    with pytest.raises(RunCriterionError, match="give keep=10"):
        workspace.prune(dry_run=False)
    assert len(workspace.runs()) == 2


def test_pinned_runs_and_the_last_success_stay(workspace):
    make(workspace, "good")
    make(workspace, "better")
    make(workspace, "bad", fails=True).pin()
    make(workspace, "worse", fails=True)
    told = by_run(workspace.prune(keep=0, older_than="0s", dry_run=False))
    assert told["outcome"].to_dict() == {"worse": "deleted", "bad": "kept", "better": "kept", "good": "deleted"}
    assert told.loc["bad", "reason"] == "pinned"
    assert get_run("bad", workspace).unpin().is_pinned is False
    assert by_run(workspace.prune(keep=0, dry_run=False)).loc["bad", "outcome"] == "deleted"


def test_run_that_was_pinned_since_it_was_chosen_stays(workspace, monkeypatch):
    make(workspace, "old")
    make(workspace, "new")
    take = workspace.ledger.take
    monkeypatch.setattr(workspace.ledger, "take", lambda run_id: (get_run(run_id, workspace).pin(), take(run_id))[1])
    told = by_run(workspace.prune(keep=1, keep_succeeded=0, dry_run=False))
    assert told.loc["old", ["outcome", "reason"]].tolist() == ["kept", "pinned"]
    assert get_run("old", workspace)["total"] > 0


def test_note_is_replaced_and_seen_wherever_the_run_is(workspace):
    run = make(workspace, "런")
    assert run.note() == ""
    assert run.note("기준선: 2013") == "기준선: 2013"
    run.note("baseline\nof 2013")
    assert get_run("런", workspace).note() == "baseline\nof 2013"
    assert runs(workspace)["note"].tolist() == ["baseline\nof 2013"]
    assert "baseline" in run._repr_mimebundle_()["text/plain"]
    assert "baseline" in run._repr_mimebundle_()["text/html"]
    assert run.note("") == ""
    run.note("\ud800")
    assert run.note() == "\\ud800"
    with pytest.raises(TypeError, match="a note is a text, not 7"):
        run.note(7)  # type: ignore[arg-type]


def test_run_that_was_deleted_takes_neither_note_nor_pin(workspace):
    run = make(workspace, "r")
    run.delete()
    for say in (lambda: run.note("too late"), run.pin):
        with pytest.raises(RunNotFoundError):
            say()


def test_workspace_that_may_only_be_read_takes_no_note_and_loses_no_run(workspace, monkeypatch):
    run = make(workspace, "r")
    monkeypatch.setattr(type(workspace.ledger), "is_read_only", property(lambda _self: True))
    for change in (lambda: run.note("x"), run.pin, run.unpin, lambda: workspace.prune(keep=0, dry_run=False)):
        with pytest.raises(LedgerReadOnlyError):
            change()
    assert (run.note(), run.is_pinned) == ("", False)
    assert workspace.prune(keep=0, keep_succeeded=0)["outcome"].tolist() == ["would be deleted"]


def test_another_process_says_something_of_a_run_and_cannot_prune_it_while_it_goes(tmp_path, workspace):
    gate = tmp_path / "gate"
    registry = TaskRegistry()

    @task(registry=registry)
    def first() -> int:
        return 1

    @task(registry=registry)
    def slow(first: int) -> int:
        import time

        while not gate.exists():
            time.sleep(0.01)
        return first + 1

    plan = Planner(DAGBuilder(registry)).create_execution_plan()
    run = Orchestrator(workers=1, workspace=workspace).start_pipeline(plan, run_id="going")
    until(lambda: run.tasks["state"].tolist() == ["succeeded", "running"])
    done = python(
        """
        from dpnb import get_run, prune, runs
        get_run("going").pin().note("from elsewhere")
        get_run("going").unpin().pin()
        told = prune(keep=0, keep_succeeded=0, dry_run=False)
        print(told["outcome"].tolist(), told["reason"].tolist(), runs(status="running", pinned=True)["note"].tolist())
        """
    )
    assert done.stdout.strip() == "['kept'] ['a process holds it'] ['from elsewhere']", done.stderr
    with pytest.raises(RunGoingError):
        run.delete()
    gate.touch()
    run.wait(60)
    assert (run.status, run["slow"], run.note(), run.is_pinned) == ("succeeded", 2, "from elsewhere", True)


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("point", ["delete.taken", "delete.hidden", "delete.cleared", "delete.forgotten"])
def test_deletion_that_is_cut_off_is_finished_by_the_next(workspace, tmp_path, point, number):
    make(workspace, "first")
    make(workspace, "second", reusing="first")
    make(workspace, "third", reusing="second")
    code = "from dpnb import prune; prune(keep=1, keep_succeeded=0, dry_run=False)"
    died = python(code, **{ARMED_BY: f"{point},{number},{tmp_path / 'count'}"})
    assert died.returncode == -signal.SIGKILL, died.stderr
    third = get_run("third", workspace)
    assert third["numbers"][0] == 2013
    left = set(runs(workspace)["run_id"])
    assert {"third"} <= left
    for run_id in left - {"third"}:
        assert get_run(run_id, workspace).status == "succeeded"
    told = prune(keep=1, keep_succeeded=0, dry_run=False, workspace=workspace)
    assert set(told["run_id"][told["outcome"] == "deleted"]) == left - {"third"}
    assert runs(workspace)["run_id"].tolist() == ["third"]
    assert sorted(path.name for path in workspace.base_path.iterdir()) == ["store.json", "third"]
    assert workspace.ledger.held_runs() == set()
    assert workspace.check(thorough=True).empty


def test_half_deleted_run_is_found_by_a_check(workspace, tmp_path):
    make(workspace, "r")
    code = "from dpnb import Workspace; Workspace().delete_run('r')"
    python(code, **{ARMED_BY: f"delete.hidden,1,{tmp_path / 'count'}"})
    (hidden,) = workspace.base_path.glob(".*.tmp")
    found = workspace.check()
    assert f"a process died while it deleted {str(hidden)!r}" in found["problem"].tolist()
    assert not hidden.exists()
    assert workspace.delete_run("r")


def test_two_processes_that_prune_at_once_do_not_hinder_each_other(workspace):
    for number in range(12):
        make(workspace, f"r{number:02}")
    code = "from dpnb import prune; prune(keep=2, keep_succeeded=0, dry_run=False)"
    started = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [process.communicate(timeout=60) for process in started]
    assert [process.returncode for process in started] == [0, 0], said
    assert runs(workspace)["run_id"].tolist() == ["r11", "r10"]
    assert sorted(path.name for path in workspace.base_path.iterdir()) == ["r10", "r11", "store.json"]


def test_runs_are_found_by_what_they_were(workspace):
    make(workspace, "a", year=2013)
    make(workspace, "b", year=2014, fails=True)
    make(workspace, "c", year=2014).note("last")
    frame = runs(workspace, tag="etl", task="num*", params={"year": 2014}, since="1h")
    assert frame["run_id"].tolist() == ["c", "b"]
    assert frame["note"].tolist() == ["last", ""]
    assert runs(workspace, status="failed")["run_id"].tolist() == ["b"]
    assert runs(workspace, limit=1)["run_id"].tolist() == ["c"]
    empty = runs(workspace, tag="ml")
    assert len(empty) == 0
    assert dict(empty.dtypes) == dict(frame.dtypes)
