"""The copy beside a run's results tells from which notebook it came, if it may be believed."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import nbformat
import pytest
from nbformat.v4 import new_notebook

from dpnb import Workspace
from dpnb.errors import NotebookGoneError, UntrustedStoreError
from dpnb.notebook.executed_copy import ExecutedCopy
from dpnb.notebook.kernel_process import KernelProcess
from dpnb.notebook.origin import notebook_of, parameters_of
from dpnb.notebook.parameters import inject
from dpnb.results import RunRecord, RunStatus
from dpnb.results.segments import encode_segment
from dpnb.results.trust import Trust

RUN = "런/1"


@pytest.fixture
def project(tmp_path):
    """Give a folder with a notebook, a workspace, and a run that came of it."""
    folder = tmp_path / "연구"
    source = folder / "notes" / "보고서.ipynb"
    source.parent.mkdir(parents=True)
    nbformat.write(new_notebook(), source)
    workspace = Workspace(folder / ".dpnb")
    workspace.base_path.mkdir(parents=True)
    Trust(str(workspace.base_path)).claim()
    executed = new_notebook()
    inject(executed, {"year": 2014})
    copy = ExecutedCopy(executed, source=source, home=workspace.home)
    copy.move_to(workspace.base_path / encode_segment(RUN))
    copy.save()
    return folder


def copy_in(folder):
    return Workspace(folder / ".dpnb").base_path / encode_segment(RUN) / "notebook.ipynb"


def test_a_run_tells_its_notebook_and_what_that_was_given(project):
    workspace = Workspace(project / ".dpnb")
    assert notebook_of(RUN, workspace) == project / "notes" / "보고서.ipynb"
    assert parameters_of(RUN, workspace) == {"year": 2014}
    assert notebook_of("another", workspace) is None
    assert parameters_of("another", workspace) == {}


def test_a_project_that_is_moved_finds_its_notebook(project, tmp_path):
    moved = tmp_path / "moved"
    shutil.move(project, moved)
    assert notebook_of(RUN, Workspace(moved / ".dpnb")) == moved / "notes" / "보고서.ipynb"


def test_a_notebook_that_is_not_there_is_named(project):
    (project / "notes" / "보고서.ipynb").unlink()
    with pytest.raises(NotebookGoneError, match="'보고서.ipynb', which run '런/1' came from, is not where it was"):
        notebook_of(RUN, Workspace(project / ".dpnb"))


@pytest.mark.parametrize("about", [None, {}, {"source": 1}, {"source": ""}, [], "x"])
def test_a_copy_that_tells_nothing_is_of_no_notebook(project, about):
    read = json.loads(copy_in(project).read_text())
    read["metadata"] = {} if about is None else {"dpnb": about}
    copy_in(project).write_text(json.dumps(read))
    assert notebook_of(RUN, Workspace(project / ".dpnb")) is None


def test_what_a_store_of_somebody_else_names_is_not_executed(project):
    (Workspace(project / ".dpnb").base_path / "store.json").unlink()
    with pytest.raises(UntrustedStoreError):
        notebook_of(RUN, Workspace(project / ".dpnb"))


def test_a_run_whose_execution_was_killed_is_found_by_its_kernel(project):
    workspace = Workspace(project / ".dpnb")
    source = project / "notes" / "보고서.ipynb"
    executed = new_notebook()
    inject(executed, {"year": 2020})
    (workspace.home / "notebooks").mkdir()
    (workspace.home / "notebooks" / "damaged.ipynb").write_text("{")
    kernel = KernelProcess(pid=7, started=1.5, host="here")
    ExecutedCopy(executed, source=source, home=workspace.home).note_kernel(kernel)
    begun = RunRecord(
        run_id="잘린", dag_id="d", status=RunStatus.RUNNING, started_us=1, pid=7, pid_started=1.5, host="here"
    )
    workspace.ledger.record([begun, replace(begun, run_id="later", pid_started=9.5)])
    assert notebook_of("잘린", workspace) == source
    assert parameters_of("잘린", workspace) == {"year": 2020}
    assert notebook_of("later", workspace) is None, "a process of the same id"
