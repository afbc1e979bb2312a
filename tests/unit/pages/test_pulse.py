from __future__ import annotations

import pytest

from dpnb import InlineExecutor, Orchestrator
from dpnb.launch import schedule
from dpnb.pages.pulse import Pulse


@pytest.fixture
def pulse(workspace, runs) -> Pulse:
    return Pulse(workspace)


def test_it_stays_the_same_while_nothing_happens_and_makes_no_ledger(pulse, workspace, tmp_path):
    from dpnb import Workspace

    assert pulse.beat() == pulse.beat() == Pulse(workspace).beat()
    empty = Workspace(tmp_path / "empty")
    assert Pulse(empty).beat() == ""
    assert not empty.has_ledger


def test_it_changes_with_all_that_pages_show(pulse, workspace, runs, plan):
    beats = [pulse.beat()]
    runs[0].note("noted")
    beats.append(pulse.beat())
    runs[0].pin()
    beats.append(pulse.beat())
    Orchestrator(executor=InlineExecutor(), workspace=workspace).rerun(runs[0]).wait()
    beats.append(pulse.beat())
    workspace.delete_run(runs[0].run_id)
    beats.append(pulse.beat())
    made = schedule(plan(), every="1h", name="hourly", workspace=workspace, serve=False)
    beats.append(pulse.beat())
    made.pause()
    beats.append(pulse.beat())
    made.fire()
    beats.append(pulse.beat())
    assert len(set(beats)) == len(beats)
