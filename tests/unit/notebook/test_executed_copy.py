from __future__ import annotations

import threading
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


def test_copies_of_one_notebook_executed_at_once_never_meet(copy, tmp_path):
    others = [ExecutedCopy(new_notebook(), source=copy.source, home=tmp_path / ".dpnb") for _ in range(20)]
    for one in (copy, *others):
        one.save()
    assert len({one.path for one in (copy, *others)}) == 21
    others[0].move_to(tmp_path / "run")
    assert nbformat.read(copy.path, as_version=4).cells[0].source == "1 + 1"
    assert len(list(copy.path.parent.iterdir())) == 20


def test_drafts_of_two_that_write_one_copy_never_meet(tmp_path):
    notebook = new_notebook(cells=[new_code_cell("1")])
    copies = [ExecutedCopy(notebook, source=tmp_path / "노트.ipynb", home=tmp_path) for _ in range(2)]
    for one in copies:
        one.move_to(tmp_path / "run")
    writers = [threading.Thread(target=lambda one=one: [one.save() for _ in range(50)]) for one in copies]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["notebook.ipynb"]


def test_notebook_with_the_longest_name_has_a_copy_and_a_page(tmp_path):
    source = tmp_path / f"{'가' * 82}.ipynb"
    source.touch()  # the file system takes the name
    copy = ExecutedCopy(new_notebook(), source=source, home=tmp_path)
    copy.publish()
    assert copy.path.name.startswith("가" * 50)
