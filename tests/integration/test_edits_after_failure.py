"""A run that failed in a kernel, whose task and helpers are then edited: both ways to go on see the edits."""

from __future__ import annotations

import asyncio
import json

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from dpnb.notebook.headless import Limits, execute
from dpnb.notebook.kernel import KernelStart
from tests.edits.sessions import Silent

pytestmark = pytest.mark.integration

CELLS = (
    "import json, pathlib\nfrom dpnb import Orchestrator, get_planner, task",
    "def clean(rows): return rows[:1]\ndef shown(rows): return ', '.join(rows)",
    "@task\ndef flights(): return clean(['AA', 'UA', 'DL'])",
    "@task\ndef untouched(): return 1",
    "@task\ndef report(flights): raise ValueError('not yet')",
    "run = Orchestrator(workers=1).start_pipeline(get_planner().create_execution_plan()).wait()",
    "assert (run.status, run['flights'], run['untouched']) == ('failed', ['AA'], 1)",
    "def clean(rows): return rows[:2]",  # reached by a task that has its result
    "@task\ndef report(flights): return shown(flights)",
)
TELL = """
told = {record.task: [record.state, record.attempts, record.reason, run[record.task]] for record in run.task_records()}
pathlib.Path("told.json").write_text(json.dumps(told))
"""


def told_after(folder, way):
    cells = [*CELLS, way, TELL]
    notebook = new_notebook(cells=[new_code_cell(cell) for cell in cells])
    env = {"DPNB_HOME": str(folder / ".dpnb"), "DPNB_STATE_HOME": str(folder / "state")}
    path = folder / "연구.ipynb"
    asyncio.run(
        execute(notebook, path=path, limits=Limits(notebook=100), start=KernelStart(env=env), listener=Silent())
    )
    return json.loads((folder / "told.json").read_text())


def test_resuming_runs_again_what_was_edited_and_says_why(tmp_path):
    told = told_after(tmp_path, "run.resume(workers=1).wait()")
    assert {task: value for task, (*_, value) in told.items()} == {
        "flights": ["AA", "UA"],
        "untouched": 1,
        "report": "AA, UA",
    }
    assert {task: attempts for task, (_, attempts, *_) in told.items()} == {"flights": 2, "untouched": 1, "report": 2}
    assert told["flights"][2].startswith("ran again: helper `clean` changed in cell")


def test_a_rerun_runs_what_was_edited_and_reuses_the_rest(tmp_path):
    told = told_after(tmp_path, "run = run.rerun(workers=1).wait()")
    assert {task: (state, value) for task, (state, _, _, value) in told.items()} == {
        "flights": ("succeeded", ["AA", "UA"]),
        "untouched": ("reused", 1),
        "report": ("succeeded", "AA, UA"),
    }
