"""The ledger's server goes away in the middle: runs wait for it, or end interrupted, and nothing is ever wrong."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dpnb import Orchestrator, Workspace, task
from dpnb.errors import LedgerError, LedgerUnreachableError, RunCrashedError
from dpnb.planner import DAGBuilder, ExecutionPlan, Planner
from dpnb.registry import TaskRegistry
from dpnb.results import RunLedger, RunRecord, RunStatus, TaskRunRecord, TaskState, database, late_release, outage
from tests.postgres import PostgresProcess
from tests.waiting import until

pytestmark = pytest.mark.integration
RUN = RunRecord(run_id="런 1", dag_id="dag", status=RunStatus.RUNNING, started_us=1)
TASK = TaskRunRecord(run_id="런 1", task="추출", position=0, state=TaskState.SUCCEEDED)


@pytest.fixture
def server(postgres_server: PostgresProcess) -> Iterator[PostgresProcess]:
    yield postgres_server
    if not postgres_server.is_running:
        postgres_server.start()


@pytest.fixture
def workspace(tmp_path: Path, postgres: str, server: PostgresProcess) -> Iterator[Workspace]:
    made = Workspace(tmp_path / ".dpnb", database=postgres)
    yield made
    made.ledger.close()


def gated(registry: TaskRegistry, gate: Path) -> ExecutionPlan:
    """Return a plan of three tasks, of which the second waits for a file."""

    @task(registry=registry)
    def 추출() -> int:
        return 1

    @task(registry=registry)
    def 변환(추출: int) -> int:
        import time

        while not gate.exists():
            time.sleep(0.01)
        return 추출 + 1

    @task(registry=registry)
    def 적재(변환: int) -> int:
        return 변환 + 1

    return Planner(DAGBuilder(registry)).create_execution_plan()


def has_begun(workspace: Workspace, run_id: str) -> bool:
    return any(row.task == "변환" and row.state is TaskState.RUNNING for row in workspace.ledger.task_runs(run_id))


def test_a_server_that_is_restarted_in_mid_run_costs_the_run_nothing(workspace, server, registry, tmp_path):
    plan = gated(registry, tmp_path / "gate")
    run = Orchestrator(workers=1, workspace=workspace).start_pipeline(plan)
    until(lambda: has_begun(workspace, run.run_id))
    server.stop()
    (tmp_path / "gate").touch()
    until(lambda: workspace.ledger.outage.is_on)  # what happened is to be written, and cannot
    server.start()
    run.wait(timeout=60)
    assert run.status is RunStatus.SUCCEEDED
    assert list(run.tasks["attempts"]) == [1, 1, 1]
    assert run["적재"] == 3
    events = list(run.events())
    assert [event.topic.rpartition(".")[2] for event in events].count("succeeded") == 3
    assert workspace.check().empty


def test_a_server_that_stays_away_interrupts_the_run_which_is_resumed(
    workspace, server, registry, tmp_path, monkeypatch
):
    monkeypatch.setattr(outage, "OUTAGE_S", 0.3)
    monkeypatch.setattr(late_release, "LOOK_S", 0.05)
    plan = gated(registry, tmp_path / "gate")
    run = Orchestrator(workers=1, workspace=workspace).start_pipeline(plan)
    until(lambda: has_begun(workspace, run.run_id))
    server.stop()
    (tmp_path / "gate").touch()
    with pytest.raises((RunCrashedError, LedgerError), match="cannot be reached"):
        run.wait(timeout=60)
    server.start()
    elsewhere = RunLedger(str(workspace.database))
    until(lambda: run.run_id not in elsewhere.held_runs())  # let go, for every other process to see
    elsewhere.close()
    assert list(workspace.runs()["status"]) == ["interrupted"]
    resumed = workspace_run(workspace, run.run_id).resume(workers=1).wait(timeout=60)
    assert resumed.status is RunStatus.SUCCEEDED
    assert resumed["적재"] == 3
    assert resumed.tasks.set_index("task")["attempts"]["추출"] == 1  # what was committed is not done again
    assert workspace.check().empty


def workspace_run(workspace: Workspace, run_id: str):
    from dpnb import get_run

    return get_run(run_id, workspace)


@pytest.fixture
def cut_at(monkeypatch, postgres, server) -> Callable[[str], None]:
    """Give what breaks all connections the next time that a transaction comes to a point."""

    def cut(point: str) -> None:
        is_due = threading.Event()
        is_due.set()

        def reach(reached: str) -> None:
            if reached == point and is_due.is_set():
                is_due.clear()
                if point == "ledger.committed":  # done, but its connection broke before that was told
                    raise LedgerUnreachableError("장부", reason="cut off")
                server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'test%'")

        monkeypatch.setattr(database, "reach", reach)

    return cut


@pytest.mark.parametrize("point", ["ledger.begin", "ledger.written", "ledger.committed"])
def test_whatever_is_cut_off_is_done_once(postgres, cut_at, point):
    with RunLedger(postgres) as ledger:
        cut_at(point)
        lease = ledger.begin(RUN)
        assert lease.token == 1
        cut_at(point)
        ledger.record([TASK, replace(RUN, status=RunStatus.SUCCEEDED)], lease)
        cut_at(point)
        ledger.release(lease)
        cut_at(point)
        again = ledger.take("런 1")
        assert again.token == 2
        cut_at(point)
        ledger.add_sources({"근원": "글"}, again)
        assert ledger.task_runs("런 1") == [TASK]
        assert [run.status for run in ledger.runs()] == [RunStatus.SUCCEEDED]
        assert len(ledger.event_batches("런 1")) == 1
        assert ledger.source("근원") == "글"


def test_a_server_that_is_not_there_is_said_at_once_and_how_to_mend_it(tmp_path):
    with pytest.raises(LedgerUnreachableError, match="'postgresql://me@/x' cannot be reached: .*\nHint: see that its"):
        RunLedger(f"postgresql://me:geheim@/x?host={tmp_path}")
