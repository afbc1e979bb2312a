"""The executed copy of a notebook: written after every cell, and in the end moved to the run that came of it."""

from __future__ import annotations

import os
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dpnb.notebook.origin import ABOUT, COPY, KERNEL, ON_THEIR_WAY, SOURCE, relative_place
from dpnb.notebook.page import html_page
from dpnb.results.atomic_file import AtomicFile

if TYPE_CHECKING:
    from pathlib import Path

    from nbformat import NotebookNode

    from dpnb.notebook.kernel_process import KernelProcess

MOST_OF_A_NAME_BYTES = 160  # of the 255 that a file's name may have: the rest tells the copies of a notebook apart


class ExecutedCopy:
    """A notebook on its way through its cells.

    Until a run is known the copy lies in ``{home}/notebooks/``, under the notebook's name and the time in UTC; that is
    also where it stays if no run comes about. Each execution has a copy of its own, also where one notebook is executed
    several times at once, by one process or by several machines.
    """

    def __init__(self, notebook: NotebookNode, *, source: Path, home: Path) -> None:
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        self.notebook = notebook
        notebook.metadata[ABOUT] = {SOURCE: relative_place(source, home)}
        self.source = source
        self.path = home / ON_THEIR_WAY / f"{_shortened(source.stem)}-{stamp}-{secrets.token_hex(6)}.ipynb"

    def note_kernel(self, kernel: KernelProcess) -> None:
        """Remember what executes it: of a run whose notebook was killed on its way, this copy is found by that."""
        self.notebook.metadata[ABOUT][KERNEL] = kernel.to_plain()
        self.save()

    def save(self) -> None:
        """Write the copy as it now is; a reader never sees half of it."""
        import nbformat

        _write(self.path, nbformat.writes(self.notebook))

    def move_to(self, run_folder: Path) -> None:
        """Let the copy lie with its run."""
        run_folder.mkdir(parents=True, exist_ok=True)
        target = run_folder / COPY
        if self.path.exists():
            self.path.replace(target)
        self.path = target

    def publish(self) -> Path:
        """Write the copy a last time, and beside it as HTML; return where that lies."""
        self.save()
        page = self.path.with_suffix(".html")
        _write(page, html_page(self.notebook, title=self.source.stem, folder=self.source.parent))
        return page


def _shortened(name: str) -> str:
    """Return as much of a name as fits, in whole characters."""
    return os.fsencode(name)[:MOST_OF_A_NAME_BYTES].decode(errors="ignore")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with AtomicFile(str(path.parent)) as draft:
        with open(draft.fd, "w", encoding="utf-8", closefd=False) as file:
            file.write(text)
        draft.commit(str(path), modified_ns=None)
