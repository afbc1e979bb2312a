"""Results browsed in a real kernel, asked through its messages as a page asks."""

from __future__ import annotations

import re

import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from tests.front_end import FrontEnd, notebook_kernel

pytestmark = pytest.mark.integration

DEFINE = """
import time
import numpy as np
import pandas as pd
from dpnb import InlineExecutor, Orchestrator, browse, get_planner, get_registry, task

get_registry().clear()

@task
def 항공편() -> pd.DataFrame:
    return pd.DataFrame({"n": np.arange(300_000)[::-1], "<b>": pd.array(["x", "y"] * 150_000, dtype="str")})

run = Orchestrator(executor=InlineExecutor()).start_pipeline(get_planner().create_execution_plan()).wait()
"""


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with notebook_kernel(tmp_path_factory.mktemp("kernel")) as started:
        yield started


@pytest.fixture
def front(client):
    opened = FrontEnd(client)
    opened.execute(DEFINE)
    return opened


def shown(front):
    """Return the HTML of the only output, and the comm of the widget that its key names."""
    (output,) = front.shown.values()
    assert set(output) == {"text/html", "text/plain"}
    (key,) = re.findall(r'<dpnb-browser data-key="(\w+)">', output["text/html"])
    (comm,) = [comm for comm, state in front.models.items() if state.get("key") == key]
    return output["text/html"], comm


def ask(front, comm, **request):
    front.send(comm, {**request, "id": str(request)})
    front.until(lambda: front.answers)
    reply = front.answers.pop()
    assert reply["id"] == str(request)
    return reply["answer"]


@pytest.mark.parametrize("cell", ["browse(run, '항공편')", "run.browse('항공편')", "browse(run.run_id, '항공편')"])
def test_a_cell_shows_the_first_rows_and_the_rest_page_by_page(front, cell):
    front.execute(cell)
    html, comm = shown(front)
    assert "299999" in html
    assert "&lt;b&gt;" in html
    assert ask(front, comm, ask="describe")["rows"] == 300_000
    page = ask(front, comm, ask="page", offset=299_998, limit=5, view={"sort": [{"column": 0}]})
    assert page["cells"] == [["299998", "299999"], ["y", "x"]]


def test_a_page_that_is_being_sorted_comes_though_the_next_cell_goes_on(front, tmp_path):
    front.execute("browse(run, '항공편')")
    _, comm = shown(front)
    gate = tmp_path / "gate"
    wait = f"from pathlib import Path\nwhile not Path({str(gate)!r}).exists():\n    time.sleep(0.02)"
    front.send(comm, {"ask": "page", "limit": 1, "view": {"sort": [{"column": 1}, {"column": 0}]}, "id": "1"})
    front.client.execute(wait, allow_stdin=True)
    front.until(lambda: front.answers)
    assert front.answers.pop()["answer"]["rows"] == [299_998]
    gate.touch()
    front.execute("pass")


def test_a_program_that_executes_a_notebook_keeps_the_first_rows(tmp_path):
    notebook = new_notebook(cells=[new_code_cell(DEFINE), new_code_cell("browse(run, '항공편')")])
    NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}).execute()
    (output,) = notebook.cells[1].outputs
    assert set(output.data) == {"text/html", "text/plain"}
    assert "dpnb-browser" not in output.data["text/html"]
    assert "300,000 rows × 2 columns" in output.data["text/plain"]
    assert "widgets" not in notebook.metadata
