"""Notebooks on their way can be ended by those who asked for them."""

from __future__ import annotations

import asyncio
import os
import threading
from dataclasses import replace

import httpx
import nbformat
import pytest
from nbformat.v4 import new_notebook

from dpnb import InlineExecutor, Orchestrator
from dpnb.results.launches import Launch, Launches, LaunchState
from dpnb.server import Access, create_app
from tests.unit.server.conftest import HOST
from tests.waiting import until


@pytest.fixture
def app(workspace, tmp_path, monkeypatch):
    """Give an application whose notebook never ends by itself, in a kernel that is this process."""

    async def run_for_ever(_, listener) -> None:
        listener.kernel_started(os.getpid(), 1)
        await asyncio.Event().wait()

    monkeypatch.setattr("dpnb.notebook.pipeline.run_notebook", run_for_ever)
    nbformat.write(new_notebook(), tmp_path / "노트.ipynb")
    made = create_app(workspace, {"노트": tmp_path / "노트.ipynb"}, access=Access(token=None, hosts=(HOST,)))
    yield made
    made.state.dpnb.notebooks.stop()
    until(lambda: not [one for one in threading.enumerate() if one.name.startswith("dpnb-launch")])


@pytest.fixture
async def launch_id(app):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"http://{HOST}") as client:
        return (await client.post("/pipelines/노트/runs")).json()["launch_id"]


def ended(workspace, launch_id):
    until(lambda: recorded(workspace, launch_id).state is not LaunchState.GOING)
    launch = recorded(workspace, launch_id)
    return launch.state, launch.error


def recorded(workspace, launch_id) -> Launch:
    launch = Launches(workspace.ledger).get(launch_id)
    assert launch is not None
    return launch


async def test_launch_is_cancelled_and_one_that_has_ended_stays_as_it_is(app, workspace, launch_id):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"http://{HOST}") as client:
        assert (await client.post(f"/launches/{launch_id}/cancel")).status_code == 202
        assert ended(workspace, launch_id) == (LaunchState.INTERRUPTED, "It was cancelled.")
        again = await client.post(f"/launches/{launch_id}/cancel")
        assert (again.status_code, again.json()["state"]) == (202, "interrupted")
        assert (await client.post("/launches/nope/cancel")).status_code == 404


def test_run_that_a_notebook_drives_is_ended_with_the_notebook(app, workspace, plan, launch_id):
    run = Orchestrator(workspace=workspace, executor=InlineExecutor()).start_pipeline(plan(tags="etl"))
    notebooks = app.state.dpnb.notebooks
    assert not notebooks.cancel_run(replace(run.record, pid=1))
    until(lambda: notebooks.cancel_run(run.record))
    assert ended(workspace, launch_id) == (LaunchState.INTERRUPTED, "It was cancelled.")


async def test_launch_of_another_server_is_not_this_ones_to_cancel(app, workspace, launch_id, tmp_path):
    other = create_app(workspace, {"노트": tmp_path / "노트.ipynb"}, access=Access(token=None, hosts=(HOST,)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(other), base_url=f"http://{HOST}") as client:
        assert (await client.post(f"/launches/{launch_id}/cancel")).status_code == 409
    assert recorded(workspace, launch_id).state is LaunchState.GOING
