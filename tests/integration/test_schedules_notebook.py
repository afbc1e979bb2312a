"""Schedules within a notebook: in the background, beside the next cell, and gone with the kernel."""

from __future__ import annotations

import json

import pytest

from dpnb import Workspace
from dpnb.results.leases import now_us
from dpnb.scheduler import FireState, ScheduleStore
from dpnb.scheduler.presence import present_schedulers
from tests.terminal import TASKS

pytestmark = pytest.mark.integration

SCHEDULED = """
from dpnb import fires, get_planner, schedule
made = schedule(get_planner().create_execution_plan(tags=["etl"]), every="0.5s", name="자주", overlap="allow")
made
"""

MEANWHILE = """
import time
deadline = time.monotonic() + 100
while not (fires("자주").state == "succeeded").any():  # this cell is not held up, nor does it hold anything up
    assert time.monotonic() < deadline
    time.sleep(0.05)
made.pause()
"""


def test_the_kernel_stays_free_and_takes_the_scheduler_with_it(terminal):
    said = terminal.dpnb("run", terminal.notebook(TASKS, SCHEDULED, MEANWHILE))
    workspace = Workspace(terminal.home)
    fires = ScheduleStore(workspace.ledger.database).fires("자주")
    assert FireState.SUCCEEDED in {fire.state for fire in fires}
    runs = {run.run_id: run for run in workspace.ledger.runs()}
    assert all(runs[fire.run_id].metadata["fire"] == fire.fire for fire in fires if fire.run_id)
    assert not any(one.is_there(now_us()) for one in present_schedulers(workspace.ledger.database))
    assert "succeeded" in said


CLAIMING = """
import json
from dpnb import Orchestrator, get_planner
plan = get_planner().create_execution_plan(tags=["etl"])
own = [Orchestrator(workers=1).start_pipeline(plan).wait().run_id for _ in range(2)]
"""


async def test_the_first_run_that_a_notebook_starts_is_the_fires_own(terminal):
    from dpnb.errors import FireTakenError
    from dpnb.launch import WorkspaceLauncher, notebook_target
    from dpnb.scheduler import LaunchOrder, ScheduleOptions, ScheduleRecord
    from dpnb.scheduler.scheduler import manual_fire

    workspace = Workspace(terminal.home)
    store = ScheduleStore(workspace.ledger.database)
    target = notebook_target(terminal.notebook(TASKS, CLAIMING))
    store.add(
        ScheduleRecord(name="노트", kind="manual", description="", spec=None, target=target, options=ScheduleOptions())
    )
    fire = store.add_fire("노트", manual_fire("노트", 1))
    assert fire is not None
    outcome = await WorkspaceLauncher(workspace).launch(LaunchOrder(target=target, claim=fire.claim))
    assert outcome.succeeded, outcome.reason
    second, first = workspace.ledger.runs()
    assert store.fires()[0].run_id == first.run_id != second.run_id == outcome.run_id
    again = await WorkspaceLauncher(workspace).launch(LaunchOrder(target=target, claim=fire.claim))
    assert (again.succeeded, FireTakenError.__name__ in again.reason) == (False, True)
    assert len(workspace.ledger.runs()) == 2
    assert json.loads(fire.claim.to_json())["schedule"] == "노트"
