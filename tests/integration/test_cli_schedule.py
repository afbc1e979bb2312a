"""``dpnb schedule run``: a process that serves a workspace, and ends when it is told to."""

from __future__ import annotations

import re
import signal

import nbformat
import pytest

from dpnb import Workspace
from dpnb.launch import schedule
from dpnb.scheduler import ScheduleStore
from tests.terminal import TASKS
from tests.waiting import until

pytestmark = pytest.mark.integration


def test_a_notebook_is_fired_and_run_until_sigterm(terminal):
    workspace = Workspace(terminal.home)
    made = schedule(
        terminal.notebook(TASKS),
        cron="0 9 * * *",
        name="보고",
        params={"year": 2014},
        notebook_options={"tags": ("etl",)},
        workspace=workspace,
        serve=False,
    )
    made.pause().fire({"year": 2020})
    store = ScheduleStore(workspace.ledger.database)
    process = terminal.start("schedule", "run")
    until(lambda: [fire.state.value for fire in store.fires()] == ["succeeded"], seconds=120)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert out.startswith("Serving 1 schedule in ")
    assert re.search(r"'보고', due .+, succeeded", err)

    (run,) = workspace.ledger.runs()
    assert (run.status, run.params) == ("succeeded", {"year": 2020})
    assert store.fires()[0].run_id == run.run_id
    copy = nbformat.read(workspace.base_path / run.run_id / "notebook.ipynb", as_version=4)
    assert any("# Parameters\nyear = 2020" in cell.source for cell in copy.cells)
