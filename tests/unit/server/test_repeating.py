"""Runs are run again by whatever knows their tasks: a plan that is served, one that is named, this process."""

from __future__ import annotations

from contextlib import asynccontextmanager

import httpx
import pytest

from dpnb import InlineExecutor, Orchestrator, TaskRegistry, Workspace, task
from dpnb.planner import DAGBuilder, Planner
from dpnb.server import Access, create_app
from tests.unit.server.conftest import HOST


@pytest.fixture
def elsewhere():
    """Give the plan of a task that no workspace's registry has."""
    registry = TaskRegistry()

    @task(registry=registry)
    def 합계(연도: int = 2013) -> int:
        return 연도 + 1

    return Planner(DAGBuilder(registry)).create_execution_plan()


@asynccontextmanager
async def asking(home, pipelines, registry=None):
    workspace = Workspace(home, registry=registry or TaskRegistry())
    app = create_app(workspace, pipelines, access=Access(token=None, hosts=(HOST,)), executor=InlineExecutor())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"http://{HOST}") as client:
        yield client


@pytest.fixture
def run_id(home, elsewhere):
    return Orchestrator(executor=InlineExecutor(), workspace=Workspace(home)).start_pipeline(elsewhere).run_id


async def test_a_plan_that_is_served_knows_the_tasks_of_its_runs(home, elsewhere, run_id, plan):
    async with asking(home, {"다른": plan(tags="etl"), "합계": elsewhere}) as client:
        again = await client.post(f"/runs/{run_id}/rerun", json={"params": {"연도": 2020}})
        assert (again.status_code, again.json()["status"]) == (201, "succeeded")
        assert (await client.get(f"/runs/{again.json()['run_id']}/tasks/합계/data")).json() == 2021
        assert (await client.post(f"/runs/{run_id}/resume")).status_code == 200  # it had succeeded: nothing is left


async def test_a_pipeline_that_is_named_is_the_one_that_is_asked(home, elsewhere, run_id, plan):
    async with asking(home, {"다른": plan(tags="etl"), "합계": elsewhere}) as client:
        named = await client.post(f"/runs/{run_id}/rerun", json={"pipeline": "합계", "tasks": "all"})
        assert (named.status_code, named.json()["rerun_of"]) == (201, run_id)
        other = await client.post(f"/runs/{run_id}/rerun", json={"pipeline": "다른"})
        assert (other.status_code, other.json()["code"]) == (409, "tasks_unknown")
        assert (await client.post(f"/runs/{run_id}/resume", json={"pipeline": "없음"})).status_code == 404


async def test_a_server_that_knows_none_of_the_tasks_says_so(home, run_id):
    async with asking(home, {}) as client:
        for action in ("rerun", "resume"):
            answer = await client.post(f"/runs/{run_id}/{action}")
            assert (answer.status_code, answer.json()["code"]) == (409, "tasks_unknown")
            assert answer.json()["message"].endswith("'합계'.")


async def test_what_can_be_done_about_it_is_told_and_can_be_done(home, run_id):
    async with asking(home, {}) as client:
        told = (await client.post(f"/runs/{run_id}/rerun")).json()["hint"]
        assert "dpnb serve NOTEBOOK.ipynb" in told
        assert f"get_run({run_id!r}).rerun()" in told


async def test_a_schedule_that_is_gone_leaves_its_runs_to_what_is_registered(home, elsewhere):
    workspace = Workspace(home)
    orchestrator = Orchestrator(executor=InlineExecutor(), workspace=workspace)
    run = orchestrator.start_pipeline(elsewhere, metadata={"schedule": "없어진"})
    registry = TaskRegistry()
    registry.register(next(iter(elsewhere.dag.nodes.values())).task)
    async with asking(home, {}, registry) as client:
        assert (await client.post(f"/runs/{run.run_id}/rerun")).status_code == 201
