"""The notebook on events and schedules, executed as a reader does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from dpnb import Workspace, fires, schedules

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "02_events_and_schedules.ipynb"


def test_it_does_what_it_tells_and_ends_by_itself(home):
    done = subprocess.run(
        [sys.executable, "-m", "dpnb.cli", "run", str(NOTEBOOK)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    runs = Workspace(home).runs().iloc[::-1]
    assert set(runs["status"]) == {"succeeded"}
    started_by = [metadata.get("schedule", "") for metadata in runs["metadata"]]
    assert started_by == ["", "on arrival", "아침 보고", ""], "by hand, by an event, by a schedule, over HTTP"
    assert [params.get("month", "the default") for params in runs["params"]] == ["the default", 6, 12, 5]
    assert set(fires(workspace=Workspace(home))["state"]) == {"succeeded"}
    assert len(schedules(workspace=Workspace(home))) == 0
    copies = list((home / "runs").glob("*/notebook.ipynb"))
    assert copies
    shown = "\n".join(
        str(output.get("data", {}).get("text/plain", ""))
        for cell in nbformat.read(copies[0], as_version=4).cells
        for output in cell.get("outputs", ())
    )
    assert "the clocks skip 02:00–03:00: fires right after" in shown
