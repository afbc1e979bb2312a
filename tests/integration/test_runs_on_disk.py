"""What runs leave in their workspaces: results, logs, messages, and whose they are."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from dpnb import Orchestrator, Workspace, get_planner, get_run, task
from dpnb.errors import (
    CorruptResultError,
    LedgerReadOnlyError,
)

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("registry")]


def plan(**options):
    return get_planner().create_execution_plan(**options)


def test_an_interrupted_workspace_is_where_it_should_be(tmp_path, monkeypatch):
    monkeypatch.delenv("DPNB_HOME")
    project = tmp_path / "project"
    (project / "notebooks").mkdir(parents=True)
    (project / "pyproject.toml").touch()
    monkeypatch.chdir(project / "notebooks")
    assert Workspace().home == project / ".dpnb"
    (project / "notebooks" / ".dpnb").mkdir()
    assert Workspace().home == project / "notebooks" / ".dpnb"


def test_runs_of_one_name_in_two_workspaces_are_two_runs(tmp_path):
    @task
    def endless() -> None:
        time.sleep(600)

    first, second = (Workspace(tmp_path / name) for name in ("first", "second"))
    for workspace in (first, second):
        Orchestrator(workers=1, workspace=workspace).start_pipeline(plan(), run_id="same")
    assert get_run("same", first).cancel().wait(10).status == "cancelled"
    assert get_run("same", second).is_running
    assert get_run("same", second).cancel().wait(10).status == "cancelled"


def test_a_flood_of_output_holds_up_neither_kernel_nor_run(orchestrator):
    @task
    def flood() -> int:
        sys.stdout.write("y" * 30_000_000)
        return 1

    run = orchestrator.start_pipeline(plan()).wait(60)
    assert run["flood"] == 1
    assert len(run.logs("flood")) < 11 * 2**20


def test_a_workspace_that_may_only_be_read_is_browsed_and_not_run_in(orchestrator, home, monkeypatch):
    @task
    def one() -> int:
        return 1

    run_id = orchestrator.start_pipeline(plan()).wait(60).run_id
    may = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK and may(path, mode))
    workspace = Workspace(home)
    assert workspace.runs()["run_id"].tolist() == [run_id]
    assert get_run(run_id, workspace)["one"] == 1
    with pytest.raises(LedgerReadOnlyError, match="DPNB_HOME"):
        Orchestrator(workers=1, workspace=workspace).start_pipeline(plan())


def test_a_result_that_took_another_s_place_is_noticed(orchestrator):
    @task
    def value(x: int) -> int:
        return x

    first, second = (orchestrator.start_pipeline(plan(params={"x": x})).wait(60) for x in (1, 2))
    path, other = (run.results["path"].iloc[0] for run in (first, second))
    Path(path).write_bytes(Path(other).read_bytes())
    with pytest.raises(CorruptResultError):
        first["value"]
    assert second["value"] == 2


def test_results_are_plain_pickles_at_their_paths(orchestrator):
    @task
    def frame() -> pd.DataFrame:
        return pd.DataFrame({"값": [1, 2]})

    run = orchestrator.start_pipeline(plan()).wait(60)
    pd.testing.assert_frame_equal(pd.read_pickle(run.results["path"].iloc[0]), run["frame"])


def test_an_endless_message_is_cut(orchestrator):
    @task(fail_safe=True)
    def wordy() -> None:
        raise ValueError("x" * 5_000_000)

    run = orchestrator.start_pipeline(plan()).wait(60)
    assert len(run.tasks["reason"].iloc[0]) < 400
    assert len(run.failures["traceback"].iloc[0]) < 50_000


def test_a_log_that_cannot_be_written_holds_up_no_run(orchestrator, monkeypatch):
    @task
    def loud() -> int:
        print("x" * 100_000)
        return 1

    def full(**_) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(orchestrator.workspace.logs, "append", full)
    assert orchestrator.start_pipeline(plan()).wait(30)["loud"] == 1
