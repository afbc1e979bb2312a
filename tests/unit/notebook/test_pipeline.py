from __future__ import annotations

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from dpnb.errors import NotebookFormatError
from dpnb.notebook.pipeline import plan_notebook, run_notebook
from dpnb.notebook.preparation import NotebookRequest


class Silence:
    def kernel_started(self, *_):
        raise AssertionError("no kernel should start")

    cell_started = cell_ended = kernel_started


def test_selection_holds_only_what_was_given(tmp_path):
    request = NotebookRequest(path=tmp_path / "a.ipynb", home=tmp_path, tags=("etl",), parameters={"year": 2013})
    assert request.selection == {"tags": ["etl"], "params": {"year": 2013}}


@pytest.mark.parametrize("content", ["", "print(1)", "[]", '{"cells": 3}'])
async def test_file_that_is_no_notebook_is_refused_by_name(tmp_path, content):
    path = tmp_path / "보고서.ipynb"
    path.write_text(content)
    with pytest.raises(NotebookFormatError, match=r"'보고서\.ipynb' cannot be executed: it is no notebook"):
        await run_notebook(NotebookRequest(path=path, home=tmp_path / ".dpnb"), Silence())


async def test_notebook_in_another_language_is_refused(tmp_path):
    path = tmp_path / "a.ipynb"
    about = {"kernelspec": {"name": "ir", "display_name": "R", "language": "R"}}
    nbformat.write(
        new_notebook(cells=[new_code_cell("1", outputs=[new_output("stream", text="1")])], metadata=about), path
    )
    with pytest.raises(NotebookFormatError, match="its language is R"):
        await plan_notebook(NotebookRequest(path=path, home=tmp_path / ".dpnb"), Silence())
