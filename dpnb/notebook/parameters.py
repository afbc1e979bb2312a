"""Parameters for a notebook, by papermill's conventions.

The cell tagged ``parameters`` holds the defaults. What the caller gives comes in a cell of its own right after it,
tagged ``injected-parameters``, or on top where there is none; a cell that an earlier execution injected is replaced.
https://papermill.readthedocs.io/en/latest/usage-parameterize.html
"""

from __future__ import annotations

import ast
import json
import keyword
import math
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

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
        Where there is no ``=``, or what stands before it cannot be a variable's name.
    """
    name, equals, value = text.partition("=")
    name = name.strip()
    if not equals or not name.isidentifier():
        raise ValueError(f"{text!r} is not of the form name=value")
    if not is_variable(name):
        raise ValueError(f"{name!r} is a word of Python's own, and no parameter can be named so")
    return name, parse_value(value)


def is_variable(name: str) -> bool:
    """Tell whether a cell can assign a variable of this name."""
    return name.isidentifier() and not keyword.iskeyword(name) and name != "__debug__"


def python_literal(value: Any) -> str:
    """Return Python source for a value that JSON can hold, infinities included."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {python_literal(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(python_literal, value)) + "]"
    if isinstance(value, tuple):
        return "(" + "".join(f"{python_literal(item)}, " for item in value) + ")"
    if isinstance(value, float) and not math.isfinite(value):
        return f"float({str(value)!r})"
    return repr(value)


def is_literal(value: Any) -> bool:
    """Tell whether `python_literal` can write a value so that the same comes of it.

    Examples
    --------
    >>> is_literal({"origins": ["EWR"], "late": float("inf")}), is_literal(object())
    (True, False)
    """
    if type(value) in (list, tuple):
        return all(map(is_literal, value))
    if type(value) is dict:
        return all(map(is_literal, [*value, *value.values()]))
    return type(value) in (bool, int, float, str, bytes, type(None))


def inject(notebook: NotebookNode, parameters: Mapping[str, Any]) -> None:
    """Put a cell that assigns `parameters` in its place in `notebook`; without parameters, leave it as it is."""
    if not parameters:
        return
    from nbformat.v4 import new_code_cell

    lines = ["# Parameters", *(f"{name} = {python_literal(value)}" for name, value in parameters.items())]
    cell = new_code_cell("\n".join(lines), metadata={"tags": [INJECTED]})
    earlier, defaults = _first_tagged(notebook, INJECTED), _first_tagged(notebook, PARAMETERS)
    if earlier is not None:
        cell.id = notebook.cells[earlier].id  # it stays the cell that it was
        notebook.cells[earlier] = cell
    else:
        notebook.cells.insert(0 if defaults is None else defaults + 1, cell)


def injected(cells: Iterable[NotebookNode]) -> dict[str, Any]:
    """Return the parameters that `inject` has put among these cells; of another's cell, those that are literals."""
    found: dict[str, Any] = {}
    for cell in cells:
        if INJECTED in cell.metadata.get("tags", ()):
            with suppress(SyntaxError):
                found |= _assigned_literals(ast.parse(cell.source))
    return found


def assigned_defaults(cells: Iterable[NotebookNode]) -> dict[str, Any]:
    """Return what the cell of defaults assigns: literals as their values, anything else as the code that makes it."""
    found: dict[str, Any] = {}
    cell = next((cell for cell in cells if PARAMETERS in cell.metadata.get("tags", ())), None)
    for statement in (_statements(cell.source) if cell is not None else None) or ():
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.expr() as value):
                found[name] = _default(value)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                found[name] = _default(value)
    return found


@dataclass(frozen=True, slots=True)
class Code:
    """The code of a default that is no literal."""

    text: str


def _default(source: ast.expr) -> Any:
    try:
        return _literal(source)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return Code(ast.unparse(source))


def _assigned_literals(module: ast.Module) -> dict[str, Any]:
    found = {}
    for statement in module.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                with suppress(ValueError):
                    found[name] = _literal(value)
    return found


def _literal(source: ast.expr) -> Any:
    """Return the value that `python_literal` has written. Raises `ValueError` for what it never writes."""
    match source:
        case ast.Call(func=ast.Name(id="float"), args=[ast.Constant(value=str(text))]):
            return float(text)
        case ast.Dict(keys=keys, values=values):
            return {ast.literal_eval(key): _literal(value) for key, value in zip(keys, values, strict=True) if key}
        case ast.List(elts=items):
            return [_literal(item) for item in items]
    return ast.literal_eval(source)


def unread(cells: Sequence[NotebookNode], names: Iterable[str]) -> list[str]:
    """Return those names that a notebook has no use for.

    Where it has a cell of defaults, these are the names that the cell does not assign; else those that no cell reads,
    or that a cell assigns before any reads them. The cell that was injected is not asked.
    """
    code = [cell for cell in cells if cell.cell_type == "code" and INJECTED not in cell.metadata.get("tags", ())]
    defaults = [cell for cell in code if PARAMETERS in cell.metadata.get("tags", ())]
    if not defaults:
        statements = [statement for cell in code for statement in _statements(cell.source) or ()]
        return [name for name in names if not _is_read_first(name, statements)]
    assigning = _statements(defaults[0].source)
    if assigning is None:
        return []
    assigned = {name for statement in assigning for name in _names(statement, ast.Store)}
    return [name for name in names if name not in assigned]


def _is_read_first(name: str, statements: Iterable[ast.stmt]) -> bool:
    for statement in statements:
        if name in _read(statement):
            return True
        if name in _names(statement, ast.Store):
            return False
    return False


def _names(tree: ast.AST, context: type[ast.expr_context]) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, context)}


def _read(statement: ast.stmt) -> set[str]:
    read = _names(statement, ast.Load)
    for node in ast.walk(statement):
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            read.add(node.target.id)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "get_ipython" in read:
            read.update(re.findall(r"\w+", node.value))  # what a magic or a shell is given
    return read


def _statements(source: str) -> list[ast.stmt] | None:
    """Return a cell's statements, its magics as the calls that IPython makes of them; None where it is not Python."""
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        return ast.parse(TransformerManager().transform_cell(source)).body  # type: ignore[no-untyped-call]
    except SyntaxError:
        return None


def _first_tagged(notebook: NotebookNode, tag: str) -> int | None:
    return next((at for at, cell in enumerate(notebook.cells) if tag in cell.metadata.get("tags", ())), None)
