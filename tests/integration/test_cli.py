"""The command line as a process: notebooks in, tables and exit codes out."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from dpnb.notebook.conclusion import RUN_MIME
from dpnb.results import RunStatus
from tests.terminal import TASKS, place
from tests.waiting import until

pytestmark = pytest.mark.integration

START = """
from dpnb import Orchestrator, get_planner
plan = get_planner().create_execution_plan(tags=["etl"], params={"year": year})
Orchestrator().start_pipeline(plan, run_id="own")
"""


def test_run_plans_and_runs_what_the_cells_define(terminal):
    said = terminal.dpnb("run", terminal.notebook(TASKS), "--tags", "etl", "-p", "year=2013")
    (run,) = terminal.ledger.runs()
    assert (run.status, run.params) == (RunStatus.SUCCEEDED, {"year": 2013})
    assert re.search(r"항공편 +✓ succeeded", said)
    assert "2 succeeded" in said
    assert "\x1b" not in said
    folder = terminal.home / "runs" / run.run_id
    assert (place(said, "notebook"), place(said, "page")) == (folder / "notebook.ipynb", folder / "notebook.html")
    assert place(said, "results") == folder
    copy = nbformat.read(folder / "notebook.ipynb", as_version=4)
    assert copy.cells[1].source == "# Parameters\nyear = 2013"
    assert copy.cells[-1].outputs[0].data[RUN_MIME]["run_id"] == run.run_id
    page = (folder / "notebook.html").read_text()
    assert "data:image/svg+xml" in page
    assert not list((terminal.home / "notebooks").glob("*"))


def test_failed_run_shows_the_users_frames_and_exits_with_1(terminal):
    said = terminal.dpnb("run", terminal.notebook(TASKS), code=1)
    assert "2 succeeded · 1 failed" in said
    assert "return 1 / 0" in said
    assert "ZeroDivisionError: division by zero" in said
    assert "site-packages" not in said


def test_run_that_the_notebook_started_is_waited_for_and_reported(terminal):
    said = terminal.dpnb("run", terminal.notebook(TASKS, START), "-p", "year=2014")
    assert [run.run_id for run in terminal.ledger.runs()] == ["own"]
    assert terminal.ledger.runs()[0].params == {"year": 2014}
    assert "own  ✓ succeeded" in said
    assert place(said, "notebook") == terminal.home / "runs" / "own" / "notebook.ipynb"


def test_target_asks_for_a_run_of_its_own(terminal):
    terminal.dpnb("run", terminal.notebook(TASKS, START), "--target", "항공편", "--workers", "1")
    newest, own = terminal.ledger.runs()
    assert own.run_id == "own"
    assert [task.task for task in terminal.ledger.task_runs(newest.run_id)] == ["항공편"]
    assert newest.workers == 1


SEVERAL = """
import time
from dpnb import Orchestrator, get_planner, task

@task
def slow() -> int:
    time.sleep({seconds})
    return 1 // {divisor}

@task
def quick() -> int:
    return 1

@task
def broken() -> int:
    raise ValueError("밖에")

def start(target):
    return Orchestrator(workers=1).start_pipeline(get_planner().create_execution_plan(targets=[target]), run_id=target)
"""


# Has `slow` begin to sleep when the notebook's own cells are over, however long these take.
WHEN_CELLS_ARE_OVER = """
from pathlib import Path
gate = Path("gate").resolve()
sleep_and_divide = slow

@task
def slow() -> int:
    while not gate.exists():
        time.sleep(0.02)
    return sleep_and_divide()

count = [0]
def touch_gate(_):
    count[0] += 1
    if count[0] == 2:
        gate.touch()
get_ipython().events.register("pre_run_cell", touch_gate)
"""


def statuses(terminal) -> dict[str, str]:
    return {run.run_id: str(run.status) for run in terminal.ledger.runs()}


def test_every_run_that_is_still_going_is_waited_for(terminal):
    said = terminal.dpnb(
        "run", terminal.notebook(SEVERAL.format(seconds=3, divisor=1), "start('slow'); start('quick')")
    )
    assert statuses(terminal) == {"slow": "succeeded", "quick": "succeeded"}
    assert "slow  ✓ succeeded" in said
    assert place(said, "results").name == "quick"


def test_run_that_fails_while_it_is_waited_for_fails_the_command(terminal):
    cells = SEVERAL.format(seconds=1, divisor=0), WHEN_CELLS_ARE_OVER, "start('slow'); start('quick').wait()"
    notebook = terminal.notebook(*cells)
    said = terminal.dpnb("run", notebook, code=1)
    assert statuses(terminal) == {"slow": "failed", "quick": "succeeded"}
    assert "ZeroDivisionError" in said


def test_run_that_had_failed_before_is_mentioned(terminal):
    cells = (SEVERAL.format(seconds=0, divisor=1), "start('broken').wait()", "start('quick')")
    said = terminal.dpnb("run", terminal.notebook(*cells))
    assert "a run of its own, 'broken', which failed; the notebook knew of it and went on" in said
    assert "quick  ✓ succeeded" in said


def test_target_waits_for_the_run_that_the_notebook_left_going(terminal):
    notebook = terminal.notebook(SEVERAL.format(seconds=1, divisor=0), WHEN_CELLS_ARE_OVER, "start('slow')")
    said = terminal.dpnb("run", notebook, "--target", "quick", code=1)
    assert sorted(statuses(terminal).values()) == ["failed", "succeeded"]
    assert statuses(terminal)["slow"] == "failed"
    assert "The notebook left this run going:\nslow  ✕ failed" in said
    assert place(said, "results").name != "slow"


def test_refused_selection_does_not_take_the_notebooks_run_for_its_own(terminal):
    said = terminal.dpnb("run", terminal.notebook(TASKS, START), "--target", "nosuch", code=3)
    assert "Running the tasks of '연구 노트.ipynb' raised PlanError" in said
    assert place(said, "notebook").parent == terminal.home / "notebooks"
    assert not re.search(r"^results ", said, re.MULTILINE)
    assert statuses(terminal) == {"own": "succeeded"}
    assert list((terminal.home / "runs" / "own").glob("*.ipynb")) == []


def test_run_of_an_earlier_process_with_the_kernels_id_is_left_alone(terminal):
    earlier = """
import os, socket
from dpnb import Workspace
from dpnb.results import RunRecord, RunStatus
run = RunRecord(run_id="stranger", dag_id="", status=RunStatus.SUCCEEDED, started_us=1, finished_us=2,
                host=socket.gethostname(), pid=os.getpid(), pid_started=1.0)
Workspace().ledger.record([run])
"""
    said = terminal.dpnb("run", terminal.notebook(earlier, "1 / 0"), code=3)
    assert "stranger" not in said
    assert place(said, "notebook").parent == terminal.home / "notebooks"
    assert not (terminal.home / "runs" / "stranger").exists()


def test_parameters_that_are_added_do_not_change_the_number_of_a_cell(terminal):
    said = terminal.dpnb("run", terminal.notebook("1 / 0"), "-p", "year=3", code=3)
    assert "Code cell 2 of" in said
    assert "Hint: the executed copy" in said
    said = terminal.dpnb("plan", terminal.notebook("1 / 0"), "-p", "year=3", code=3)
    assert "Code cell 2 of" in said
    assert "executed copy" not in said


def test_parameter_that_nobody_reads_is_told_without_a_cell_of_defaults(terminal):
    path = terminal.notebook()
    nbformat.write(new_notebook(cells=[new_code_cell(f"year = 1\n{TASKS}\n{START}")]), path)
    said = terminal.dpnb("run", path, "-p", "n=4", "-p", " year = 2013")
    assert "take the parameter 'n'" in said
    assert "take the parameter 'year'" in said


def test_cell_that_raises_exits_with_3_and_the_copy_stays_in_the_workspace(terminal):
    said = terminal.dpnb("run", terminal.notebook(TASKS, "print('so far')", "undefined_name"), code=3)
    assert "Code cell 4 of '연구 노트.ipynb' raised NameError" in said
    copy = place(said, "notebook")
    assert copy.parent == terminal.home / "notebooks"
    assert nbformat.read(copy, as_version=4).cells[2].outputs[0].text == "so far\n"


def test_refused_plan_exits_with_3_and_says_why(terminal):
    said = terminal.dpnb("run", terminal.notebook(TASKS), "--tags", "elt", code=3)
    assert "Running the tasks of '연구 노트.ipynb' raised PlanError" in said
    assert "'elt'" in said
    assert "Hint: mend the tasks" in said


def test_missing_run_parameter_is_asked_for_as_the_terminal_gives_it(terminal):
    said = terminal.dpnb("plan", terminal.notebook(TASKS.replace("year: int = 2012", "year: int")), code=3)
    assert "nothing gives its parameter 'year'" in said
    assert "Hint: -p NAME=VALUE gives a run parameter" in said


def test_kernel_that_dies_in_a_run_exits_with_4_and_the_run_is_seen_as_interrupted(terminal):
    slow = TASKS.replace("return 1 / 0", "import time; time.sleep(300); return 1.0")
    dies = START.replace('tags=["etl"], ', "") + "import os, time; time.sleep(2); os.kill(os.getpid(), 9)"
    said = terminal.dpnb("run", terminal.notebook(slow, dies), code=4)
    assert "died in code cell 3 (signal 9)" in said
    assert "own  ↯ interrupted" in said
    assert place(said, "notebook") == terminal.home / "runs" / "own" / "notebook.ipynb"
    assert "↯ interrupted" in terminal.dpnb("runs")


@pytest.mark.parametrize("home", ["a file", "below a file"])
def test_workspace_that_cannot_be_is_said_before_anything_is_executed(terminal, monkeypatch, home):
    file = terminal.folder / "file"
    file.touch()
    monkeypatch.setenv("DPNB_HOME", str(file if home == "a file" else file / "nope"))
    mark = terminal.folder / "mark"
    notebook = terminal.notebook(f"import pathlib; pathlib.Path({str(mark)!r}).touch()")
    for arguments in (["run", notebook], ["runs"], ["show"], ["check"], ["rebuild"]):
        said = terminal.dpnb(*arguments, code=1)
        assert re.match(r"Error: The workspace '.+' cannot be used: .+\.\nHint: .*DPNB_HOME.*\n$", said), said
    assert not mark.exists()


def test_encoding_that_lacks_our_signs_shows_question_marks(terminal, monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    said = terminal.dpnb("run", terminal.notebook(TASKS), "--tags", "etl")
    assert re.search(r"total +\| \? succeeded", said)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full")
@pytest.mark.parametrize("arguments", [["--help"], ["runs"]])
def test_output_that_cannot_be_written_is_one_line(terminal, arguments):
    command = [sys.executable, "-m", "dpnb.cli", *arguments]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (1, "Error: No space left on device\n")


def test_picture_that_cannot_be_written_is_refused_before_anything_is_executed(terminal):
    picture = terminal.folder / "nowhere" / "dag.svg"
    said = terminal.dpnb("plan", terminal.notebook("1 / 0"), "--svg", picture, code=2)
    assert "Nothing can be written to the folder" in said


def test_deadline_exits_with_5(terminal):
    said = terminal.dpnb("run", terminal.notebook("while True: pass"), "--timeout", "4", code=5)
    assert "deadline of 4 s" in said
    said = terminal.dpnb("run", terminal.notebook("while True: pass"), "--cell-timeout", "1", code=5)
    assert "deadline of 1 s in code cell 2" in said


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_interrupt_exits_with_130_and_keeps_the_copy(terminal):
    mark = terminal.folder / "mark"
    waits = f"import pathlib, time; pathlib.Path({str(mark)!r}).touch(); time.sleep(300)"
    process = terminal.start("run", terminal.notebook("print('so far')", waits))
    until(mark.exists)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, out + err
    assert "interrupted in code cell 3" in err
    assert place(out, "page").exists()
    assert nbformat.read(place(out, "notebook"), as_version=4).cells[1].outputs[0].text == "so far\n"


def test_notebook_without_tasks_is_executed_and_says_so(terminal):
    said = terminal.dpnb("run", terminal.notebook("print(year)"), "-p", "yaer=3")
    assert "defines no task" in said
    assert "take the parameter 'yaer'" in said


def test_plan_starts_nothing(terminal):
    picture = terminal.folder / "dag.svg"
    said = terminal.dpnb("plan", terminal.notebook(TASKS, START, "never"), "--svg", picture, "-p", "year=2013")
    assert re.search(r"0 +항공편 +function +etl +year ← run parameter", said)
    assert re.search(r"2 +divide .* total", said)
    assert "3 tasks on 3 levels" in said
    assert "항공편" in picture.read_text()
    assert not (terminal.home / "ledger.db").exists()
    assert not list(terminal.home.rglob("*.ipynb"))


def test_plan_tells_how_long_tasks_that_ran_before_will_take(terminal):
    notebook = terminal.notebook(TASKS)
    terminal.dpnb("run", notebook, code=1)
    said = terminal.dpnb("plan", notebook)
    assert re.search(r"expected +about .* on \d+ workers?; 2 of 3 tasks have run before", said)


def test_plan_tells_what_still_stands_and_what_has_made_a_task_stale(terminal):
    terminal.dpnb("run", terminal.notebook(TASKS), code=1)
    said = terminal.dpnb("plan", terminal.notebook(TASKS), "--reuse", "fresh")
    assert re.search(r"expected +1 of 3 tasks runs; 2 are reused", said)
    assert re.search(r"항공편 +◇ fresh +fresh since run_", said)
    assert re.search(r"divide +◐ stale +nothing is stored of it", said)
    edited = terminal.notebook(TASKS.replace("[year, 1]", "[year, 2]"))
    said = terminal.dpnb("plan", edited, "--reuse", "fresh", "--explain", "total")
    assert re.search(r"total +◔ stale\? +upstream `항공편` will run", said)
    assert re.search(r"freshness +stale: upstream `항공편` will run ← task `항공편` changed in cell \[\d+\]", said)
    assert "+    return [year, 2]" in said
    said = terminal.dpnb("plan", edited, "--explain", "totl", code=3)
    assert "Unknown task 'totl'" in said
    assert "did you mean 'total'" in said


def test_run_takes_over_what_has_not_changed_if_it_is_asked_to(terminal):
    terminal.dpnb("run", terminal.notebook(TASKS), code=1)
    said = terminal.dpnb("run", terminal.notebook(TASKS), "--reuse", "fresh", code=1)
    assert re.search(r"항공편 +♻ reused", said)
    assert re.search(r"divide +✕ failed", said)
    said = terminal.dpnb("run", terminal.notebook(TASKS), code=1)
    assert re.search(r"항공편 +✓ succeeded", said)


def test_runs_and_show_know_what_ran(terminal):
    none = f"No run yet in {terminal.home}.\n"
    assert (terminal.dpnb("runs"), terminal.dpnb("show", code=1)) == (none, none)
    terminal.dpnb("run", terminal.notebook(TASKS), code=1)
    (run,) = terminal.ledger.runs()
    assert re.search(rf"{run.run_id} +✕ failed .* 3 ", terminal.dpnb("runs"))
    for name in ("latest", run.run_id, run.run_id[:-2]):
        said = terminal.dpnb("show", name)
        assert "ZeroDivisionError" in said
        assert re.search(r"항공편 +result_001 +list", said)
    said = terminal.dpnb("show", "latest", "--task", "total")
    assert "adding up" in said
    assert "2013" in said
    said = terminal.dpnb("show", "latest", "--task", "totl", code=1)
    assert "did you mean 'total'" in said
    said = terminal.dpnb("show", run.run_id[:-2] + "x", code=1)
    assert f"Hint: the closest are '{run.run_id}'; `dpnb runs` lists the runs of this workspace.\n" in said
