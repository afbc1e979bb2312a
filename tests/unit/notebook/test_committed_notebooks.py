"""The notebooks as they are committed: executed, true without a kernel, and of no machine."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

from dpnb.notebook.page import html_page
from tests.refresh_notebooks import NOTEBOOKS, committed

# Where people and systems keep things: none of it may stand in what others read.
OF_A_MACHINE = re.compile(
    r"(?<![\w.])/(?:home|root|Users|tmp|private|var|opt|work|mnt)/|site-packages|ipykernel_\d|[A-Z]:\\\\Users|127\.0\.0\.1:\d"
)
STATIC = {"text/plain", "text/html", "image/svg+xml", "image/png"}
OUTSIDE = re.compile(r"<script[^>]+src=|<link[^>]+href=|@import|url\(\s*['\"]?https?:")
LARGEST_BYTES = 1_000_000


@pytest.fixture(params=committed(), ids=lambda path: path.stem)
def path(request: pytest.FixtureRequest) -> Path:
    found: Path = request.param
    return found


@pytest.fixture
def notebook(path):
    return nbformat.read(path, as_version=4)


def outputs(notebook):
    return [(cell, output) for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]


def test_there_are_the_six_and_what_they_execute():
    names = [str(path.relative_to(NOTEBOOKS)) for path in committed()]
    assert names == [
        "01_quickstart.ipynb",
        "02_events_and_schedules.ipynb",
        "03_reruns_and_comparison.ipynb",
        "04_streams_and_failures.ipynb",
        "05_notebooks_as_tasks_and_reports.ipynb",
        "06_scale_out_with_dask.ipynb",
        "reports/late_flights.ipynb",
    ]


def test_each_cell_was_executed_in_its_order(notebook):
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert outputs(notebook)


def test_what_is_shown_needs_no_kernel(notebook):
    assert "widgets" not in notebook.metadata
    assert {mime for _, output in outputs(notebook) for mime in output.get("data", {})} <= STATIC


def test_nothing_is_shown_that_went_wrong_unless_the_cell_says_so(notebook):
    wrong = [
        output
        for cell, output in outputs(notebook)
        if output.get("name") == "stderr"
        or (output.output_type == "error" and "raises-exception" not in cell.metadata.get("tags", ()))
    ]
    assert wrong == []


def test_runs_are_shown_as_they_ended(notebook):
    shown = [
        output["data"]["text/plain"] for _, output in outputs(notebook) if "image/svg+xml" in output.get("data", {})
    ]
    assert [text for text in shown if " running" in text or " pending" in text] == []


def test_it_names_no_place_of_a_machine(path):
    text = path.read_text(encoding="utf-8")
    assert OF_A_MACHINE.findall(text) == []
    assert str(Path.home()) not in text


def test_it_is_small_enough_to_be_read(path):
    assert path.stat().st_size < LARGEST_BYTES


def test_its_page_has_all_its_pictures_and_asks_for_nothing(path, notebook):
    page = html_page(notebook, title=path.stem, folder=path.parent)
    assert not OUTSIDE.search(page)
    assert set(re.findall(r"<img[^>]+?src=['\"]?(\w+:)", page)) <= {"data:"}
    pictures = [
        output for _, output in outputs(notebook) if {"image/png", "image/svg+xml"} & set(output.get("data", {}))
    ]
    assert len(re.findall(r"<img|<svg", page)) >= len(pictures) > 0


@pytest.mark.parametrize(
    "text", ["/home/ana/x", "'/tmp/ipykernel_1/2.py'", "lib/python3/site-packages/pandas", "/Users/ana"]
)
def test_places_of_machines_are_known_as_such(text):
    assert OF_A_MACHINE.search(text)
