"""`dpnb runs` and `dpnb runs prune` as processes: what they list, ask, delete and refuse."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from dpnb import InlineExecutor, Orchestrator, Workspace, get_run, task
from dpnb.planner import DAGBuilder, Planner
from dpnb.registry import TaskRegistry

pytestmark = pytest.mark.integration


@pytest.fixture
def ran(terminal):
    """Give a workspace of five runs, the second of which has failed."""
    workspace = Workspace(terminal.home)
    for number in range(5):
        registry = TaskRegistry()

        @task(registry=registry, tags=["etl"] if number else ["ml"])
        def load(year: int, number: int = number) -> bytes:
            if number == 1:
                raise ValueError(year)
            return bytes(200_000)

        plan = Planner(DAGBuilder(registry)).create_execution_plan(params={"year": 2010 + number})
        Orchestrator(executor=InlineExecutor(), workspace=workspace).start_pipeline(plan, run_id=f"run {number}")
    return terminal


def listed(said: str) -> list[str]:
    return re.findall(r"^ ?(run \d)", said, re.MULTILINE)


def left(terminal) -> list[str]:
    return [run.run_id for run in terminal.ledger.runs()]


def test_list_is_of_what_fits_every_option(ran):
    get_run("run 3").pin().note("기준선\nmore")
    everything = ran.dpnb("runs")
    assert listed(everything) == ["run 4", "run 3", "run 2", "run 1", "run 0"]
    assert re.search(r"run 3 .* yes +기준선 ", everything)
    assert "more" not in everything
    assert listed(ran.dpnb("runs", "--status", "failed", "--status", "cancelled")) == ["run 1"]
    assert listed(ran.dpnb("runs", "--tag", "etl", "--tag", "nope", "--not-pinned")) == ["run 4", "run 2", "run 1"]
    assert listed(ran.dpnb("runs", "--pinned", "--task", "lo*", "--since", "1h")) == ["run 3"]
    assert listed(ran.dpnb("runs", "-p", "year=2012")) == ["run 2"]
    said = ran.dpnb("runs", "-n", "2")
    assert listed(said) == ["run 4", "run 3"]
    assert "Older runs are not shown; see --limit." in said
    assert "Older" not in ran.dpnb("runs", "-n", "5")
    assert "note     기준선" in ran.dpnb("show", "run 3")
    assert "1 task · pinned" in ran.dpnb("show", "run 3")


def test_nothing_that_fits_is_said_with_what_was_asked(ran):
    said = ran.dpnb("runs", "--tag", "elt", "-p", "year=2012")
    assert said == f"No run in {ran.home} fits: tag 'elt', year=2012.\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--since", "last week"), "Error: since='last week' is no point in time.\nHint: write '2026-11-01'"),
        (("--status", "fialed"), "'fialed' is not one of 'running', 'succeeded', 'failed'"),
        (("-n", "0"), "0 is not in the range x>=1"),
        (("-p", "year"), "'year' is not of the form name=value"),
        (("-n", "2", "prune", "--keep", "1"), "'limit' is for the list of runs, not for 'prune'."),
        (("prune",), "Give --keep, --older-than or both"),
        (("prune", "--older-than", "30m"), "Error: older_than='30m' is no span of time.\nHint: write '30d'"),
        (("prune", "--keep", "-1"), "-1 is not in the range x>=0"),
    ],
)
def test_values_that_make_no_sense_are_wrong_usage(terminal, arguments, said):
    assert said in terminal.dpnb("runs", *arguments, code=2)
    assert not terminal.home.exists()


def test_disk_tells_what_each_run_takes_and_all_together(ran):
    workspace = Workspace(ran.home)
    (stored,) = workspace.ledger.results("run 0")
    workspace.io_manager.remove(run_id="run 4", task_name="load", task_result_id=stored.result_id)
    workspace.io_manager.link(stored, run_id="run 4")
    said = ran.dpnb("runs", "disk")
    assert listed(said) == ["run 4", "run 3", "run 2", "run 1", "run 0"]
    assert re.search(r"run 4 .* 1 +2\d\d\.\d kB +\d+(\.\d)? k?B +\d+(\.\d)? k?B *$", said, re.MULTILINE)
    assert re.search(r"run 3 .* 1 +(2\d\d\.\d kB) +\1 +\1 *$", said, re.MULTILINE)
    assert re.search(r"^5 runs take 6\d\d\.\d kB\.$", said, re.MULTILINE)


def test_prune_says_what_would_go_and_deletes_nothing_that_nobody_agreed_to(ran):
    for arguments, code in ((("--dry-run",), 0), ((), 2)):
        said = ran.dpnb("runs", "prune", "--keep", "2", *arguments, code=code)
        assert listed(said) == ["run 2", "run 1", "run 0"]
        assert re.search(r"run 2 .*✓ succeeded .* 20\d\.\d kB +20\d\.\d kB +not among the newest 2", said)
        assert "3 runs would go and free " in said
        assert "; 2 would stay." in said
        assert ("there is no terminal to ask at. Give --yes to agree." in said) == bool(code)
        assert len(left(ran)) == 5


def test_prune_deletes_what_it_was_told_to(ran):
    get_run("run 0").pin()
    said = ran.dpnb("runs", "prune", "--keep", "1", "--keep-succeeded", "0", "--yes")
    assert listed(said) == ["run 3", "run 2", "run 1"]
    assert re.search(r"Deleted 3 runs and freed 4\d\d\.\d kB\.", said)
    assert left(ran) == ["run 4", "run 0"]
    assert sorted(path.name for path in (ran.home / "runs").glob("run*")) == ["run 0", "run 4"]
    assert "Nothing to delete: 2 runs stay." in ran.dpnb("runs", "prune", "--keep", "1")


def test_prune_by_age(ran):
    assert "Nothing to delete: 5 runs stay." in ran.dpnb("runs", "prune", "--older-than", "1h")
    ran.dpnb("runs", "prune", "--older-than", "0s", "--keep", "3", "--yes")
    assert left(ran) == ["run 4", "run 3", "run 2"]


def test_prune_where_nothing_has_run(terminal):
    assert terminal.dpnb("runs", "prune", "--keep", "1") == f"No run yet in {terminal.home}.\n"


@pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals")
@pytest.mark.parametrize(("answer", "code", "count"), [("y", 0, 2), ("n", 1, 5), ("", 1, 5)])
def test_prune_asks_at_a_terminal(ran, answer, code, count):
    kernel_side, process_side = os.openpty()
    os.write(kernel_side, f"{answer}\n".encode())
    command = [sys.executable, "-m", "dpnb.cli", "runs", "prune", "--keep", "2"]
    done = subprocess.run(command, stdin=process_side, capture_output=True, text=True, timeout=60, check=False)
    os.close(kernel_side)
    os.close(process_side)
    assert done.returncode == code, done.stderr
    assert "Delete 3 runs? [y/N]" in done.stderr
    assert ("Nothing was deleted." in done.stderr) == (count == 5)
    assert len(left(ran)) == count
