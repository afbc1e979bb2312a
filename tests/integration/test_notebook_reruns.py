"""The notebook on reruns, executed as a reader does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from dpnb import Workspace, get_run
from tests.outcomes import states

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "03_reruns_and_comparison.ipynb"


def test_it_does_what_it_tells(home):
    done = subprocess.run(
        [sys.executable, "-m", "dpnb.cli", "run", str(NOTEBOOK)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    runs = Workspace(home).runs().iloc[::-1]
    assert set(runs["status"]) == {"succeeded"}
    ran = [
        sorted(name for name, state in states(get_run(run_id, Workspace(home))).items() if state == "succeeded")
        for run_id in runs["run_id"]
    ]
    everything = ["busiest", "departed", "flights", "late", "report"]
    assert ran == [
        everything,
        ["busiest", "departed", "late", "report"],  # a helper of one was edited
        [],  # a comment and another layout
        ["late", "report"],  # a constant has another value
        [],  # back to what was
        ["flights"],  # written in another way, it comes to the same
    ]
    copy = nbformat.read(home / "runs" / runs["run_id"].iloc[-1] / "notebook.ipynb", as_version=4)
    shown = "\n".join(
        str(output.get("data", {}).get("text/plain", "")) for cell in copy.cells for output in cell.get("outputs", ())
    )
    assert "upstream `departed` will run ← helper `clean` changed in cell [" in shown
