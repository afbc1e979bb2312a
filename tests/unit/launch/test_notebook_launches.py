"""Notebooks on their way can be ended by anybody who asks, here or in another process, and tell of their runs."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from dataclasses import replace

import pytest

from dpnb import Workspace
from dpnb.launch import NotebookLaunches
from dpnb.launch.notebook_launches import MOST_TOLD
from dpnb.results import RunRecord, RunStatus
from dpnb.results.launches import Launch, Launches, LaunchState
from dpnb.results.processes import process_started
from dpnb.scheduler import LaunchOutcome
from tests.waiting import until

LAUNCH = Launch.of("노트", {})


@pytest.fixture
def workspace(home):
    return Workspace(home)


@pytest.fixture
def notebooks(workspace):
    made = NotebookLaunches(workspace, look_s=0.005)
    yield made
    made.stop()
    until(lambda: not [one for one in threading.enumerate() if one.name.startswith("dpnb-launch")])


async def for_ever(listener) -> LaunchOutcome:
    listener.kernel_started(os.getpid(), 1)
    await asyncio.Event().wait()
    raise AssertionError


def ends(outcome):
    async def work(_) -> LaunchOutcome:
        if isinstance(outcome, Exception):
            raise outcome
        return outcome  # type: ignore[no-any-return]

    return work


def recorded(workspace) -> Launch:
    launch = Launches(workspace.ledger).get(LAUNCH.launch_id)
    assert launch is not None
    return launch


def end_of(workspace):
    until(lambda: recorded(workspace).state is not LaunchState.GOING)
    launch = recorded(workspace)
    return launch.state, launch.run_id, launch.error


def test_a_launch_that_is_known_is_not_carried_out_again(notebooks, workspace):
    assert notebooks.begin(LAUNCH, ends(LaunchOutcome(succeeded=True, run_id="런 1"))) == (LAUNCH, True)
    assert end_of(workspace) == (LaunchState.ENDED, "런 1", "")
    again, is_new = notebooks.begin(LAUNCH, ends(AssertionError("it began twice")))
    assert (again.state, is_new) == (LaunchState.ENDED, False)


@pytest.mark.parametrize(
    ("outcome", "end"),
    [
        (LaunchOutcome(succeeded=False, run_id="r", reason="a task failed"), (LaunchState.ENDED, "r", "")),
        (
            LaunchOutcome(succeeded=False, run_id="r", reason="Code cell 3 raised\nmore", broke_off=True),
            (LaunchState.FAILED, "r", "Code cell 3 raised\nmore"),
        ),
        (
            LaunchOutcome(
                succeeded=False, reason="The plan is refused, 1 problem:\n  1. 'days' is no int", broke_off=True
            ),
            (LaunchState.FAILED, None, "The plan is refused, 1 problem:\n  1. 'days' is no int"),
        ),
        (LaunchOutcome(succeeded=True, reason="no task"), (LaunchState.FAILED, None, "no task")),
        (ValueError("위험"), (LaunchState.FAILED, None, "위험")),
        (ValueError("위험\n둘\nHint: mend it"), (LaunchState.FAILED, None, "위험\n둘")),
        (ValueError("가" * (MOST_TOLD + 1)), (LaunchState.FAILED, None, "가" * MOST_TOLD + "…")),
    ],
    ids=["failed run", "broken notebook", "refused plan", "no run", "raised", "raised with a hint", "raised at length"],
)
def test_what_came_of_a_notebook_is_recorded(notebooks, workspace, outcome, end):
    notebooks.begin(LAUNCH, ends(outcome))
    assert end_of(workspace) == end
    until(lambda: notebooks.going == [])


def test_a_launch_is_cancelled_and_one_that_has_ended_stays_as_it_is(notebooks, workspace):
    notebooks.begin(LAUNCH, for_ever)
    notebooks.cancel(LAUNCH.launch_id)
    assert end_of(workspace) == (LaunchState.INTERRUPTED, None, "It was cancelled.")
    notebooks.cancel(LAUNCH.launch_id)
    assert (recorded(workspace).state, recorded(workspace).cancel) == (LaunchState.INTERRUPTED, 0)


def test_a_launch_of_another_process_hears_that_its_end_is_wanted(notebooks, workspace):
    notebooks.begin(LAUNCH, for_ever)
    NotebookLaunches(workspace).cancel(LAUNCH.launch_id)  # it knows nothing of what goes on in the first
    assert end_of(workspace) == (LaunchState.INTERRUPTED, None, "It was cancelled.")


def test_a_server_that_stops_ends_its_notebooks(notebooks, workspace):
    notebooks.begin(LAUNCH, for_ever)
    notebooks.stop()
    assert end_of(workspace) == (LaunchState.INTERRUPTED, None, "The server was stopped.")


def test_the_run_of_a_kernel_is_known_while_it_goes(notebooks, workspace):
    notebooks.begin(LAUNCH, for_ever)  # in a kernel that is this process
    pid = os.getpid()
    own = RunRecord(
        run_id="런 1",
        dag_id="d",
        status=RunStatus.RUNNING,
        started_us=1,
        host=socket.gethostname(),
        pid=pid,
        pid_started=process_started(pid),
    )
    workspace.ledger.begin(replace(own, run_id="another's", pid=1))
    workspace.ledger.begin(own)
    until(lambda: recorded(workspace).run_id is not None)
    assert (recorded(workspace).run_id, recorded(workspace).state) == ("런 1", LaunchState.GOING)
