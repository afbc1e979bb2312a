"""The notebook on Dask, executed as a reader does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dpnb import Workspace, get_run
from tests.outcomes import states

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "06_scale_out_with_dask.ipynb"


def test_it_does_what_it_tells(home, require):
    require("distributed")
    done = subprocess.run(
        [sys.executable, "-m", "dpnb.cli", "run", str(NOTEBOOK)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    workspace = Workspace(home)
    shared, apart, elsewhere = (get_run(run_id, workspace) for run_id in workspace.runs()["run_id"].iloc[::-1])
    for run in (shared, apart, elsewhere):
        assert set(states(run).values()) == {"succeeded"}
    assert shared["ages"]["size"].sum() == 278_864
    assert shared["ages"].equals(elsewhere["ages"])
    assert [path.parent.name for path in (workspace.base_path / apart.run_id).glob("*/*.pkl")] == ["seats"]
    assert (shared.missing, apart.missing) == ("", "")
    assert "timeouts are noticed, not enforced" in elsewhere.missing
