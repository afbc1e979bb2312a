"""Notebooks made of a few cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

if TYPE_CHECKING:
    from pathlib import Path

    from nbformat import NotebookNode


def write_notebook(path: Path, *cells: str | NotebookNode, defaults: str = "") -> Path:
    """Write code cells and others, after a cell of parameters where there are defaults."""
    first = [new_code_cell(defaults, metadata={"tags": ["parameters"]})] if defaults else []
    given = [new_code_cell(cell) if isinstance(cell, str) else cell for cell in cells]
    nbformat.write(new_notebook(cells=[*first, *given]), path)
    return path
