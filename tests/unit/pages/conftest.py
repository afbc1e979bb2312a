"""A small workspace with two runs, between which a task's code and a run parameter have changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from dpnb import InlineExecutor, Orchestrator, TaskRegistry, Workspace, task
from dpnb.pages import Pages
from dpnb.planner import DAGBuilder, Planner

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dpnb import ExecutionPlan, Run


def define(registry: TaskRegistry, least: int) -> None:
    registry.clear()

    @task(registry=registry, tags=["etl"])
    def 항공편(year: int = 2013) -> pd.DataFrame:
        return pd.DataFrame({"id": [1, 2, 3], "<b>": [5, 20, 40], "year": [year] * 3})

    if least == 10:

        @task(registry=registry, tags=["report"])
        def late(항공편: pd.DataFrame) -> pd.DataFrame:
            return 항공편[항공편["<b>"] > 10].reset_index(drop=True)

    else:

        @task(registry=registry, tags=["report"])
        def late(항공편: pd.DataFrame) -> pd.DataFrame:
            return 항공편[항공편["<b>"] > 30].assign(hours=1.0).reset_index(drop=True)


@pytest.fixture
def workspace(home: Path) -> Workspace:
    return Workspace(home, registry=TaskRegistry())


@pytest.fixture
def plan(workspace: Workspace) -> Callable[..., ExecutionPlan]:
    return Planner(DAGBuilder(workspace.registry)).create_execution_plan


@pytest.fixture
def runs(workspace: Workspace, plan: Callable[..., ExecutionPlan]) -> list[Run]:
    """Give two runs, the earlier one first."""
    orchestrator = Orchestrator(executor=InlineExecutor(), workspace=workspace)
    started = []
    for year, least in ((2013, 10), (2014, 30)):
        define(workspace.registry, least)
        started.append(orchestrator.start_pipeline(plan(params={"year": year})).wait())
    return started


@pytest.fixture
def pages(workspace: Workspace) -> Pages:
    return Pages(workspace)
