"""Panels in marimo, of which a stand-in keeps what a cell shows."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from dpnb import InlineExecutor, Orchestrator, TaskRegistry, Workspace, task
from dpnb.notebook.marimo_cells import register
from dpnb.notebook.panel.widget import RunPanel
from dpnb.orchestrator import watching
from dpnb.planner import DAGBuilder, Planner


@pytest.fixture
def shown(monkeypatch) -> list[tuple[str, RunPanel]]:
    cell: list[tuple[str, RunPanel]] = []
    marimo = SimpleNamespace(
        running_in_notebook=lambda: True,
        output=SimpleNamespace(append=cell.append),
        ui=SimpleNamespace(anywidget=lambda widget: ("anywidget", widget)),
    )
    monkeypatch.setitem(sys.modules, "marimo", marimo)
    monkeypatch.setattr(watching, "_faces", [])
    register()
    return cell


@pytest.fixture
def run(tmp_path):
    registry = TaskRegistry()

    @task(registry=registry)
    def 적재() -> int:
        return 1

    orchestrator = Orchestrator(executor=InlineExecutor(), workspace=Workspace(tmp_path / ".dpnb", registry=registry))
    return orchestrator.start_pipeline(Planner(DAGBuilder(registry)).create_execution_plan())


def test_a_run_that_is_watched_is_a_panel_in_the_cell(shown, run):
    run.watch()
    ((kind, panel),) = shown
    assert kind == "anywidget"
    assert panel.moment["status"] == "succeeded"
    assert panel.names == ["적재"]
    panel.close()


def test_in_a_program_that_only_imports_marimo_it_is_text(shown, run, capsys):
    sys.modules["marimo"].running_in_notebook = lambda: False  # type: ignore[attr-defined]
    run.watch()
    assert not shown
    assert "succeeded" in capsys.readouterr().out
