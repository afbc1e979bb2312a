"""Finding the notebook that a task has executed."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from dpnb import Workspace
from dpnb.errors import NoExecutedNotebookError
from dpnb.orchestrator.executed_notebook import ExecutedNotebook, find_notebook
from dpnb.results import FilesystemIOManager
from dpnb.results.layout import COMPANIONS


@dataclass
class Recorded:
    workspace: Workspace
    run_id: str = "run_1"


@pytest.fixture
def run(tmp_path):
    return Recorded(Workspace(tmp_path / "store"))


def leave(run: Recorded, *names: str, task: str = "보고") -> Path:
    folder = run.workspace.base_path / run.run_id / task
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_text("")
    return folder


def test_the_last_attempt_of_the_last_owner_counts(run):
    leave(run, "result_001.ipynb", "result_009.ipynb", "result_002_lease_3.ipynb", "result_002_lease_3.html")
    found = find_notebook(run, "보고")
    assert found.path.name == "result_002_lease_3.ipynb"
    assert found.page == found.path.with_suffix(".html")


def test_an_attempt_can_be_named(run):
    leave(run, "result_001.ipynb", "result_002.ipynb")
    assert find_notebook(run, "보고", 1).path.name == "result_001.ipynb"
    assert find_notebook(run, "보고", 1).page is None
    with pytest.raises(NoExecutedNotebookError):
        find_notebook(run, "보고", 3)


def test_a_task_without_one_is_told(run):
    leave(run, "result_001.pkl", "attempt_1.log")
    with pytest.raises(NoExecutedNotebookError, match=r"'보고' has left no executed notebook in run 'run_1'.\nHint"):
        find_notebook(run, "보고")


def test_it_is_called_as_it_is_found_from_here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = tmp_path / "a" / "x.html"
    assert repr(ExecutedNotebook(path=page, page=page)) == f"<executed notebook: {Path('a') / 'x.html'}>"
    far = Path("/far/away/x.ipynb")
    assert str(far) in repr(ExecutedNotebook(path=far, page=None))


def test_a_page_that_was_never_written_cannot_be_shown():
    with pytest.raises(FileNotFoundError, match="cut off"):
        ExecutedNotebook(path=Path("x.ipynb"), page=None).show()


@pytest.fixture
def store(tmp_path):
    return FilesystemIOManager(tmp_path / "runs", trust=True)


def address(run_id: str) -> dict[str, str]:
    return {"run_id": run_id, "task_name": "보고", "task_result_id": "r1"}


@pytest.fixture
def stored(store):
    """Store, as a result of run a, where its copies lie; return what was stored and its record."""
    path, page = (store.base_path / "later" / f"r1{suffix}" for suffix in COMPANIONS)
    record = store.write(**address("a"), value=ExecutedNotebook(path=path, page=page))
    file = store.base_path / record.path
    for suffix in COMPANIONS:
        file.with_suffix(suffix).write_text(f"written as {suffix}", "utf-8")
    return record


def test_what_another_run_has_taken_over_tells_of_its_own_copies_and_outlives_the_first(store, stored):
    store.link(stored, run_id="b")
    first, taken = store.load(**address("a")), store.load(**address("b"))
    assert taken.path != first.path
    shutil.rmtree((store.base_path / stored.path).parents[1])
    assert taken.path.read_text("utf-8") == "written as .ipynb"
    assert taken.page.read_text("utf-8") == "written as .html"


def test_it_tells_what_was_stored_where_no_copy_lies_beside_it(store):
    told = ExecutedNotebook(path=store.base_path / "gone.ipynb", page=None)
    store.write(**address("a"), value=told)
    assert store.load(**address("a")) == told
