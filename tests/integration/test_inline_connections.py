"""What cannot be sent anywhere is used in this process as it is: open connections, locks, generators."""

from __future__ import annotations

import sqlite3
import threading
from typing import Any

import pytest

from dpnb import InlineExecutor, Orchestrator, TaskRegistry, Workspace, task
from dpnb.planner import DAGBuilder, Planner


class Notebook:
    """A table behind an open connection, and tasks that read it."""

    def __init__(self, folder) -> None:
        self.workspace = Workspace(folder)
        self.orchestrator = Orchestrator(executor=InlineExecutor(), workspace=self.workspace)
        self.registry = TaskRegistry()
        self.connection = sqlite3.connect(":memory:")
        self.connection.execute("create table 표 as select 4 as x")

    def task(self, func, **options) -> None:
        task(func, registry=self.registry, **options)

    def plan(self, **options):
        planner = Planner(DAGBuilder(self.registry), history=self.workspace.history)
        return planner.create_execution_plan(**options)

    def start(self, **options):
        return self.orchestrator.start_pipeline(self.plan(**options))

    def states(self, run) -> dict[str, str]:
        return dict[str, str](zip(run.tasks["task"], run.tasks["state"], strict=True))


@pytest.fixture
def notebook(tmp_path):
    made = Notebook(tmp_path)
    yield made
    made.connection.close()


def reading(connection):
    def read() -> int:
        return int(connection.execute("select x from 표").fetchone()[0])

    return read


def test_a_task_reads_through_an_open_connection_and_counts_as_untracked(notebook):
    notebook.task(reading(notebook.connection))
    assert notebook.start()["read"] == 4
    notebook.connection.execute("update 표 set x = 5")
    plan = notebook.plan(reuse="fresh")
    assert "an open sqlite3.Connection" in str(plan.explain("read"))
    assert notebook.orchestrator.start_pipeline(plan)["read"] == 5


@pytest.mark.parametrize(("options", "untracked"), [({"version": "1"}, "strict"), ({}, "warn")])
def test_a_version_or_the_policy_lets_a_connection_pass(notebook, options, untracked):
    notebook.task(reading(notebook.connection), **options)
    notebook.start()
    again = notebook.start(reuse="fresh", untracked=untracked)
    assert notebook.states(again) == {"read": "reused"}
    notebook.registry.clear()
    notebook.task(reading(notebook.connection), version="2")
    assert notebook.states(notebook.start(reuse="fresh")) == {"read": "succeeded"}


def test_locks_generators_and_files_are_used_as_they_are(notebook, tmp_path):
    lock, numbers, file = threading.Lock(), (number for number in range(9)), (tmp_path / "기록").open("w")

    def locked() -> bool:
        with lock:
            return lock.locked()

    def counted(locked: bool) -> int:
        return int(next(numbers))

    def noted(counted: int) -> int:
        return int(file.write("적음"))

    for func in (locked, counted, noted):
        notebook.task(func)
    run = notebook.start()
    assert [run[name] for name in ("locked", "counted", "noted")] == [True, 0, 2]
    assert next(numbers) == 1
    file.close()


def test_a_connection_may_be_a_run_parameter(notebook):
    def read(connection: Any, rows: list[int]) -> int:
        rows.append(1)
        return int(connection.execute("select x from 표").fetchone()[0]) + len(rows)

    rows: list[int] = []
    notebook.task(read)
    run = notebook.start(params={"connection": notebook.connection, "rows": rows})
    assert (run["read"], rows) == (5, [])
    again = notebook.orchestrator.rerun(run, "all", registry=notebook.registry)
    assert again["read"] == run.debug("read") == 5


def test_a_run_goes_on_with_its_connection(notebook):
    read = reading(notebook.connection)

    def checked(read: int) -> int:
        if notebook.connection.execute("select x from 표").fetchone()[0] == 4:
            raise ValueError(read)
        return read

    notebook.task(read, version="1")
    notebook.task(checked)
    run = notebook.start()
    assert notebook.states(run) == {"read": "succeeded", "checked": "failed"}
    notebook.connection.execute("update 표 set x = 5")
    assert run.debug("checked", registry=notebook.registry) == 4
    resumed = notebook.orchestrator.resume(run.run_id, notebook.registry)
    assert (resumed["checked"], resumed.status) == (4, "succeeded")
