"""Panels in a real kernel, heard and clicked through its messages as a front end does it."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from tests.front_end import MARK, FrontEnd, notebook_kernel

pytestmark = pytest.mark.integration

WIDGET = "application/vnd.jupyter.widget-view+json"
STATIC = {"text/html", "text/plain", "image/svg+xml"}
DEFINE = """
import time
from pathlib import Path
from dpnb import Orchestrator, get_planner, get_registry, task

get_registry().clear()

@task
def 적재() -> int:
    return 1

@task
def 보고(적재: int) -> float:
    while not Path({gate!r}).exists():
        time.sleep(0.02)
    return 적재 / int(Path({gate!r}).read_text())
"""
START = "run = Orchestrator(workers=1).start_pipeline(get_planner().create_execution_plan())\n"


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """Give a kernel that all tests share: starting one takes longer than they do."""
    with notebook_kernel(tmp_path_factory.mktemp("kernel")) as started:
        yield started


@pytest.fixture
def gate(tmp_path):
    return tmp_path / "gate"


@pytest.fixture
def front(client, gate) -> FrontEnd:
    """Give a front end whose kernel knows two tasks, the second of which waits for the gate."""
    opened = FrontEnd(client)
    opened.execute(DEFINE.format(gate=str(gate)))
    return opened


def let_pass(gate: Path, divisor: str = "1") -> None:
    written = gate.with_suffix(".new")
    written.write_text(divisor)
    written.replace(gate)


def test_a_run_that_goes_has_a_live_view_and_leaves_a_picture(front, gate):
    front.execute(START + "run")
    assert set(front.output()) == STATIC, "what is saved meanwhile needs no kernel"
    assert front.is_live()
    assert "while the run was going" in front.output()["text/plain"]
    let_pass(gate)
    front.until(lambda: not front.is_live())
    assert set(front.output()) == STATIC
    assert "succeeded · 2 succeeded" in front.output()["text/plain"]
    front.until(lambda: not front.runs())


def test_a_click_that_is_sent_again_is_done_once_and_a_second_one_kills(front):
    front.execute(START + "import dpnb.orchestrator.driver as d; cancels = []; cancel = d.RunDriver.cancel")
    front.execute("d.RunDriver.cancel = lambda self, **how: (cancels.append(how), cancel(self, **how))[1]\nrun")
    (run,) = front.runs()
    for number in ("1", "1", "2", "1"):
        front.click(run, "cancel", number)
    front.until(lambda: not front.is_live())
    assert "cancelled" in front.output()["text/plain"]
    front.execute("d.RunDriver.cancel = cancel\nassert cancels == [{'at_once': False}, {'at_once': True}], cancels")


def test_a_run_that_has_ended_is_resumed_and_run_again_in_the_same_output(front, gate):
    let_pass(gate, "0")
    front.execute(START + "run.wait()\nrun.watch()")
    (first,) = front.runs()
    assert front.status(first) == "failed"
    assert front.is_live()
    gate.unlink()
    for action, number in (("rerun", "1"), ("resume", "2"), ("rerun", "1")):
        front.click(first, action, number)
    front.until(lambda: [answer["answered"] for answer in front.answers] == ["1", "2", "1"])
    _, second = front.runs()
    front.until(lambda: front.status(first) == "running")
    let_pass(gate)
    front.until(lambda: not front.is_live())
    text = front.output()["text/plain"]
    assert text.index(first) < text.index(second), "the rerun's picture lies below the first run's"
    assert text.count("\n✓ succeeded · ") == 2
    front.execute("assert list(run.tasks.attempts) == [1, 2]")


def test_a_program_that_executes_a_notebook_gets_the_picture_of_the_end(tmp_path, gate):
    let_pass(gate)
    cells = [new_code_cell(DEFINE.format(gate=str(gate))), new_code_cell(START + "run"), new_code_cell("run.watch()")]
    notebook = new_notebook(cells=cells)
    NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}).execute()
    nbformat.validate(notebook)
    for cell in notebook.cells[1:]:
        (output,) = cell.outputs
        assert set(output.data) == STATIC
        assert "succeeded · 2 succeeded" in output.data["text/plain"]
    assert "widgets" not in notebook.metadata


def test_a_front_end_that_needs_views_gets_one_beside_the_picture(front, gate):
    front.execute("__vsc_ipynb_file__ = 'a.ipynb'\n" + START + "run")
    front.execute("del __vsc_ipynb_file__")
    assert set(front.output()) == {*STATIC, WIDGET}
    assert MARK not in front.output()["text/html"]
    let_pass(gate)
    front.until(lambda: WIDGET not in front.output())
    assert set(front.output()) == STATIC


def test_a_view_of_an_ended_run_gives_way_to_its_picture_when_the_kernel_ends(front, gate):
    let_pass(gate)
    front.execute("__vsc_ipynb_file__ = 'a.ipynb'\n" + START + "run.wait()\nrun.watch()")
    front.execute("del __vsc_ipynb_file__")
    assert WIDGET in front.output()
    front.execute("import dpnb.notebook.panel.place as place; place.leave_pictures()")  # as atexit does
    front.until(lambda: WIDGET not in front.output())
    assert set(front.output()) == STATIC
    assert "Run run_" in front.output()["text/html"].partition('alt="')[2][:8], "the picture says what it is of"


def test_the_picture_that_would_be_saved_follows_the_run(front, gate):
    front.execute("import dpnb.notebook.panel.place as place; place.RENEW_S = place.RENEW_REST = 0.2\n" + START + "run")
    front.until(lambda: "1 running, 1 succeeded" in front.output()["text/plain"])
    assert front.is_live()
    let_pass(gate)
    front.until(lambda: not front.is_live())
    assert "while the run was going" not in front.output()["text/plain"]


def test_where_voila_executes_the_notebook_the_panel_stays_with_the_end_of_the_run(front, gate):
    front.execute("import os; os.environ['SERVER_SOFTWARE'] = 'voila/0.5'\n" + START + "run")
    (run,) = front.runs()
    let_pass(gate)
    front.until(lambda: front.status(run) == "succeeded")
    assert front.is_live(), "nothing that was displayed could be replaced there"
    front.execute("del os.environ['SERVER_SOFTWARE']")
