"""Requests beside a bare FastAPI endpoint that does nothing, and beside the same runs started without HTTP.

All are made in this process, without a socket, so that what is measured is the server's own work: who asks is looked
at, the parameters are validated, and the run is planned, recorded and carried out.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from fastapi import FastAPI

from dpnb import InlineExecutor, Orchestrator, TaskRegistry, Workspace, task
from dpnb.planner import DAGBuilder, Planner
from dpnb.server import Access, create_app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dpnb.planner import ExecutionPlan

REQUESTS = 20


@pytest.fixture
def loop() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def plan() -> ExecutionPlan:
    registry = TaskRegistry()

    @task(registry=registry)
    def answer(year: int = 2013) -> int:
        return year

    return Planner(DAGBuilder(registry)).create_execution_plan()


def asking(loop: asyncio.Runner, app: FastAPI, method: str, path: str, body: Any = None) -> Callable[[], None]:
    """Return what makes some requests, one after the other."""

    async def ask() -> None:
        headers = {"Authorization": "Bearer token"}
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers) as client:
            for _ in range(REQUESTS):
                assert (await client.request(method, path, json=body)).is_success

    return lambda: loop.run(ask())


def bare() -> FastAPI:
    app = FastAPI()

    @app.post("/nothing", status_code=201)
    def nothing() -> dict[str, str]:
        return {}

    return app


@pytest.mark.benchmark(group=f"{REQUESTS} runs of one task by HTTP")
def test_starting(in_turns, benchmark, loop, fresh_folder, plan):
    workspace, executor = Workspace(fresh_folder()), InlineExecutor()
    app = create_app(workspace, {"a": plan}, access=Access(token="token"), executor=executor)
    orchestrator = Orchestrator(workspace=workspace, executor=executor)

    def without_http() -> None:
        for _ in range(REQUESTS):
            orchestrator.start_pipeline(plan, params={"year": 2014})

    benchmark.extra_info["goal_ratio"] = {"start_pipeline": 1.5}
    in_turns(
        asking(loop, app, "POST", "/pipelines/a/runs", {"params": {"year": 2014}}),
        {"start_pipeline": without_http, "bare FastAPI": asking(loop, bare(), "POST", "/nothing")},
    )


@pytest.mark.benchmark(group=f"{REQUESTS} looks at a run by HTTP")
def test_reading(in_turns, benchmark, loop, fresh_folder, plan):
    workspace = Workspace(fresh_folder())
    run = Orchestrator(workspace=workspace, executor=InlineExecutor()).start_pipeline(plan)
    app = create_app(workspace, access=Access(token="token"))
    benchmark.extra_info["goal_ratio"] = 5
    in_turns(
        asking(loop, app, "GET", f"/runs/{run.run_id}/tasks"),
        {"bare FastAPI": asking(loop, bare(), "POST", "/nothing")},
    )
