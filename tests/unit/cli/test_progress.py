"""What a terminal shows while a notebook's kernel drives a run."""

from __future__ import annotations

import os

from rich.console import Console

from dpnb import InlineExecutor, Orchestrator, Workspace, get_planner, task
from dpnb.cli import progress
from dpnb.cli.progress import NotebookProgress


def shown(watched: NotebookProgress) -> str:
    console = Console(width=200)
    with console.capture() as captured:
        console.print(watched.render())
    return captured.get()


def test_the_kernel_s_last_run_is_shown_as_it_speaks(registry, home, monkeypatch):
    monkeypatch.setattr(progress, "POLL_S", 0.0)
    watched = NotebookProgress("공책.ipynb", home)
    watched.kernel_started(os.getpid(), cells=2)
    watched.cell_started(1)
    assert "cell 1 of 2" in shown(watched)

    @task
    def first() -> None: ...

    @task(fail_safe=True)
    def second(first) -> None:
        raise ValueError("no")

    orchestrator = Orchestrator(executor=InlineExecutor(), workspace=Workspace(home))
    run = orchestrator.start_pipeline(get_planner().create_execution_plan())
    after = shown(watched)
    assert run.run_id in after
    assert "1 succeeded" in after
    assert "1 failed" in after
    again = orchestrator.start_pipeline(get_planner().create_execution_plan())
    assert again.run_id in shown(watched)
