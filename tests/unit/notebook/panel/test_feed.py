"""A feed tells how a run stands, and of its end once and last."""

from __future__ import annotations

import threading

import pytest

from dpnb import InlineExecutor, Orchestrator, Run, Workspace
from dpnb.notebook.panel.feed import Feed
from dpnb.planner import DAGBuilder, Planner
from dpnb.registry import TaskRegistry, task
from dpnb.results import RunStatus
from dpnb.results.records import TaskState
from dpnb.run_events import RunSnapshot
from tests.waiting import until


class Told:
    def __init__(self) -> None:
        self.snapshots: list[RunSnapshot] = []
        self.ends = 0

    def end(self) -> None:
        self.ends += 1

    def feed(self, run: Run) -> Feed:
        feed = Feed(run, self.snapshots.append, self.end)
        feed.start()
        return feed


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path / ".dpnb", registry=TaskRegistry())


def start(workspace: Workspace) -> Run:
    plan = Planner(DAGBuilder(workspace.registry)).create_execution_plan()
    return Orchestrator(executor=InlineExecutor(), workspace=workspace).start_pipeline(plan)


def test_of_a_run_that_has_ended_it_tells_the_end_alone(workspace):
    @task(registry=workspace.registry)
    def 적재() -> int:
        return 1

    told = Told()
    told.feed(start(workspace)).join(60)
    assert [snapshot.status for snapshot in told.snapshots] == [RunStatus.SUCCEEDED]
    assert told.ends == 1


def test_a_run_is_followed_to_its_end(workspace, tmp_path):
    began, may_end = tmp_path / "began", tmp_path / "may_end"

    @task(registry=workspace.registry)
    def 적재() -> int:
        began.touch()
        until(may_end.exists)
        return 1

    driving = threading.Thread(target=start, args=[workspace])
    driving.start()
    until(began.exists)
    told = Told()
    feed = told.feed(Run(workspace.ledger.runs()[0].run_id, workspace))
    until(lambda: told.snapshots)
    assert not told.snapshots[-1].is_over
    may_end.touch()
    driving.join(60)
    feed.join(60)
    assert told.snapshots[-1].tasks["적재"].state is TaskState.SUCCEEDED
    assert [snapshot.is_over for snapshot in told.snapshots].count(True) == told.ends == 1
