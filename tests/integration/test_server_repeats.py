"""Runs of notebooks and of schedules go on, and run again, over HTTP, at a server that has none of their tasks."""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx
import pytest

from dpnb import TaskRegistry, Workspace, get_run, task
from dpnb.launch import WorkspaceLauncher, pipeline_order, schedule
from dpnb.planner import DAGBuilder, Planner
from dpnb.results import RunStatus
from dpnb.results.launches import Launch, Launches, LaunchState
from dpnb.server import Access, create_app
from tests.front_end import FrontEnd, notebook_kernel
from tests.notebook_files import write_notebook
from tests.outcomes import states
from tests.waiting import until

pytestmark = pytest.mark.integration

HOST = "testserver"
CELLS = (
    """
import os
from dpnb import task

@task(tags=["etl"])
def 항공편(year: int = 2013) -> list[int]:
    return [year, 1]

@task(tags=["etl"])
def total(항공편: list[int]) -> int:
    if os.path.exists("broken"):
        raise ValueError("not yet")
    return sum(항공편)
""",
    """
from dpnb import Orchestrator, get_planner
run = Orchestrator(workers=1).start_pipeline(get_planner().create_execution_plan(tags=["etl"]), {"year": year}).wait()
""",
)


@pytest.fixture
def notebook(terminal):
    """Give a notebook that starts its run itself."""
    return terminal.notebook(*CELLS)


@asynccontextmanager
async def served(home, pipelines=None):
    app = create_app(Workspace(home), pipelines, access=Access(token=None, hosts=(HOST,)), workers=1)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"http://{HOST}") as client:
        yield client
    app.state.dpnb.means.notebooks.stop()


def done(run) -> list[str]:
    return [row.task for row in get_run(run.run_id).task_records() if row.state.is_terminal]


def end_of(launch: httpx.Response, home):
    assert launch.status_code == 202, launch.text
    launches, launch_id = Launches(Workspace(home).ledger), launch.json()["launch_id"]
    assert launch.headers["Location"] == f"../../launches/{launch_id}"

    def look() -> Launch:
        found = launches.get(launch_id)
        assert found is not None
        return found

    until(lambda: look().state is not LaunchState.GOING)
    return look()


async def test_a_notebooks_run_goes_on_and_runs_again_by_its_notebook(terminal, notebook):
    (notebook.parent / "broken").touch()
    terminal.dpnb("run", notebook, "-p", "year=2020", code=1)
    workspace = Workspace(terminal.home)
    first = get_run("latest", workspace)
    assert first.status is RunStatus.FAILED
    (notebook.parent / "broken").unlink()
    async with served(terminal.home) as client, served(terminal.home, {"노트": notebook}) as other:
        address = f"/runs/{first.run_id}/resume"
        answers = await asyncio.gather(*(asked.post(address) for asked in (client, other) * 3))
        refused = await other.post(address, json={"pipeline": "노트"})
        assert (refused.status_code, refused.json()["code"]) == (409, "run_going")
        assert len({answer.json()["launch_id"] for answer in answers}) == 1  # one notebook is executed, whoever asks
        (resumed,) = {end_of(answer, terminal.home) for answer in answers}
        assert (resumed.state, resumed.run_id, first.status) == (LaunchState.ENDED, first.run_id, RunStatus.SUCCEEDED)
        assert first["total"] == 2021

        key = {"Idempotency-Key": "k"}
        again = await client.post(f"/runs/{first.run_id}/rerun", headers=key)
        rerun = end_of(again, terminal.home)
        assert rerun.state is LaunchState.ENDED, rerun
        repeated = get_run(rerun.run_id, workspace)
        assert (repeated.record.rerun_of, repeated["total"]) == (first.run_id, 2021)
        assert states(repeated) == {"항공편": "reused", "total": "reused"}
        known = await client.post(f"/runs/{first.run_id}/rerun", headers=key)
        assert (known.status_code, known.json()["launch_id"]) == (200, rerun.launch_id)

        asked = {"params": {"year": 2030}, "tasks": ["total"]}
        anew = end_of(await client.post(f"/runs/{rerun.run_id}/rerun", json=asked), terminal.home)
        changed = get_run(anew.run_id, workspace)
        assert (changed["total"], states(changed)) == (2031, {"항공편": "succeeded", "total": "succeeded"})
        copy = json.loads((workspace.base_path / anew.run_id / "notebook.ipynb").read_text())
        assert copy["metadata"]["dpnb"]["source"].endswith(notebook.name)

        notebook.unlink()
        gone = await client.post(f"/runs/{first.run_id}/rerun")
        assert (gone.status_code, gone.json()["code"]) == (409, "notebook_gone")


@pytest.mark.skipif(os.name != "posix", reason="signals")
async def test_a_run_whose_server_was_killed_goes_on_at_the_next(terminal, home):
    gate = terminal.folder / "gate"
    notebook = terminal.notebook(
        f"""
import time
from pathlib import Path
from dpnb import task

@task
def first() -> int:
    return 1

@task
def second(first: int, year: int = 2012) -> int:
    while not Path({str(gate)!r}).exists():
        time.sleep(0.02)
    return first + year
"""
    )
    process = terminal.start("run", notebook, "-p", "year=2030")
    workspace = Workspace(terminal.home)
    until(lambda: workspace.has_ledger and [run for run in workspace.ledger.open_runs() if "first" in done(run)])
    (run,) = workspace.ledger.open_runs()
    async with served(terminal.home) as client:
        going = await client.post(f"/runs/{run.run_id}/resume")
        assert (going.status_code, going.json()["code"]) == (409, "run_going")
        process.kill()  # and its kernel goes with it
        process.communicate()
        until(lambda: get_run(run.run_id, workspace).status is RunStatus.INTERRUPTED)
        gate.touch()
        resumed = end_of(await client.post(f"/runs/{run.run_id}/resume"), terminal.home)
        assert (resumed.state, resumed.error) == (LaunchState.ENDED, "")
    whole = get_run(run.run_id, workspace)
    assert (whole["second"], list(whole.tasks["attempts"])) == (2031, [1, 2])


async def test_a_run_that_came_of_no_notebook_is_run_again_by_the_one_that_is_named(terminal, notebook, home):
    registry = TaskRegistry()

    @task(registry=registry, tags=["etl"])
    def total(year: int = 2013) -> int:
        return year

    workspace = Workspace(terminal.home, registry=registry)
    plan = Planner(DAGBuilder(registry)).create_execution_plan(tags=["etl"], params={"year": 2020})
    async with served(terminal.home, {"노트": notebook}) as client:
        before = await WorkspaceLauncher(workspace).start_pipeline(pipeline_order(plan, workers=1))
        assert (await before)["total"] == 2020
        unknown = await client.post(f"/runs/{before.run_id}/rerun")
        assert (unknown.status_code, unknown.json()["code"]) == (409, "tasks_unknown")
        assert "'total'" in unknown.json()["message"]
        assert (await client.post(f"/runs/{before.run_id}/rerun", json={"pipeline": "없음"})).status_code == 404
        named = end_of(await client.post(f"/runs/{before.run_id}/rerun", json={"pipeline": "노트"}), terminal.home)
        assert get_run(named.run_id, workspace)["total"] == 2021


async def test_a_run_that_was_driven_by_hand_is_repeated_by_the_served_notebook_that_defines_its_tasks(
    terminal, notebook, home
):
    (notebook.parent / "broken").touch()
    places = {name: os.environ[name] for name in ("DPNB_HOME", "DPNB_STATE_HOME")}
    with notebook_kernel(notebook.parent, **places) as kernel:
        for cell in ("year = 2020", *CELLS):
            FrontEnd(kernel).execute(cell)
    workspace = Workspace(terminal.home)
    first = get_run("latest", workspace)
    assert first.status is RunStatus.FAILED
    (notebook.parent / "broken").unlink()
    other = write_notebook(notebook.with_name("other.ipynb"), CELLS[1])
    async with served(terminal.home, {"다른": other, "노트": notebook}) as client:
        resumed = end_of(await client.post(f"/runs/{first.run_id}/resume"), terminal.home)
        assert (resumed.state, first["total"]) == (LaunchState.ENDED, 2021)
        again = end_of(await client.post(f"/runs/{first.run_id}/rerun", json={"tasks": "all"}), terminal.home)
        assert get_run(again.run_id, workspace)["total"] == 2021
    async with served(terminal.home) as client:
        assert (await client.post(f"/runs/{first.run_id}/rerun")).json()["code"] == "tasks_unknown"


async def test_a_run_of_a_schedule_is_run_again_by_the_tasks_that_are_kept_with_it(home):
    registry = TaskRegistry()

    @task(registry=registry)
    def 합계(year: int = 2013) -> int:
        return year

    workspace = Workspace(home, registry=registry)
    plan = Planner(DAGBuilder(registry)).create_execution_plan()
    made = schedule(plan, every="1d", name="날마다", workspace=workspace, serve=False)
    before = await WorkspaceLauncher(workspace).start_pipeline(
        replace(pipeline_order(plan, workers=1), metadata={"schedule": made.name})  # as the scheduler gives it
    )
    await before
    async with served(home) as client:
        again = await client.post(f"/runs/{before.run_id}/rerun", json={"tasks": "all", "params": {"year": 2040}})
        assert again.status_code == 201, again.text
        run = get_run(again.json()["run_id"], Workspace(home))
        assert (await run)["합계"] == 2040
