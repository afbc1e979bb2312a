"""The quickstart, executed as ``make run`` does."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from dpnb import Workspace, get_run

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

QUICKSTART = Path(__file__).parents[2] / "notebooks" / "01_quickstart.ipynb"


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    home = tmp_path_factory.mktemp("quickstart") / ".dpnb"
    state = home.with_name("state")
    command = [sys.executable, "-m", "dpnb.cli", "run", str(QUICKSTART), "-p", "late_minutes=60"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DPNB_HOME", str(home))
        patch.setenv("DPNB_STATE_HOME", str(state))
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return Workspace(home), done.stdout


@pytest.fixture(autouse=True)
def same_user(executed, monkeypatch):
    """Let each test be the user who ran the notebook, and hence trusts its results."""
    monkeypatch.setenv("DPNB_STATE_HOME", str(executed[0].home.with_name("state")))


@pytest.fixture(scope="module")
def last(executed):
    return get_run("latest", executed[0])


def test_it_ends_with_a_table_of_its_tasks_and_where_everything_lies(executed, last):
    said = executed[1]
    assert len(re.findall(r"✓ succeeded +1 ", said)) == 13
    folder = executed[0].base_path / last.run_id
    for label, place in (
        ("notebook", folder / "notebook.ipynb"),
        ("page", folder / "notebook.html"),
        ("results", folder),
    ):
        assert re.search(rf"^{label} +{re.escape(str(place))}$", said, re.MULTILINE)
        assert place.exists()


def test_every_cell_shows_something_and_none_raises(executed, last):
    copy = nbformat.read(executed[0].base_path / last.run_id / "notebook.ipynb", as_version=4)
    outputs = [output for cell in copy.cells if cell.cell_type == "code" for output in cell.outputs]
    assert not [output for output in outputs if output.output_type == "error"]
    pictures = [output for output in outputs if "image/svg+xml" in output.get("data", {})]
    assert not [output for output in pictures if " running" in output.data["text/plain"]], "runs show how they ended"
    assert len(pictures) >= 4, "the plan, two runs that succeeded, and one that failed"
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 1


def test_page_opens_without_a_network(executed, last):
    page = (executed[0].base_path / last.run_id / "notebook.html").read_text(encoding="utf-8")
    assert not re.search(r"<script[^>]+src=|<link[^>]+href=|@import|url\(\s*['\"]?https?:", page)
    assert set(re.findall(r"<img[^>]+?src=['\"]?(\w+:)", page)) == {"data:"}


def test_one_run_failed_on_purpose_and_says_where(executed):
    workspace = executed[0]
    statuses = workspace.runs()["status"].tolist()
    assert statuses == ["succeeded", "failed", "succeeded"]
    failing = get_run(workspace.runs()["run_id"][1], workspace)
    assert failing.failures["task"].tolist() == ["carriers"]
    assert 'groupby("airlin")' in failing.failures["traceback"][0]


def test_parameter_from_the_terminal_reaches_the_tasks(last):
    assert last.params == {"late_minutes": 60}
    assert last["carriers"]["late"].max() < 0.2


def test_results_are_right(last):
    flights = last["flights"]
    assert flights.shape == (336_776, 19)
    assert last["quality"].round(3).to_dict() == {
        "airline": 1.0,
        "weather": 0.995,
        "destination": 0.977,
        "plane": 0.844,
    }
    assert last["daily"]["flights"].sum() == len(flights)
    assert last["carriers"].loc["Frontier Airlines Inc.", "flights"] == 685
    assert last["rain"]["late"].is_monotonic_increasing
    months = last["months"]
    assert len(months) == 12
    assert pd.concat(months).sort_index().equals(flights)
    worst = flights.groupby(["month", "day"])["arr_delay"].mean()
    assert last["worst_days"]["mean_delay"].tolist() == worst.groupby("month").max().tolist()
    assert last["chart"].startswith(b"\x89PNG")
