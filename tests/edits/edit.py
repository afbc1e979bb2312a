"""One row of the table of edits: some cells, what becomes of them, and what has to run again."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self

_NUMBERED = re.compile(r"(?<=[^\W\d])_0\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Cells as they are run first, and the edit.

    All rows share a kernel, so every name of a row ends in ``_0``, which becomes the number of the row. The task that
    all is about is called ``out_0``.

    Parameters
    ----------
    cells
        The cells, in the order in which they are executed first.
    edits
        What becomes of some of them, by position, in the order in which they are executed then; one past the last is a
        new cell, None executes a cell as it is.
    gives
        What ``out_0`` gives, before and after, and after the restart if that is something else; None where it failed.
    ran
        The tasks that run again. All others of the row are reused.
    why
        What the explanation of each task that runs must say; of ``out_0``, if none runs.
    late
        The tasks that run after the restart only, because the edit reaches them only when all cells are executed.
    again
        The tasks that run each time, edited or not.
    is_untracked
        Whether `again` holds only as long as what cannot be tracked is not taken for fresh.
    in_order
        Whether the cells can only be executed in this order.
    files, edited_files
        Modules of the project and other files: paths and texts.
    params, edited_params
        Run parameters.
    """

    name: str
    cells: tuple[str, ...]
    edits: Mapping[int, str | None]
    gives: tuple[Any, ...]
    ran: frozenset[str] = frozenset({"out_0"})
    why: str = "fresh since run"
    late: frozenset[str] = frozenset()
    again: frozenset[str] = frozenset()
    is_untracked: bool = False
    in_order: bool = False
    files: Mapping[str, str] = field(default_factory=dict)
    edited_files: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)
    edited_params: Mapping[str, Any] = field(default_factory=dict)

    def numbered(self, number: int) -> Self:
        """Return the row with names of its own."""
        held = {one.name: getattr(self, one.name) for one in fields(self)}
        return type(self)(**{name: _numbered(value, number) for name, value in held.items()})

    @property
    def out(self) -> str:
        """The task that all is about."""
        return next(found[0] for cell in self.cells if (found := re.search(r"\bout_\d+\b", cell)))

    @property
    def executed_again(self) -> list[str]:
        """The cells that are executed for the edit."""
        return [self.cells[at] if cell is None else cell for at, cell in self.edits.items()]

    @property
    def edited_cells(self) -> list[str]:
        """All cells, as they stand in the notebook after the edit."""
        after = dict(enumerate(self.cells))
        after.update((at, cell) for at, cell in self.edits.items() if cell is not None)
        return [after[at] for at in sorted(after)]


def _numbered(value: Any, number: int) -> Any:
    match value:
        case str():
            return _NUMBERED.sub(f"_{number}", value)
        case tuple() | frozenset():
            return type(value)(_numbered(item, number) for item in value)
        case dict():
            return {_numbered(key, number): _numbered(item, number) for key, item in value.items()}
    return value


def rewritten(cell: str) -> str:
    """Write a cell in another way: formatted anew, with other comments and other docstrings."""
    if cell.startswith("%"):
        return cell
    tree = ast.parse(cell)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            is_described = ast.get_docstring(node) is not None
            node.body[: 1 if is_described else 0] = [ast.Expr(ast.Constant("다시 씀: said in other words."))]
    return f"# after a restart\n\n{ast.unparse(ast.fix_missing_locations(tree))}  # so"
