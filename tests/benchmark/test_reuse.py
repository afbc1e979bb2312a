"""Planning with reuse: 1,000 unchanged tasks, each a function of its own, of which 20 runs are in the ledger.

The goal: 0.1 ms a task, for the plan, for looking at all code as it is now and for comparing it with what is stored.
"""

from __future__ import annotations

import linecache
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from dpnb.planner import DAGBuilder, Planner, RunHistory
from dpnb.planner.standing import given_to
from dpnb.planner.task_identity import TaskIdentifier
from dpnb.registry import TaskRegistry, describe_task
from dpnb.results import RunLedger, RunRecord, RunStatus, TaskRunRecord, TaskState
from dpnb.results.earlier_runs import RecordedRuns

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dpnb.planner import ExecutionPlan

TASKS, RUNS = 1_000, 20
GOAL_S = 0.1e-3 * TASKS


def _source(number: int) -> str:
    upstream = f"t{number - 1}" if number % 10 else ""
    return (
        f"def t{number}({upstream or 'year=2013'}) -> int:\n"
        f"    rows = clean([{number}, {upstream or 'year'}])\n"
        f"    return sum(row for row in rows if row > LIMIT) + {number}\n"
    )


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    text = "LIMIT = 10\ndef clean(rows):\n    return [row for row in rows if row]\n" + "".join(
        map(_source, range(TASKS))
    )
    found: dict[str, Any] = {"__name__": "__main__"}
    linecache.cache["<tasks>"] = len(text), None, text.splitlines(keepends=True), "<tasks>"
    exec(compile(text, "<tasks>", "exec"), found)
    return found


@pytest.fixture
def registry(names: dict[str, Any]) -> TaskRegistry:
    registry = TaskRegistry(notify=None)
    for number in range(TASKS):
        registry.register(describe_task(names[f"t{number}"]))
    return registry


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[RunLedger]:
    with RunLedger(tmp_path / "ledger.db") as opened:
        yield opened


def history(ledger: RunLedger) -> RunHistory:
    return RunHistory(
        durations_s=lambda _tasks, _dag_id: {},
        workers=2,
        earlier=lambda tasks: RecordedRuns(ledger, tasks),
        now_us=lambda: 0,
    )


def record_runs(ledger: RunLedger, plan: ExecutionPlan) -> None:
    identifier = TaskIdentifier(plan.params)
    rows: dict[str, TaskRunRecord] = {}
    for position, name in enumerate(plan.execution_order):
        node = plan.dag.nodes[name]
        identity, given = identifier.identify(node), given_to(node, rows)
        rows[name] = TaskRunRecord(
            run_id="",
            task=name,
            position=position,
            state=TaskState.SUCCEEDED,
            finished_us=position,
            inputs=given.inputs,
            after=given.after,
            code=identity.code,
            source=identity.source,
            arguments=identity.arguments,
            output=f"{position:032x}",
        )
    sources = identifier.sources
    for number in range(RUNS):
        run_id = f"run_{number}"
        run = RunRecord(run_id=run_id, dag_id="d", status=RunStatus.RUNNING, started_us=number, tasks=TASKS)
        lease = ledger.begin(run, sources)
        ledger.record([replace(row, run_id=run_id) for row in rows.values()], lease)
        ledger.record([replace(run, status=RunStatus.SUCCEEDED)], lease)
        ledger.release(lease)


@pytest.mark.benchmark(group="plan 1,000 tasks that 20 runs have stored")
@pytest.mark.parametrize("reuse", [None, "fresh"])
def test_plan_unchanged_tasks(benchmark, registry, ledger, reuse):
    planner = Planner(DAGBuilder(registry), history=history(ledger))
    record_runs(ledger, planner.create_execution_plan())
    plan = benchmark.pedantic(lambda: planner.create_execution_plan(reuse=reuse), rounds=15, warmup_rounds=2)
    assert sum(verdict.is_fresh for verdict in plan.verdicts.values()) == (TASKS if reuse else 0)
    if reuse:
        benchmark.extra_info["goal_s"] = GOAL_S


@pytest.mark.benchmark(group="plan 1,000 tasks that 20 runs have stored")
def test_plan_after_an_edit_of_what_all_tasks_use(benchmark, registry, ledger, names, monkeypatch):
    planner = Planner(DAGBuilder(registry), history=history(ledger))
    record_runs(ledger, planner.create_execution_plan())
    monkeypatch.setitem(names, "LIMIT", 11)

    def plan_and_tell() -> None:
        plan = planner.create_execution_plan(reuse="fresh")
        told = {task.because for task in plan.outline.tasks}
        assert told == {"constant `LIMIT` changed"}

    benchmark.pedantic(plan_and_tell, rounds=5, warmup_rounds=1)
