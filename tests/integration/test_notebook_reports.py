"""The notebook on notebooks as tasks, executed as a reader does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from dpnb import Workspace, get_run
from tests.outcomes import states

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
REPORTS = ("report EWR", "report JFK", "report LGA")


def dpnb_run(notebook: Path) -> None:
    command = [sys.executable, "-m", "dpnb.cli", "run", str(notebook)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_does_what_it_tells_and_its_report_can_be_opened_by_itself(home):
    dpnb_run(NOTEBOOKS / "05_notebooks_as_tasks_and_reports.ipynb")
    workspace = Workspace(home)
    first, failed, again = (get_run(run_id, workspace) for run_id in workspace.runs()["run_id"].iloc[::-1])
    assert set(states(first).values()) == {"succeeded"}
    assert first["overview"]["origin"].tolist() == ["LGA", "JFK", "EWR"]
    assert first["overview"]["flights"].sum() == 336_776
    assert set(states(again).values()) == {"reused"}
    assert failed.failures["error"].tolist() == ["no flight leaves from 'SFO'"]
    assert "Cell 2 of late_flights.ipynb, line 7" in failed.failures["traceback"][0]
    for name in REPORTS:
        copy = nbformat.read(first.notebook(name).path, as_version=4)
        assert f"origin = '{name[-3:]}'\nlate_minutes = 30" in [cell.source for cell in copy.cells][2]
        assert again.notebook(name).path.samefile(first.notebook(name).path)

    dpnb_run(NOTEBOOKS / "reports" / "late_flights.ipynb")
    (copy,) = (home / "notebooks").glob("late_flights-*.ipynb")
    shown = str(nbformat.read(copy, as_version=4).cells)
    assert f"dpnb.inputs['flights'] is from {again.run_id}" in shown
    assert "'flights': 111279" in shown
