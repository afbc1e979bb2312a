"""What a process changes in the modules that it has imported: workers import the files, which say something else."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import textwrap
import warnings
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from types import SimpleNamespace
from typing import Any

import pytest

from dpnb import InlineExecutor, Orchestrator, Workspace
from dpnb.errors import ModuleStateWarning
from dpnb.orchestrator import PoolExecutor, PoolOptions
from dpnb.planner import DAGBuilder, Planner
from dpnb.registry import TaskRegistry, describe_task
from tests.outcomes import states

pytestmark = pytest.mark.integration

SETTINGS = """
from dataclasses import dataclass
from types import SimpleNamespace
import threading
import numpy as np
import pandas as pd

@dataclass
class Config:
    limit: int

class Limits:
    limit = {0}
    def of(self): return 1

DICT = {{"limit": {0}}}
LIST = [{0}]
SET = {{{0}}}
NAMESPACE = SimpleNamespace(limit={0})
OBJECT = Config({0})
ARRAY = np.array([{0}])
FRAME = pd.DataFrame({{"limit": [{0}]}})
SCALAR = {0}
한계 = {{"값": {0}}}
LOCK = threading.Lock()
MEMO = {{}}
_rows = None

def of_class(): return Limits.limit
def patched(): return 1
def other(): return 2
def both(): return patched(), other()

def doubled(x):
    if x not in MEMO:
        MEMO[x] = 2 * x
    return MEMO[x]

def rows():
    global _rows
    if _rows is None:
        _rows = [1, 2]
    return _rows

def locked():
    with LOCK:
        return 1
"""

TASKS = """
import settings_meanwhile as s

def dict_(): return s.DICT["limit"]
def list_(): return list(s.LIST)
def set_(): return sorted(s.SET)
def namespace(): return s.NAMESPACE.limit
def object_(): return s.OBJECT.limit
def array(): return int(s.ARRAY[0])
def frame(): return int(s.FRAME["limit"][0])
def scalar(): return s.SCALAR
def unicode(): return s.한계["값"]
def class_(): return s.Limits.limit
def through_function(): return s.of_class()
"""

PATCHED = """
import settings_meanwhile as s

def function(): return s.patched()
def method(): return s.Limits().of()
def swapped(): return s.both()
def swapped_here(): return s.patched(), s.other()
"""

QUIET = """
import settings_meanwhile as s

def memo(): return s.doubled(3)
def memo_again(): return s.doubled(4), s.doubled(4)
def lazily(): return s.rows()
def lazily_again(): return s.rows(), len(s.rows())
def same(): return s.DICT["limit"], s.ARRAY.sum(), s.OBJECT.limit, s.Limits().of()
def locked(): return s.locked()
"""


def tasks_of(text):
    """Return tasks as cells define them: what they are made of travels by value, modules are imported."""
    registry = TaskRegistry(notify=None)
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(textwrap.dedent(text), names)
    for found in names.values():
        if getattr(found, "__globals__", None) is names:
            registry.register(describe_task(found))
    return registry


def set_to(module, number):
    """Change all that the module holds, as cells do."""
    module.DICT["limit"] = module.LIST[0] = module.NAMESPACE.limit = module.OBJECT.limit = number
    module.SET.clear()
    module.SET.add(number)
    module.ARRAY[0] = module.FRAME.loc[0, "limit"] = module.SCALAR = module.Limits.limit = number
    module.한계["값"] = number


class Project:
    """A module beside the notebook, the store, and workers that import the module anew in each run."""

    def __init__(self, folder) -> None:
        self.folder = folder
        self.file = folder / "settings_meanwhile.py"
        self.write(1)
        self.module = importlib.import_module("settings_meanwhile")
        self.workspace = Workspace(folder / "store")
        self.pool = PoolExecutor(1, options=PoolOptions(preload=()))

    def write(self, number) -> None:
        self.file.write_text(SETTINGS.format(number))
        moment = 1_700_000_000 + number  # another for each number, long ago
        os.utime(self.file, (moment, moment))

    def run(self, registry, executor=None):
        orchestrator = Orchestrator(executor=executor or self.pool, workspace=self.workspace)
        run = orchestrator.start_pipeline(self.plan(registry)).wait(60)
        return SimpleNamespace(run=run, values={name: run[name] for name in run}, states=states(run))

    def plan(self, registry):
        return Planner(DAGBuilder(registry), history=self.workspace.history).create_execution_plan(reuse="fresh")

    def explained(self, registry, name):
        return "\n".join(self.plan(registry).explain(name).freshness)


@pytest.fixture
def project(tmp_path, monkeypatch):
    folder = tmp_path / "연구"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    yield Project(folder)
    sys.modules.pop("settings_meanwhile", None)


def every(registry, state):
    return {one.name: state for one in registry}


def test_result_of_the_file_is_never_taken_for_that_of_what_was_set_here(project):
    registry = tasks_of(TASKS)
    first = project.run(registry)
    set_to(project.module, 7)
    with pytest.warns(ModuleStateWarning, match=r"`settings_meanwhile\.ARRAY`.*`settings_meanwhile\.한계`") as said:
        changed = project.run(registry)
    assert len(said) == 1
    assert changed.values == first.values  # of the file
    assert changed.states == every(registry, "succeeded")
    for name in changed.values:
        text = f"`settings_meanwhile.{NAMES[name]}` was changed in the process that"
        assert text in project.explained(registry, name)
    assert "# `settings_meanwhile.DICT` was changed in the process" in changed.run.source("dict_")
    within = project.run(registry, InlineExecutor())
    assert within.states == every(registry, "succeeded")
    assert set(map(str, within.values.values())) == {"7", "[7]"}
    project.write(7)
    importlib.reload(project.module)
    again = project.run(registry)
    assert set(map(str, again.values.values())) == {"7", "[7]"}


NAMES = {
    "dict_": "DICT",
    "list_": "LIST",
    "set_": "SET",
    "namespace": "NAMESPACE",
    "object_": "OBJECT",
    "array": "ARRAY",
    "frame": "FRAME",
    "scalar": "SCALAR",
    "unicode": "한계",
    "class_": "Limits",
    "through_function": "Limits",
}


def restarted(project, text, *, then=""):
    """Return what a new process has of the tasks: states and values."""
    names = [one.name for one in tasks_of(text)]
    program = f"{text}\nimport json\nfrom dpnb import *\n{then}\n"
    program += f"for func in [{', '.join(names)}]: task(func)\n"
    program += "run = Orchestrator(workers=1).start_pipeline(get_planner().create_execution_plan(reuse='fresh'))\n"
    program += "run.wait(60)\nstates = run.tasks.set_index('task')['state'].astype(str).to_dict()\n"
    program += "print(json.dumps([states, {name: run[name] for name in run}]))\n"
    env = os.environ | {
        "DPNB_HOME": str(project.folder / "store"),
        "PYTHONPATH": os.pathsep.join([str(project.folder), *sys.path]),
        "PYTHONWARNINGS": "ignore::dpnb.errors.ModuleStateWarning",
    }
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=project.folder, env=env, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def test_nor_does_a_new_process_take_it_for_what_the_file_says_now(project):
    set_to(project.module, 7)
    registry = tasks_of(TASKS)
    with pytest.warns(ModuleStateWarning):
        project.run(registry)
    project.write(7)
    found, values = restarted(project, TASKS)
    assert found == every(registry, "succeeded")
    assert set(map(str, values.values())) == {"7", "[7]"}
    assert restarted(project, TASKS)[0] == every(registry, "reused")


def test_what_was_put_in_the_place_of_functions_and_methods_is_seen(project):
    registry = tasks_of(PATCHED)
    project.run(registry)
    module = project.module
    module.patched, module.other = module.other, module.patched
    with pytest.warns(ModuleStateWarning):
        swapped = project.run(registry)
    assert {name: state for name, state in swapped.states.items() if name != "method"} == dict.fromkeys(
        ("function", "swapped", "swapped_here"), "succeeded"
    )
    module.Limits.of = lambda _: 2
    module.patched = lambda: 3
    with pytest.warns(ModuleStateWarning, match=r"`settings_meanwhile\.Limits`, .*`settings_meanwhile\.patched`"):
        changed = project.run(registry)
    assert changed.states == every(registry, "succeeded")
    with pytest.warns(ModuleStateWarning):
        assert project.run(registry).states == every(registry, "succeeded")
    within = project.run(registry, InlineExecutor())
    assert within.values == {"function": 3, "method": 2, "swapped": (3, 1), "swapped_here": (3, 1)}


def test_a_function_of_the_same_name_and_nothing_else_is_seen_too(project):
    registry = tasks_of("import settings_meanwhile as s\ndef out(): return s.patched()")
    names: dict[str, Any] = {"__name__": "__main__"}
    exec("def patched(): return 9", names)
    project.module.patched = names["patched"]
    with pytest.warns(ModuleStateWarning, match=r"`settings_meanwhile\.patched`"):
        assert project.run(registry).values == {"out": 1}
    assert project.run(registry, InlineExecutor()).values == {"out": 9}


def test_a_registry_that_cells_fill_is_said_to_be_empty_in_workers(project):
    (project.folder / "plugins_meanwhile.py").write_text(
        "ALL = {}\ndef register(f):\n    ALL[f.__name__] = f\n    return f\n"
        "class Base:\n    kinds = []\n    def __init_subclass__(cls): Base.kinds.append(cls)\n"
    )
    registry = tasks_of(
        """
        import plugins_meanwhile as p

        @p.register
        def handler(): return 1

        class Mine(p.Base): pass

        def registered(): return sorted(p.ALL)
        def kinds(): return len(p.Base.kinds)
        """
    )
    with pytest.warns(ModuleStateWarning, match=r"`plugins_meanwhile\.ALL`, `plugins_meanwhile\.Base`"):
        run = project.run(registry)
    assert (run.values["registered"], run.values["kinds"]) == ([], 0)
    assert project.plan(registry).verdicts["registered"].state == "stale"
    assert project.run(registry, InlineExecutor()).values["registered"] == ["handler"]
    sys.modules.pop("plugins_meanwhile", None)


def test_what_tasks_fill_or_load_and_what_nobody_can_compare_is_no_difference(project):
    registry = tasks_of(QUIET)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first = project.run(registry)
        assert first.states == every(registry, "succeeded")
        again = project.run(registry)
        assert {name for name, state in again.states.items() if state != "reused"} <= {"locked"}  # untracked


def test_values_that_are_the_same_by_another_way_are_no_difference(project):
    registry = tasks_of(TASKS)
    set_to(project.module, 7)
    set_to(project.module, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        project.run(registry)
        assert project.run(registry).states == every(registry, "reused")


def test_what_a_task_changes_for_the_next_one_in_its_process_is_told_of_that_one(project):
    registry = tasks_of(
        """
        import settings_meanwhile as s

        def first():
            s.SCALAR = 3

        def out(first): return s.SCALAR
        """
    )
    with pytest.warns(ModuleStateWarning, match=r"`settings_meanwhile\.SCALAR`"):
        assert project.run(registry).values["out"] == 3
    assert project.plan(registry).verdicts["out"].state != "fresh"


def test_a_file_that_was_edited_hides_nothing_that_was_set_here(project):
    registry = tasks_of("import settings_meanwhile as s\ndef out(): return s.patched() + s.DICT['limit']")
    project.plan(registry)
    project.file.write_text(SETTINGS.format(1).replace("def patched(): return 1", "def patched(): return 10"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert project.run(registry).values == {"out": 11}
        assert project.run(registry).states == {"out": "reused"}
    project.module.DICT["limit"] = 7
    with pytest.warns(ModuleStateWarning, match=r"`settings_meanwhile\.DICT` was"):
        assert project.run(registry).values == {"out": 11}
    assert project.plan(registry).verdicts["out"].state == "stale"


def test_threads_of_this_process_have_what_was_set_here(project):
    registry = tasks_of(TASKS)
    with ThreadPoolExecutor(1) as threads, warnings.catch_warnings():
        warnings.simplefilter("error", ModuleStateWarning)
        project.run(registry, threads)
        set_to(project.module, 7)
        found = project.run(registry, threads)
        assert set(map(str, found.values.values())) == {"7", "[7]"}
        assert project.run(registry, threads).states == every(registry, "reused")


def test_processes_of_others_have_what_they_imported(project):
    registry = tasks_of(TASKS)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as processes:
        assert project.run(registry, processes).states == every(registry, "succeeded")
        assert project.run(registry, processes).states == every(registry, "reused")
        set_to(project.module, 7)
        with pytest.warns(ModuleStateWarning):
            project.run(registry, processes)
        assert project.plan(registry).verdicts["dict_"].state == "stale"


def test_a_module_of_the_fork_server_hides_no_edit(project):
    registry = tasks_of(TASKS)
    executor = PoolExecutor(1, options=PoolOptions(preload=("settings_meanwhile",)))
    project.run(registry, executor)
    project.write(7)
    importlib.reload(project.module)
    project.run(registry, executor)  # the server has imported the file as it was
    found = project.run(registry)
    assert found.states == every(registry, "succeeded")
    assert set(map(str, found.values.values())) == {"7", "[7]"}
