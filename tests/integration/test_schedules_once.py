"""Each fire starts exactly one run: several schedulers on one database, killed wherever it hurts."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from dpnb import InlineExecutor, Orchestrator, Workspace, schedule, task
from dpnb.errors import FireTakenError
from dpnb.launch import Schedule
from dpnb.planner import DAGBuilder, ExecutionPlan, Planner
from dpnb.registry import TaskRegistry
from dpnb.results import RunStatus
from dpnb.scheduler import BackgroundScheduler, FireRecord, FireState, ScheduleStore
from dpnb.scheduler.scheduler import manual_fire
from tests.scheduler_process import make, started
from tests.waiting import until

pytestmark = pytest.mark.integration


@pytest.fixture(params=["sqlite", "postgresql"])
def workspace(request, tmp_path):
    database = request.getfixturevalue("postgres") if request.param == "postgresql" else ""
    made = Workspace(tmp_path / ".dpnb", database=database)
    yield made
    made.ledger.close()


def a_plan() -> ExecutionPlan:
    registry = TaskRegistry()

    @task(registry=registry)
    def 항공편() -> int:
        return 1

    return Planner(DAGBuilder(registry)).create_execution_plan()


def runs_by_fire(workspace: Workspace) -> Counter[str]:
    """Return how many runs there are of each fire, whatever the fires' own rows say."""
    return Counter(str(run.metadata["fire"]) for run in workspace.ledger.runs())


def fires_of(workspace: Workspace) -> list[FireRecord]:
    return ScheduleStore(workspace.ledger.database).fires()


def due_once(workspace: Workspace, **options: Any) -> Schedule:
    """Return a schedule that has just become due, and is not again for an hour."""
    now_us = time.time_ns() // 1000
    made = schedule(a_plan(), every=3_600, name="한 번", workspace=workspace, serve=False, **options)
    ScheduleStore(workspace.ledger.database).change("한 번", after_us=now_us - 3_600_000_000, next_us=now_us)
    return made


def test_of_two_schedulers_of_which_each_is_killed_once_every_fire_is_one_run(workspace):
    with started(workspace) as first, started(workspace) as second:
        schedule(a_plan(), every=0.25, name="자주", misfire="all", overlap="allow", workspace=workspace, serve=False)
        until(lambda: len(runs_by_fire(workspace)) >= 4)
        first.kill()
        with started(workspace):
            second.kill()
            second.wait()
            so_far = len(runs_by_fire(workspace))
            until(lambda: len(runs_by_fire(workspace)) >= so_far + 8)
    store = ScheduleStore(workspace.ledger.database)
    store.change("자주", paused=True)
    served = BackgroundScheduler(lambda: make(workspace)).start()  # what the dead have left
    until(lambda: not store.open_fires())
    served.stop()

    fires = fires_of(workspace)
    assert [fire.attempt for fire in fires] == [1] * len(fires)
    assert {later.due_us - due.due_us for due, later in pairwise(fires)} == {250_000}  # none was lost
    assert {fire.state for fire in fires} <= {FireState.SUCCEEDED, FireState.FAILED}
    assert runs_by_fire(workspace) == Counter(fire.fire for fire in fires)
    assert {fire.run_id for fire in fires} == {run.run_id for run in workspace.ledger.runs()}
    statuses = {run.status for run in workspace.ledger.runs()}
    assert RunStatus.SUCCEEDED in statuses <= {RunStatus.SUCCEEDED, RunStatus.INTERRUPTED}
    assert len({fire.owner for fire in fires}) >= 2


@pytest.mark.parametrize(
    ("workspace", "point", "status"),
    [
        ("sqlite", "fire.claimed", "succeeded"),  # in the transaction that records the fire
        ("sqlite", "fire.bound", "succeeded"),  # in the transaction that makes its run
        ("postgresql", "fire.bound", "succeeded"),
        ("sqlite", "lease.taken", "interrupted"),  # right after it
    ],
    indirect=["workspace"],
)
def test_a_scheduler_that_dies_on_the_way_to_a_run_leaves_the_fire_to_the_next(workspace, tmp_path, point, status):
    crash = f"{point},1,{tmp_path / 'count'}"
    made = due_once(workspace)
    with started(workspace, DPNB_CRASH=crash) as process:
        assert process.wait(timeout=60) == -9
    served = BackgroundScheduler(lambda: make(workspace)).start()
    until(lambda: len(made.fires()) == 1 and not ScheduleStore(workspace.ledger.database).open_fires())
    served.stop()
    (run,) = workspace.ledger.runs()
    (fire,) = fires_of(workspace)
    assert (fire.run_id, run.status.value) == (run.run_id, status)
    assert fire.state is (FireState.SUCCEEDED if status == "succeeded" else FireState.FAILED)


@pytest.mark.parametrize("workspace", ["sqlite"], indirect=True)
def test_a_run_that_was_cut_off_is_made_up_for_by_a_retry(workspace, tmp_path):
    due_once(workspace, retries=1, retry_delay=0)
    with started(workspace, DPNB_CRASH=f"lease.taken,1,{tmp_path / 'count'}") as process:
        assert process.wait(timeout=60) == -9
    with started(workspace):
        until(lambda: [fire.state.value for fire in fires_of(workspace)] == ["failed", "succeeded"])
    assert sorted(run.status.value for run in workspace.ledger.runs()) == ["interrupted", "succeeded"]


def test_a_scheduler_that_lost_its_fire_starts_nothing(workspace):
    schedule(a_plan(), every=3_600, name="느린", workspace=workspace, serve=False)
    store = ScheduleStore(workspace.ledger.database)
    fire = store.add_fire("느린", replace(manual_fire("느린", time.time_ns() // 1000), owner="slow"))
    assert fire is not None
    taken = store.take_over(fire, "quick")
    assert taken is not None
    orchestrator = Orchestrator(executor=InlineExecutor(), workspace=workspace)
    with pytest.raises(FireTakenError, match="another scheduler's by now"):
        orchestrator.start_pipeline(a_plan(), claim=fire.claim)
    assert workspace.ledger.runs() == []
    orchestrator.start_pipeline(a_plan(), claim=taken.claim)
    with pytest.raises(FireTakenError):
        orchestrator.start_pipeline(a_plan(), claim=taken.claim)
    assert len(workspace.ledger.runs()) == 1
