"""A ledger on a real PostgreSQL: runs, reruns and what is asked of them are as with a file."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from dpnb import Orchestrator, Workspace, get_run, task
from dpnb.planner import DAGBuilder, Planner
from dpnb.registry import TaskRegistry
from dpnb.results import RunLedger, RunStatus
from tests.terminal import TASKS

pytestmark = pytest.mark.integration


@pytest.fixture
def workspace(tmp_path, postgres, registry):
    made = Workspace(tmp_path / ".dpnb", database=postgres)
    yield made
    made.ledger.close()


def plan_of(registry: TaskRegistry, **options: object):
    planner = Planner(DAGBuilder(registry))
    return planner.create_execution_plan(**options)  # type: ignore[arg-type]


def define(registry: TaskRegistry, fail: bool = False) -> None:
    @task(registry=registry, tags=["적재"])
    def 항공편(year: int = 2013) -> list[int]:
        print("NUL \0 and \ud800 are text to Python")
        return [year, 1]

    @task(registry=registry)
    def total(항공편: list[int]) -> int:
        if fail:
            raise ValueError("a NUL \0 in a message")
        return sum(항공편)


def test_a_run_is_recorded_found_and_read_back(workspace, registry):
    define(registry)
    run = Orchestrator(workers=1, workspace=workspace).start_pipeline(plan_of(registry), {"year": 2014}).wait()
    assert run.status is RunStatus.SUCCEEDED
    assert run["total"] == 2015
    assert list(run.tasks["state"]) == ["succeeded", "succeeded"]
    assert list(workspace.runs(tag="적재", params={"year": 2014}, task="항공*").run_id) == [run.run_id]
    assert get_run("latest", workspace)["total"] == 2015
    assert not (workspace.home / "ledger.db").exists()


def test_a_failure_with_what_no_database_takes_is_recorded_and_resumed(workspace, registry):
    define(registry, fail=True)
    run = Orchestrator(workers=1, workspace=workspace).start_pipeline(plan_of(registry)).wait()
    assert run.status is RunStatus.FAILED
    assert "a NUL" in run.failures["error"].iloc[0]
    registry.clear()
    define(registry)
    resumed = run.resume(workers=1).wait()
    assert resumed.status is RunStatus.SUCCEEDED
    assert list(resumed.tasks["attempts"]) == [1, 2]


def test_a_rerun_reuses_what_is_fresh_and_runs_are_annotated_and_deleted(workspace, registry):
    define(registry)
    run = Orchestrator(workers=1, workspace=workspace).start_pipeline(plan_of(registry)).wait()
    again = run.rerun(workers=1).wait()
    assert list(again.tasks["state"]) == ["reused", "reused"]
    run.pin()
    run.note("첫 번째")
    assert list(workspace.runs(pinned=True)["note"]) == ["첫 번째"]
    assert workspace.check().empty
    assert workspace.delete_run(again.run_id)
    assert len(workspace.runs()) == 1


def test_the_terminal_and_its_kernel_keep_their_runs_where_the_environment_says(terminal, postgres, monkeypatch):
    monkeypatch.setenv("DPNB_DATABASE", postgres)
    assert "2 succeeded" in terminal.dpnb("run", terminal.notebook(TASKS), "--tags", "etl")
    workspace = Workspace(terminal.home)
    assert list(workspace.runs()["status"]) == ["succeeded"]
    assert not (terminal.home / "ledger.db").exists()
    workspace.ledger.close()


def test_many_open_a_new_database_at_once(new_postgres: Callable[[], str]):
    url = new_postgres()

    def open_it(_: int) -> bool:
        with RunLedger(url) as ledger:
            return ledger.has_runs()

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(open_it, range(6))) == [False] * 6
