from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from dpnb.notebook.executed_copy import ExecutedCopy


@pytest.fixture
def copy(tmp_path):
    notebook = new_notebook(cells=[new_code_cell("1 + 1")])
    return ExecutedCopy(notebook, source=tmp_path / "항공편.ipynb", home=tmp_path / ".dpnb")


def test_copy_lies_in_the_workspace_under_the_notebooks_name(copy, tmp_path):
    copy.save()
    assert copy.path.parent == tmp_path / ".dpnb" / "notebooks"
    assert copy.path.name.startswith("항공편-")
    assert nbformat.read(copy.path, as_version=4).cells[0].source == "1 + 1"


def test_saving_again_replaces_the_copy_and_leaves_nothing_else(copy):
    copy.save()
    copy.notebook.cells[0].outputs = [new_output("stream", text="2")]
    copy.save()
    assert [path.name for path in copy.path.parent.iterdir()] == [copy.path.name]
    assert nbformat.read(copy.path, as_version=4).cells[0].outputs[0].text == "2"


def test_copy_moves_to_its_run(copy, tmp_path):
    copy.save()
    draft = copy.path
    copy.move_to(tmp_path / "runs" / "run_1")
    page = copy.publish()
    assert not draft.exists()
    assert sorted(path.name for path in (tmp_path / "runs" / "run_1").iterdir()) == ["notebook.html", "notebook.ipynb"]
    assert page == tmp_path / "runs" / "run_1" / "notebook.html"


def test_copy_that_was_never_saved_moves_too(copy, tmp_path):
    copy.move_to(tmp_path / "run")
    copy.publish()
    assert Path(tmp_path, "run", "notebook.ipynb").exists()
