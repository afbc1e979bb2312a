"""Where a run is shown that is watched."""

from __future__ import annotations

import pytest

from dpnb import InlineExecutor, Orchestrator, Run
from dpnb.orchestrator import watching
from dpnb.planner import DAGBuilder, Planner
from dpnb.registry import TaskRegistry, task


@pytest.fixture
def run(monkeypatch) -> Run:
    monkeypatch.setattr(watching, "_faces", [])
    registry = TaskRegistry()

    @task(registry=registry)
    def 적재() -> int:
        return 1

    return Orchestrator(executor=InlineExecutor()).start_pipeline(Planner(DAGBuilder(registry)).create_execution_plan())


def test_a_run_is_shown_as_text_where_there_is_no_notebook(run, capsys):
    run.watch()
    assert "적재" in capsys.readouterr().out


def test_a_run_is_shown_by_the_face_that_came_last(run, capsys):
    seen: list[Run] = []
    watching.watch_with(lambda _: pytest.fail("this one has been replaced"))
    watching.watch_with(seen.append)
    run.watch()
    assert seen == [run]
    assert not capsys.readouterr().out
