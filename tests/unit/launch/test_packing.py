"""A plan's tasks by value: what is packed here runs where nobody has seen it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import update

from dpnb import InlineExecutor, Workspace, get_run
from dpnb.launch import WorkspaceLauncher, get_schedule
from dpnb.results.schedule_tables import SCHEDULES
from dpnb.scheduler import BackgroundScheduler, Scheduler, ScheduleStore
from tests.waiting import until

PROGRAM = """
import datetime as dt
from dpnb import get_planner, schedule, task

FACTOR = 10

def scaled(value: int) -> int:
    return value * FACTOR

@task(tags=["적재"])
def 항공편(year: int, since: dt.date = dt.date(2013, 1, 1)) -> list[int]:
    return [year, since.year]

@task(dependencies=["항공편"])
def total(항공편: list[int]) -> int:
    return scaled(sum(항공편))

plan = get_planner().create_execution_plan(params={"year": 2014})
made = schedule(plan, every="1h", name="보고", params={"since": dt.date(2020, 1, 1)}, serve=False)
print(repr(made))
"""


@pytest.fixture(scope="module")
def scheduled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder in which a process that has ended has scheduled a plan: its workspace, and its user's secret."""
    folder = tmp_path_factory.mktemp("scheduled")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=folder,
        env=os.environ | {"DPNB_HOME": str(folder / ".dpnb"), "DPNB_STATE_HOME": str(folder / ".state")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "<Schedule '보고': pipeline of 2 tasks, every hour>\n"
    return folder


@pytest.fixture
def workspace(home: Path, tmp_path: Path, scheduled: Path) -> Workspace:
    """Give a copy of that workspace."""
    shutil.copytree(scheduled, tmp_path, dirs_exist_ok=True)
    return Workspace(home)


def fire(workspace: Workspace, params: dict[str, object] | None = None) -> tuple[str, str, str]:
    """Fire it once, and return how that ended: state, run, reason."""

    def make() -> Scheduler:
        return Scheduler(workspace=workspace, launcher=WorkspaceLauncher(workspace, InlineExecutor()))

    store = ScheduleStore(workspace.ledger.database)
    get_schedule("보고", workspace).fire(params)
    served = BackgroundScheduler(make).start()
    until(lambda: not store.open_fires())
    served.stop()
    last = store.fires()[-1]
    return last.state.value, last.run_id, last.reason


def test_a_plan_of_cells_runs_in_a_later_process_with_all_that_it_reaches(workspace):
    state, run_id, reason = fire(workspace)
    assert (state, reason) == ("succeeded", "")
    run = get_run(run_id, workspace)
    assert run["total"] == (2014 + 2020) * 10
    assert run.record.metadata["schedule"] == "보고"


def test_a_fire_may_give_other_parameters(workspace):
    _, run_id, _ = fire(workspace, {"year": 1})
    assert get_run(run_id, workspace)["total"] == 20210


def test_what_somebody_else_has_packed_is_not_unpickled(workspace, tmp_path):
    planted = tmp_path / "planted"
    bomb = f"cos\nsystem\n(S'touch {planted}'\ntR.".encode()
    with workspace.ledger.database.writing() as connection:
        connection.execute(update(SCHEDULES).values(packed=bomb))
    state, _, reason = fire(workspace)
    assert state == "failed"
    assert "was packed by another user or on another machine" in reason
    assert not planted.exists()


def test_what_another_user_has_packed_is_refused_until_the_store_is_trusted(workspace, tmp_path, monkeypatch):
    from dpnb.results.trust import Trust

    monkeypatch.setenv("DPNB_STATE_HOME", str(tmp_path / "another"))  # another secret, as another user has
    state, _, reason = fire(workspace)
    assert (state, "made it" in reason) == ("failed", True)
    Trust(str(workspace.base_path)).grant()
    assert fire(workspace)[0] == "succeeded"
