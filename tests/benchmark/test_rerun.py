"""Planning and reusing 1,000 unchanged tasks, beside the least that this could be.

Each task is a function of its own with a shared helper; all results are linked into the new run, which stands in the
ledger afterwards. The floor beside it makes a folder and a hard link for each task, and writes as many rows, by plain
calls. The goal: 0.2 ms a task.
"""

from __future__ import annotations

import linecache
import os
import sqlite3
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dpnb import Orchestrator, TaskRegistry, Workspace, task
from dpnb.planner import DAGBuilder, Planner
from dpnb.results.records import TaskState

if TYPE_CHECKING:
    from collections.abc import Callable

TASKS = 1_000
WIDTH = 10
GOAL_S = 0.2e-3 * TASKS
ROUNDS = 9
MEMORY = Path("/dev/shm")


def tasks() -> TaskRegistry:
    """Return tasks in chains, each with code of its own and the same helper."""
    lines = ["SHIFT = 3", "def helper(x): return x + SHIFT"]
    for number in range(TASKS):
        taken = f"g{number - WIDTH}: int" if number >= WIDTH else ""
        lines.append(f"def g{number}({taken}) -> int:\n    y = {number}\n    return helper(y)")
    text, name = "\n".join(lines), "<cell of unchanged tasks>"
    linecache.cache[name] = len(text), None, text.splitlines(keepends=True), name
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(text, name, "exec"), namespace)
    registry = TaskRegistry(notify=None)
    for number in range(TASKS):
        task(namespace[f"g{number}"], registry=registry)
    return registry


def floor(folder: Path) -> Callable[[], None]:
    """Return what makes the folders, links and rows of a run."""
    stored = folder / "stored"
    stored.write_bytes(b"x" * 500)
    numbers = count()

    def link_all() -> None:
        run = str(folder / f"run{next(numbers)}")
        os.mkdir(run)  # noqa: PTH102 - as quickly as can be
        for number in range(TASKS):
            os.mkdir(f"{run}/g{number}")  # noqa: PTH102
            os.link(stored, f"{run}/g{number}/result_001.pkl")
        rows = [(run, f"g{number}", "reused", "x" * 300) for number in range(TASKS)]
        with closing(sqlite3.connect(folder / "ledger.db")) as ledger, ledger:
            ledger.execute("CREATE TABLE IF NOT EXISTS task_runs (run, task, state, rest, PRIMARY KEY (run, task))")
            ledger.executemany("INSERT INTO task_runs VALUES (?, ?, ?, ?)", rows)

    return link_all


@pytest.mark.parametrize("parent", [None, MEMORY], ids=["disk", "memory"])
def test_reuse_unchanged_tasks(benchmark, in_turns, fresh_folder, parent):
    if parent is not None and not parent.is_dir():
        pytest.skip(f"there is no {parent}")
    registry = tasks()
    workspace = Workspace(fresh_folder(parent), registry=registry)
    planner = Planner(DAGBuilder(registry), history=workspace.history)
    orchestrator = Orchestrator(workers=2, workspace=workspace)
    orchestrator.start_pipeline(planner.create_execution_plan()).wait()

    def rerun() -> None:
        run = orchestrator.start_pipeline(planner.create_execution_plan(reuse="fresh")).wait()
        assert run.status == "succeeded"

    benchmark.group = f"plan and reuse {TASKS:,} unchanged tasks, {'in memory' if parent else 'on disk'}"
    benchmark.extra_info["goal_s"] = GOAL_S
    in_turns(rerun, {"mkdir, link and INSERT": floor(fresh_folder(parent))}, rounds=ROUNDS)
    reused = workspace.ledger.run_totals().values()
    assert [totals.tasks_by_state.get(TaskState.REUSED, 0) for totals in reused].count(TASKS) == ROUNDS + 1
