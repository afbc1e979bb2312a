"""Which tasks a notebook's cells define, as far as their texts tell it: nothing is executed."""

from __future__ import annotations

import ast
from pathlib import PurePath
from typing import TYPE_CHECKING

from dpnb.errors import TaskDefinitionError
from dpnb.notebook.magics.task_line import read_task_line
from dpnb.notebook.tasks.cells_function import statements_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def defined_tasks(sources: Iterable[str]) -> frozenset[str]:
    r"""Return the names of the tasks that code cells define: by ``@task``, ``notebook_task``, or ``%%task``.

    Examples
    --------
    >>> sorted(defined_tasks(["@task(name='late')\ndef f(): ...", "notebook_task('report.ipynb')"]))
    ['late', 'report']
    """
    return frozenset(name for source in sources for name in _defined(source))


def _defined(source: str) -> Iterator[str]:
    try:
        statements = statements_of(source)
    except (SyntaxError, ValueError, RecursionError):
        return
    for node in (node for statement in statements for node in ast.walk(statement)):
        if isinstance(node, _FUNCTIONS):
            yield from (_named(one) or node.name for one in node.decorator_list if _called(one) == "task")
        elif isinstance(node, ast.Call):
            yield from _by_call(node)


def _by_call(call: ast.Call) -> Iterator[str]:
    texts = [one.value for one in call.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    match _called(call), texts:
        case "notebook_task", [path, *_]:
            yield _named(call) or PurePath(path).stem
        case "run_cell_magic", ["task", line, *_]:
            try:
                yield read_task_line(line).name
            except TaskDefinitionError:
                return


def _called(node: ast.expr) -> str:
    """Return the last name of what is called, or named: ``task`` of ``@dpnb.task(tags=…)``."""
    named = node.func if isinstance(node, ast.Call) else node
    if isinstance(named, ast.Attribute):
        return named.attr
    return named.id if isinstance(named, ast.Name) else ""


def _named(node: ast.expr) -> str:
    """Return the text of ``name=`` in a call; nothing where there is none."""
    keywords = node.keywords if isinstance(node, ast.Call) else []
    given = [one.value for one in keywords if one.arg == "name"]
    return str(given[0].value) if given and isinstance(given[0], ast.Constant) else ""
