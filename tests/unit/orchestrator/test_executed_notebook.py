"""Finding the notebook that a task has executed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from dpnb import Workspace
from dpnb.errors import NoExecutedNotebookError
from dpnb.orchestrator.executed_notebook import ExecutedNotebook, find_notebook


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
