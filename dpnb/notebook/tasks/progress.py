"""How far a notebook is, as its task's progress; and its copy, written as it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from dpnb.notebook.executed_copy import ExecutedCopy

_LONGEST_LINE = 60  # characters


class CellProgress:
    """Listens to an execution; `report` takes a fraction and a note, and may be called in any thread."""

    def __init__(self, copy: ExecutedCopy, added: Collection[str], report: Callable[[float, str], None]) -> None:
        self._copy = copy
        self._report = report
        own = [cell for cell in copy.notebook.cells if cell.cell_type == "code" and cell.id not in added]
        self._lines = [first_line(cell.source) for cell in own]

    def kernel_started(self, pid: int, cells: int) -> None:
        """Keep the copy from now on."""
        del pid, cells
        self._copy.save()

    def cell_started(self, number: int) -> None:
        """Say which cell is executed: ``cell 3 of 9: late = …``; that of parameters is none of them."""
        if not number:
            return
        line = self._lines[number - 1]
        note = f"cell {number} of {len(self._lines)}"
        self._report((number - 1) / len(self._lines), f"{note}: {line}" if line else note)

    def cell_ended(self) -> None:
        """Keep what there is of the copy."""
        self._copy.save()


def first_line(source: str) -> str:
    r"""Return the first line of a cell that says something, bounded; a comment's words do.

    Examples
    --------
    >>> first_line("\n# Who is late?\nlate = delays > 15")
    'Who is late?'
    """
    lines = (line.strip().removeprefix("#").strip() for line in source.splitlines())
    line = next(filter(None, lines), "")
    return line if len(line) <= _LONGEST_LINE else f"{line[: _LONGEST_LINE - 1]}…"
