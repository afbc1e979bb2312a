"""What changes while a run goes on: modules' files, parameters; and modules that workers have imported otherwise."""

from __future__ import annotations

import importlib
import os
import pathlib
import sys
import time

import pytest

from dpnb import InlineExecutor, Orchestrator, Workspace, compare, get_run
from dpnb.orchestrator import PoolExecutor, PoolOptions
from dpnb.planner import DAGBuilder, Planner
from dpnb.registry import TaskRegistry, task
from tests.outcomes import states

pytestmark = pytest.mark.integration

CLEAN, CLEANER = "def clean(x): return x + 1\n", "def clean(x): return x + 2\n"
SHAPE = "class Shape:\n    def sides(self): return 3\n"
UNREACHED = f"{CLEAN}def other(x): return x\n"


class Project:
    """A module that a task reaches, and an editor that writes its file: a task, which runs before that one."""

    def __init__(self, folder) -> None:
        self.file = folder / "tools_meanwhile.py"
        self.saves = 0
        self.save(CLEAN)
        self.module = importlib.import_module("tools_meanwhile")
        self.workspace = Workspace(folder / "store")

    def save(self, text) -> None:
        """Write the file, and let it be some time ago, each time another."""
        self.saves += 1
        self.file.write_text(text)
        moment = time.time() - 10_000 + 100 * self.saves
        os.utime(self.file, (moment, moment))

    def registry(self, saved=None):
        """Return the tasks; `editor` writes the file when it runs, as a text of that length takes its turn."""
        registry, file = TaskRegistry(), str(self.file)

        @task(registry=registry)
        def editor():
            if saved is not None:
                pathlib.Path(file).write_text(saved)
            return "그때"

        @task(registry=registry)
        def out(editor):
            import tools_meanwhile  # type: ignore[import-not-found]

            return tools_meanwhile.clean(3)

        return registry

    def run(self, registry, executor=None, **reuse):
        executor = executor or PoolExecutor(1, options=PoolOptions(preload=()))
        planner = Planner(DAGBuilder(registry), history=self.workspace.history)
        run = Orchestrator(executor=executor, workspace=self.workspace).start_pipeline(
            planner.create_execution_plan(**reuse)
        )
        return run.wait(60)

    def verdict(self, registry):
        plan = Planner(DAGBuilder(registry), history=self.workspace.history).create_execution_plan(reuse="fresh")
        return plan.verdicts["out"].state, "\n".join(plan.explain("out").freshness)


@pytest.fixture
def project(tmp_path, monkeypatch):
    folder = tmp_path / "연구"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    yield Project(folder)
    sys.modules.pop("tools_meanwhile", None)


def test_result_of_a_module_edited_while_its_run_went_on_is_not_taken_for_that_of_the_code_before(project):
    registry = project.registry(saved=CLEANER)
    first = project.run(registry)
    assert first["out"] == 5  # what the file said when the worker imported it
    project.save(CLEAN)  # undone
    state, why = project.verdict(registry)
    assert state == "stale"
    assert f"module `tools_meanwhile` was edited while {first.run_id} went on" in why
    assert first.source("out").count("x + 1") == 1
    assert first.source("out").startswith(f"# module `tools_meanwhile` was edited while {first.run_id} went on")
    second = project.run(project.registry())
    assert compare(first, second).code.set_index("task")["change"]["out"] == "unknown"


def test_its_result_is_not_taken_for_that_of_the_code_after_either(project):
    project.run(project.registry(saved=CLEANER))
    importlib.reload(project.module)
    again = project.run(project.registry(saved=CLEANER), reuse="fresh")
    assert again.tasks.set_index("task")["state"]["out"] == "succeeded"
    assert project.verdict(project.registry(saved=CLEANER))[0] == "fresh"


def test_an_edit_that_reaches_no_task_leaves_its_result_as_good_as_any(project):
    registry = project.registry(saved=UNREACHED)
    project.run(registry)
    assert project.verdict(registry)[0] == "fresh"
    project.save(CLEAN)
    assert project.verdict(registry)[0] == "fresh"


def test_a_class_that_comes_with_an_input_and_was_edited_before_it_was_imported_puts_the_result_in_doubt(project):
    project.save(SHAPE)
    importlib.reload(project.module)

    def registry(saved=None):
        registry, file = TaskRegistry(), str(project.file)

        @task(registry=registry)
        def shape():
            import tools_meanwhile

            return tools_meanwhile.Shape()

        @task(registry=registry, dependencies=["shape"], inputs={})
        def editor():
            if saved is not None:
                pathlib.Path(file).write_text(saved)

        @task(registry=registry, dependencies=["editor", "shape"])
        def out(shape):
            return shape.sides()

        return registry

    one_task_a_worker = PoolOptions(preload=(), max_tasks_per_worker=1)
    run = project.run(registry(SHAPE.replace("3", "4")), PoolExecutor(1, options=one_task_a_worker))
    assert run["out"] == 4  # by the file as it was when the value was loaded
    project.save(SHAPE)
    state, why = project.verdict(registry())
    assert state == "stale"
    assert f"module `tools_meanwhile` was edited while {run.run_id} went on" in why


def test_a_run_that_is_resumed_makes_such_a_result_anew(project):
    registry = project.registry(saved=CLEANER)

    @task(registry=registry)
    def ending(out):
        raise ValueError("not yet")

    first = project.run(registry)
    assert states(first)["out"] == "succeeded"
    project.save(CLEAN)
    resumed = first.resume(workers=1, registry=registry).wait(60)
    assert resumed["out"] == 4


def test_within_the_kernel_runs_what_was_imported_and_no_worker_takes_it_for_its_own(project):
    registry = project.registry()
    project.save(CLEANER)
    assert project.run(registry, InlineExecutor())["out"] == 4
    later = project.run(registry, reuse="fresh")
    assert (later["out"], states(later)["out"]) == (5, "succeeded")
    inline = project.run(registry, InlineExecutor(), reuse="fresh")
    assert (inline["out"], states(inline)["out"]) == (4, "reused")


def test_a_module_that_workers_have_from_a_preload_does_not_pass_for_what_its_file_says_now(project):
    executor = PoolExecutor(1, options=PoolOptions(preload=("tools_meanwhile",)))
    registry = project.registry()
    assert project.run(registry, executor)["out"] == 4
    assert project.verdict(registry)[0] == "fresh"
    project.save(CLEANER)
    importlib.reload(project.module)
    assert project.run(registry, executor)["out"] == 4  # the server was started before
    assert project.verdict(registry)[0] == "stale"
    assert project.run(registry, reuse="fresh")["out"] == 5


def test_parameters_are_those_that_the_run_was_started_with_whatever_becomes_of_them(tmp_path):
    registry, workspace, rows = TaskRegistry(), Workspace(tmp_path / "store"), [1, 2]

    @task(registry=registry)
    def editor():
        rows.append(3)  # as another cell would

    @task(registry=registry, dependencies=["editor"])
    def out(값):
        return 값

    planner = Planner(DAGBuilder(registry), history=workspace.history)
    orchestrator = Orchestrator(executor=InlineExecutor(), workspace=workspace)
    run = orchestrator.start_pipeline(planner.create_execution_plan(params={"값": rows}))
    assert (run["out"], rows) == ([1, 2], [1, 2, 3])
    rows.pop()
    assert get_run(run.run_id, workspace).params == {"값": [1, 2]}
    assert planner.create_execution_plan(params={"값": [1, 2]}, reuse="fresh").verdicts["out"].state == "fresh"


def test_what_a_task_within_the_kernel_changes_for_the_next_is_told_of_that_one(tmp_path):
    registry, workspace, limits = TaskRegistry(), Workspace(tmp_path / "store"), [1]

    @task(registry=registry)
    def first():
        limits.append(2)

    @task(registry=registry, dependencies=["first"])
    def out():
        return list(limits)

    planner = Planner(DAGBuilder(registry), history=workspace.history)
    orchestrator = Orchestrator(executor=InlineExecutor(), workspace=workspace)
    assert orchestrator.start_pipeline(planner.create_execution_plan())["out"] == [1, 2]
    limits.pop()
    plan = planner.create_execution_plan(reuse="fresh")
    assert plan.verdicts["first"].state == "fresh"
    assert plan.verdicts["out"].state == "stale"


def read(registry, folder, written):
    """Return the file that a task declares, which somebody writes to while it runs."""
    file = folder / "data.csv"
    file.write_text("1")

    @task(registry=registry, reads=str(file))
    def out():
        if written is not None:
            file.write_text(written)  # as somebody else would
        return file.read_text()

    return file


@pytest.mark.parametrize(("written", "state"), [("22", "stale"), ("1", "fresh"), (None, "fresh")])
def test_a_declared_file_that_is_written_to_while_its_task_runs_leaves_open_what_was_read(tmp_path, written, state):
    registry, workspace = TaskRegistry(), Workspace(tmp_path / "store")
    file = read(registry, tmp_path, written)
    planner = Planner(DAGBuilder(registry), history=workspace.history)
    orchestrator = Orchestrator(executor=PoolExecutor(1, options=PoolOptions(preload=())), workspace=workspace)
    assert orchestrator.start_pipeline(planner.create_execution_plan()).wait(60)["out"] == (written or "1")
    file.write_text("1")  # undone
    plan = planner.create_execution_plan(reuse="fresh")
    assert plan.verdicts["out"].state == state
    assert ("written to while the task ran" in "\n".join(plan.explain("out").freshness)) is (state == "stale")
