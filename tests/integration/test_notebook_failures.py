"""The notebook on streams and failures, executed as a reader does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dpnb import Workspace, get_run
from tests.outcomes import states

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "04_streams_and_failures.ipynb"


def test_it_does_what_it_tells(home):
    done = subprocess.run(
        [sys.executable, "-m", "dpnb.cli", "run", str(NOTEBOOK)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    workspace = Workspace(home)
    streamed, died, hung, resumed = (get_run(run_id, workspace) for run_id in workspace.runs()["run_id"].iloc[::-1])
    assert set(states(streamed).values()) == {"succeeded"}
    assert len(streamed["months"]) == 12
    assert streamed["delays"]["mean"].idxmax() == 7

    assert states(died) == {"months": "reused", "delays": "reused", "fragile": "succeeded"}
    assert died.attempts.set_index("attempt")["exit_status"][1] == "signal 9 (SIGKILL)"
    assert died["fragile"] == 336_776

    ends = states(hung)
    assert (ends["hanging"], ends["greedy"], ends["summary"]) == ("timed_out", "failed", "succeeded")
    assert hung.failures.set_index("task")["error_type"]["greedy"] == "MemoryLimitError"

    assert set(states(resumed).values()) == {"reused", "succeeded"}
    assert resumed["destinations"]["SJU"] == 5_819
    assert resumed["destinations"].sum() == 336_776
    assert not list(NOTEBOOK.parent.glob("died-*"))
