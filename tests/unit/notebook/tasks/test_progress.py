from __future__ import annotations

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from dpnb.notebook.executed_copy import ExecutedCopy
from dpnb.notebook.tasks.progress import CellProgress, first_line


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("late = 1\nx", "late = 1"),
        ("\n\n#\n# 누가 늦나?\nx", "누가 늦나?"),
        ("", ""),
        ("x" * 80, "x" * 59 + "…"),
        ("%%time\nx", "%%time"),
    ],
)
def test_a_cell_is_called_by_its_first_words(source, line):
    assert first_line(source) == line


def test_cells_are_counted_as_in_the_file(tmp_path):
    injected = new_code_cell("top = 3")
    notebook = new_notebook(cells=[injected, new_markdown_cell("# Title"), new_code_cell("a"), new_code_cell("")])
    copy = ExecutedCopy(notebook, source=tmp_path / "보고.ipynb", home=tmp_path)
    said: list[tuple[float, str]] = []
    progress = CellProgress(copy, {injected.id}, lambda fraction, note: said.append((fraction, note)))
    progress.kernel_started(1, 2)
    for number in (0, 1, 2):
        progress.cell_started(number)
    assert said == [(0.0, "cell 1 of 2: a"), (0.5, "cell 2 of 2")]
    assert copy.path.exists()
