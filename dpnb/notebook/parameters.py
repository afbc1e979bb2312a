"""Parameters for a notebook, by papermill's conventions.

The cell tagged ``parameters`` holds the defaults. What the caller gives comes in a cell of its own right after it,
tagged ``injected-parameters``, or on top where there is none; a cell that an earlier execution injected is replaced.
https://papermill.readthedocs.io/en/latest/usage-parameterize.html
"""

from __future__ import annotations

import ast
import json
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nbformat import NotebookNode

PARAMETERS = "parameters"
INJECTED = "injected-parameters"

_WORDS = {"True": True, "False": False, "None": None}


def parse_value(text: str) -> Any:
    """Return the value that `text` names: JSON, or one of Python's ``True``, ``False``, ``None``; else the text itself.

    Examples
    --------
    >>> [parse_value(text) for text in ("2013", "1e3", "true", "None", '["EWR", "JFK"]', "EWR", "007", "2013-01-01")]
    [2013, 1000.0, True, None, ['EWR', 'JFK'], 'EWR', '007', '2013-01-01']
    """
    if text in _WORDS:
        return _WORDS[text]
    try:
        return json.loads(text)
    except ValueError:
        return text


def parse_assignment(text: str) -> tuple[str, Any]:
    """Return name and value of ``name=value``.

    Raises
    ------
    ValueError
        Where there is no ``=``, or what stands before it is no Python name.
    """
    name, equals, value = text.partition("=")
    name = name.strip()
    if not equals or not name.isidentifier():
        raise ValueError(f"{text!r} is not of the form name=value")
    return name, parse_value(value)


def python_literal(value: Any) -> str:
    """Return Python source for a value that JSON can hold, infinities included."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {python_literal(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(python_literal, value)) + "]"
    if isinstance(value, float) and not math.isfinite(value):
        return f"float({str(value)!r})"
    return repr(value)


def inject(notebook: NotebookNode, parameters: Mapping[str, Any]) -> None:
    """Put a cell that assigns `parameters` in its place in `notebook`; without parameters, leave it as it is."""
    if not parameters:
        return
    from nbformat.v4 import new_code_cell

    lines = ["# Parameters", *(f"{name} = {python_literal(value)}" for name, value in parameters.items())]
    cell = new_code_cell("\n".join(lines), metadata={"tags": [INJECTED]})
    earlier, defaults = _first_tagged(notebook, INJECTED), _first_tagged(notebook, PARAMETERS)
    if earlier is not None:
        notebook.cells[earlier] = cell
    else:
        notebook.cells.insert(0 if defaults is None else defaults + 1, cell)


def unknown_to_defaults(notebook: NotebookNode, names: Iterable[str]) -> list[str]:
    """Return those names that the cell of defaults does not assign; none where there is no such cell."""
    at = _first_tagged(notebook, PARAMETERS)
    if at is None:
        return []
    try:
        tree = ast.parse(notebook.cells[at].source)
    except SyntaxError:  # magics, perhaps
        return []
    assigned = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return [name for name in names if name not in assigned]


def _first_tagged(notebook: NotebookNode, tag: str) -> int | None:
    return next((at for at, cell in enumerate(notebook.cells) if tag in cell.metadata.get("tags", ())), None)
