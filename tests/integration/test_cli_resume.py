"""`dpnb resume` as a process: what failed or was cut off goes on by the tasks of the notebook."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from dpnb.results import RunStatus
from tests.waiting import until

pytestmark = pytest.mark.integration

TASKS = """
from pathlib import Path
from dpnb import Orchestrator, get_planner, get_run, task

@task
def 원본(year: int = 2012) -> int:
    return year * factor

@task
def broken(원본: int) -> int:
    if not Path("mended").exists():
        raise ValueError("까닭")
    return 원본 + 1
"""
START = """
Orchestrator().start_pipeline(get_planner().create_execution_plan(), run_id="own")
"""
DEFAULTS = "factor = 1"


def notebook(terminal, *cells):
    return terminal.notebook(*cells, defaults=DEFAULTS)


def attempts(terminal, run_id: str) -> dict[str, int]:
    return {row.task: row.attempts for row in terminal.ledger.task_runs(run_id)}


def test_failed_run_goes_on_with_what_it_was_given(terminal):
    path = notebook(terminal, TASKS)
    terminal.dpnb("run", path, "-p", "year=2013", "-p", "factor=2", code=1)
    (run,) = terminal.ledger.runs()
    copy = terminal.home / "runs" / run.run_id / "notebook.ipynb"
    executed = copy.read_bytes()
    terminal.dpnb("resume", "latest", path, code=1)
    (terminal.folder / "mended").touch()
    said = terminal.dpnb("resume", run.run_id[:-2], path, "--workers", "1")
    assert re.search(r"broken +✓ succeeded +3 ", said)
    assert attempts(terminal, run.run_id) == {"원본": 1, "broken": 3}, "the code that reads the factor is as it was"
    (run,) = terminal.ledger.runs()
    assert (run.status, run.params, run.workers) == (RunStatus.SUCCEEDED, {"year": 2013}, 1)
    assert copy.read_bytes() == executed
    assert not list((terminal.home / "notebooks").glob("*"))


def test_mended_notebook_runs_what_it_has_mended_and_what_comes_after(terminal):
    terminal.dpnb("run", notebook(terminal, TASKS), "-p", "factor=2", code=1)
    mended = TASKS.replace("year * factor", "year * factor * 10").replace('raise ValueError("까닭")', "return 7")
    said = terminal.dpnb("resume", "latest", notebook(terminal, mended))
    assert re.search(r"원본 +✓ succeeded +2 ", said)
    assert "2 succeeded" in said


def test_other_values_of_the_runs_parameters_are_refused_before_anything_is_executed(terminal):
    path = notebook(terminal, TASKS)
    terminal.dpnb("run", path, "-p", "year=2013", code=1)
    said = terminal.dpnb("resume", "latest", path, "-p", "year=2014", code=2)
    assert "has year=2013, and a run keeps its parameters" in said
    assert attempts(terminal, terminal.ledger.runs()[0].run_id) == {"원본": 1, "broken": 1}


def test_run_whose_kernel_died_goes_on_and_no_cell_starts_another(terminal):
    dies = f"{START}\nimport os, time\ntime.sleep(2)\nos.kill(os.getpid(), 9)"
    slow = TASKS.replace('raise ValueError("까닭")', "import time; time.sleep(300)")
    path = notebook(terminal, slow, "get_run", dies)
    terminal.dpnb("run", path, code=4)
    (terminal.folder / "mended").touch()
    assert "own  ✓ succeeded" in terminal.dpnb("resume", "own", path)
    assert [run.run_id for run in terminal.ledger.runs()] == ["own"]


def test_task_that_the_notebook_has_no_more_is_named(terminal):
    terminal.dpnb("run", notebook(terminal, TASKS), code=1)
    without = TASKS.replace("def broken", "def brokn")
    said = terminal.dpnb("resume", "latest", notebook(terminal, without), code=3)
    assert "Task 'broken' is not registered" in said
    assert "close to it: 'brokn'" in said
    assert "✕ failed" in said


def test_cell_that_raises_leaves_the_run_as_it_was(terminal):
    terminal.dpnb("run", notebook(terminal, TASKS), code=1)
    said = terminal.dpnb("resume", "latest", notebook(terminal, TASKS, "1 / 0"), code=3)
    assert "Code cell 3 of '연구 노트.ipynb' raised ZeroDivisionError" in said
    assert "executed copy" not in said
    assert attempts(terminal, terminal.ledger.runs()[0].run_id) == {"원본": 1, "broken": 1}


def test_run_that_is_going_or_unknown_is_told_before_anything_is_executed(terminal):
    mark = terminal.folder / "mark"
    raises = notebook(terminal, "1 / 0")
    assert "No run yet in" in terminal.dpnb("resume", "latest", raises, code=1)
    code = f"""
import time
from pathlib import Path
from dpnb import InlineExecutor, Orchestrator, get_planner, task
@task
def 오래() -> None:
    Path({str(mark)!r}).touch()
    time.sleep(300)
Orchestrator(executor=InlineExecutor()).start_pipeline(get_planner().create_execution_plan(), run_id="going")
"""
    with subprocess.Popen([sys.executable, "-c", code]) as process:
        until(mark.exists)
        said = terminal.dpnb("resume", "going", raises, code=1)
        assert f"Run 'going' is going on in process {process.pid}" in said
        assert "Hint: wait for its end, or interrupt it where it was started.\n" in said
        assert "Hint: the closest are 'going'; `dpnb runs`" in terminal.dpnb("resume", "goin9", raises, code=1)
        process.kill()


def test_plan_starts_no_run_that_a_cell_would_resume_or_repeat(terminal):
    terminal.dpnb("run", notebook(terminal, TASKS, START), code=1)
    (terminal.folder / "mended").touch()
    for way in ("resume", "rerun"):
        said = terminal.dpnb("plan", notebook(terminal, TASKS, f"get_run('own').{way}().wait()", "1 / 0"))
        assert "2 tasks on 2 levels" in said
    (run,) = terminal.ledger.runs()
    assert run.status is RunStatus.FAILED
