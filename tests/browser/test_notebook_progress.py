"""A notebook that runs as a task, watched in JupyterLab."""

from __future__ import annotations

import re

import pytest

from tests.notebook_files import write_notebook

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

DEFINE = """
from dpnb import Orchestrator, get_planner, get_registry, notebook_task, task

get_registry().clear()

@task
def 지연() -> list[int]:
    return [5, 90, 30]

notebook_task({notebook!r}, name="보고")
"""
START = "run = Orchestrator(workers=1).start_pipeline(get_planner().create_execution_plan())\nrun"
WAITS = """
# Wait for the gate
import time
from pathlib import Path
while not Path({gate!r}).exists():
    time.sleep(0.05)
"""


def test_the_panel_says_which_cell_is_executed(open_notebook, run_all, page, keep, tmp_path):
    gate = tmp_path / "gate"
    cells = "import dpnb", WAITS.format(gate=str(gate)), "dpnb.output(max(dpnb.inputs['지연']))"
    report = write_notebook(tmp_path / "report.ipynb", *cells)
    open_notebook("progress.ipynb", DEFINE.format(notebook=str(report)), START)
    run_all()
    panel = page.locator(".dpnb-run")
    panel.get_by_label(re.compile("보고: running · 33 % · .* · cell 2 of 3: Wait for the gate")).first.wait_for()
    panel.get_by_label(re.compile("보고: running")).first.click()
    panel.locator(".dpnb-details").get_by_text("cells_of_report").first.wait_for()
    keep("notebook_as_a_task")
    gate.touch()
    page.locator(".jp-OutputArea img[alt*='2 succeeded']").first.wait_for()
