"""A run that one process drives is waited for, and ended, from another."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap

import pytest
from click.testing import CliRunner

from dpnb import Workspace, get_run
from dpnb.cli.app import app
from dpnb.errors import LedgerReadOnlyError, RunTimeoutError
from dpnb.results import RunStatus
from tests.outcomes import states
from tests.waiting import until

pytestmark = pytest.mark.integration

HEARD_S = 10.0  # a second or two on a machine that is not busy
DRIVER = """
import sys, time
from dpnb import InlineExecutor, Orchestrator, TaskContext, TaskRegistry, Workspace, task
from dpnb.planner import DAGBuilder, Planner

registry = TaskRegistry()

@task(registry=registry)
def 기다림(context: TaskContext) -> int:
    while not context.cancelled:
        time.sleep(0.01)
    if "stubborn" in sys.argv:
        time.sleep(3600)
    return 1

workspace = Workspace(sys.argv[1], registry=registry)
print("ready", flush=True)
run = Orchestrator(workers=1, workspace=workspace).start_pipeline(
    Planner(DAGBuilder(registry)).create_execution_plan(), run_id="저 너머"
)
print(run.wait().status, flush=True)
"""


@pytest.fixture
def drive(tmp_path, home):
    """Give what starts a process with a run, and returns the run as this process sees it, and the process."""
    script = tmp_path / "drive.py"
    script.write_text(textwrap.dedent(DRIVER))
    started: list[subprocess.Popen[str]] = []

    def start(*options: str):
        command = [sys.executable, str(script), str(home), *options]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout is not None
        process.stdout.readline()
        workspace = Workspace(home)
        until(
            lambda: workspace.ledger.run("저 너머") and states(get_run("저 너머", workspace)) == {"기다림": "running"}
        )
        return get_run("저 너머", workspace), process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_a_run_of_another_process_is_cancelled_and_waited_for(drive, monkeypatch):
    run, process = drive()
    with monkeypatch.context() as patched:
        patched.setattr(type(run.workspace.ledger), "is_read_only", property(lambda _: True))
        with pytest.raises(LedgerReadOnlyError):
            run.cancel()
    with pytest.raises(RunTimeoutError):
        run.wait(0.05)
    assert run.cancel().wait(HEARD_S).status is RunStatus.CANCELLED
    out, _ = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, "cancelled\n")
    assert run.cancel().status is RunStatus.CANCELLED  # it has ended: nothing is asked
    assert run.workspace.ledger.lease(run.run_id).cancel == 1


async def test_a_second_request_kills_what_does_not_end(drive):
    run, _ = await asyncio.to_thread(drive, "stubborn")
    run.cancel().cancel()
    async with asyncio.timeout(HEARD_S):
        assert (await run).status is RunStatus.CANCELLED


def test_a_run_is_ended_from_a_terminal(drive):
    run, _ = drive("stubborn")

    def said(*options: str, code: int = 0) -> str:
        result = CliRunner().invoke(app, ["cancel", *options])
        assert result.exit_code == code, result.output
        return result.output

    assert said("latest", "--no-wait") == f"Run {run.run_id} has been asked to end.\n"
    assert "'저 너무'" in said("저 너무", code=1)
    ended = said("저")  # a second request kills
    assert run.status is RunStatus.CANCELLED
    assert "cancelled" in ended
    assert "기다림" in ended
    assert said("latest") == f"Run {run.run_id} has ended before: cancelled.\n"


def test_a_terminal_waits_no_longer_than_it_is_told(drive):
    run, process = drive("stubborn")
    result = CliRunner().invoke(app, ["cancel", run.run_id, "--timeout", "0.05"])
    assert result.exit_code == 1
    assert f"Run {run.run_id} goes on after 0.05 s" in result.output
    assert run.is_running
    result = CliRunner().invoke(app, ["cancel", run.run_id, "--now"])
    assert (result.exit_code, run.status) == (0, RunStatus.CANCELLED)
    assert process.wait(60) == 0


def test_a_terminal_says_where_there_is_nothing_to_end(home):
    result = CliRunner().invoke(app, ["cancel", "latest"])
    assert result.exit_code == 1
    assert result.output == f"No run yet in {home}.\n"


def test_a_request_to_a_process_that_dies_leaves_the_run_interrupted(drive):
    run, process = drive("stubborn")
    run.cancel()
    process.kill()
    assert run.wait(HEARD_S).status is RunStatus.INTERRUPTED
