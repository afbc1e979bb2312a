"""A small workspace behind an application, and a client that shows its token."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pandas as pd
import pytest

from dpnb import InlineExecutor, TaskRegistry, Workspace, task
from dpnb.planner import DAGBuilder, Planner
from dpnb.server import Access, create_app

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from fastapi import FastAPI

    from dpnb.planner import ExecutionPlan

TOKEN = "a-token-of-the-tests"
HOST = "testserver"


def tasks_of(registry: TaskRegistry) -> None:
    @task(registry=registry, tags=["etl"])
    def 항공편(연도: int = 2013, 편수: int = 2) -> pd.DataFrame:
        print(f"{연도}년")
        return pd.DataFrame({"편": range(편수), "도시": ["<b>서울</b>"] * 편수})

    @task(registry=registry, tags=["etl"])
    def total(항공편: pd.DataFrame) -> dict[str, int]:
        return {"편": len(항공편)}

    @task(registry=registry, tags=["bad"])
    def divide(by: float) -> float:
        return 1 / by


@pytest.fixture
def registry() -> TaskRegistry:
    made = TaskRegistry()
    tasks_of(made)
    return made


@pytest.fixture
def workspace(home: Path, registry: TaskRegistry) -> Workspace:
    return Workspace(home, registry=registry)


@pytest.fixture
def plan(registry: TaskRegistry) -> Callable[..., ExecutionPlan]:
    return Planner(DAGBuilder(registry)).create_execution_plan


@pytest.fixture
def app(workspace: Workspace, plan: Callable[..., ExecutionPlan]) -> FastAPI:
    access = Access(token=TOKEN, hosts=(HOST,), body_limit_bytes=10_000)
    return create_app(workspace, {"수집": plan(tags="etl")}, access=access, executor=InlineExecutor())


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)
    shown = {"Authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}", headers=shown) as made:
        yield made
