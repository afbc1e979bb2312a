"""Executes the notebooks anew, and puts what their cells show into them: ``make notebooks``.

Each has a workspace of its own, but those in folders: these find what the notebook before them has stored.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path

import nbformat

from dpnb.notebook.headless import Limits, execute
from dpnb.notebook.kernel import KernelStart
from dpnb.notebook.preparation import read_notebook

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


def committed() -> list[Path]:
    """Return the notebooks in the order in which they are read."""
    return [*sorted(NOTEBOOKS.glob("*.ipynb")), *sorted(NOTEBOOKS.glob("*/*.ipynb"))]


class _Saying:
    def __init__(self, path: Path) -> None:
        self._name = str(path.relative_to(NOTEBOOKS.parent))

    def kernel_started(self, pid: int, cells: int) -> None:
        del pid
        print(f"{self._name}: {cells} cells", flush=True)

    def cell_started(self, number: int) -> None: ...

    def cell_ended(self) -> None: ...


async def refresh(path: Path, home: Path) -> None:
    """Execute a notebook as nbconvert would, so that runs show how they ended, and write it back."""
    notebook = read_notebook(path)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    start = KernelStart(env={"DPNB_HOME": str(home), "DPNB_STATE_HOME": str(home / "state")})
    await execute(notebook, path=path, limits=Limits(notebook=600), start=start, listener=_Saying(path))
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    nbformat.write(notebook, path)


def main(names: list[str]) -> None:
    """Refresh the notebooks whose names begin so; all of them without names."""
    os.environ.pop("DPNB_HEADLESS", None)
    with tempfile.TemporaryDirectory(prefix="dpnb-notebooks-") as folder:
        home = Path(folder)
        for path in committed():
            home = home if path.parent != NOTEBOOKS else Path(folder) / path.stem
            if not names or any(path.name.startswith(name) for name in names):
                asyncio.run(refresh(path, home))


if __name__ == "__main__":
    main(sys.argv[1:])
