"""The notebook behind a task: its file, read anew whenever a plan or a run asks what it holds now."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from dpnb.notebook.parameters import INJECTED
from dpnb.notebook.preparation import OURS, read_notebook
from dpnb.notebook.tasks.cells_function import CellsCode

if TYPE_CHECKING:
    from pathlib import Path
    from types import FunctionType

    from nbformat import NotebookNode


class NotebookSource:
    """A notebook without its outputs: as its file holds it now or, once it has travelled, as it was then.

    A fingerprint takes it for its code cells as a function (`__wrapped__`), so that nothing counts but what they
    compute, with all that they import of the user's own. A pickle holds the notebook's text, so that a worker executes
    what was there when the run started.
    """

    def __init__(self, path: Path, text: str = "") -> None:
        self.path = path
        self._text = text
        self._read: tuple[tuple[int, int], _Contents] | None = None

    @property
    def contents(self) -> _Contents:
        """What it holds. Raises `NotebookFormatError`, `OSError`."""
        if self._text:
            return _Contents(self.path, self._text)
        state = self.path.stat()
        mark = (state.st_mtime_ns, state.st_size)
        if self._read is None or self._read[0] != mark:
            self._read = mark, _Contents(self.path, _bare_text(self.path))
        return self._read[1]

    @property
    def __wrapped__(self) -> FunctionType:
        return self.contents.cells.function(self.path.parent)

    def __reduce__(self) -> tuple[Any, ...]:
        return NotebookSource, (self.path, self.contents.text)

    def __repr__(self) -> str:
        return f"NotebookSource({str(self.path)!r})"


class _Contents:
    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self.text = text

    @cached_property
    def cells(self) -> CellsCode:
        """The code cells as one function's code."""
        sources = (cell.source for cell in self.notebook().cells if cell.cell_type == "code")
        return CellsCode.of(sources, self._path.stem)

    def notebook(self) -> NotebookNode:
        """Return the notebook, to be changed."""
        import nbformat

        notebook: NotebookNode = nbformat.reads(self.text, as_version=4)
        return notebook

    @cached_property
    def title(self) -> str:
        """The first line of prose, without the signs that make it a heading; empty where there is none."""
        prose = (cell.source for cell in self.notebook().cells if cell.cell_type == "markdown")
        lines = (line.strip("# \t") for text in prose for line in text.splitlines())
        return next(filter(None, lines), "")


def _bare_text(path: Path) -> str:
    """Return a notebook as text, without outputs and without the cells that an execution has added."""
    import nbformat

    notebook = read_notebook(path)
    notebook.cells = [cell for cell in notebook.cells if not {OURS, INJECTED} & set(cell.metadata.get("tags", ()))]
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        cell.id = f"cell-{number}"  # files of old formats get other ids each time they are read
    return str(nbformat.writes(notebook))
