"""Which tasks a notebook names in ``dpnb.inputs["…"]``."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from dpnb.notebook.tasks.cells_function import statements_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def named_inputs(sources: Iterable[str]) -> tuple[str, ...]:
    """Return the names that code cells ask `dpnb.inputs` for, in their order; texts that are no Python name none.

    Examples
    --------
    >>> named_inputs(["import dpnb", "late = dpnb.inputs['delays']", "from dpnb import inputs", "inputs['weather']"])
    ('delays', 'weather')
    """
    return tuple(dict.fromkeys(name for source in sources for name in _named(source)))


def _named(source: str) -> Iterator[str]:
    try:
        statements = statements_of(source)
    except (SyntaxError, ValueError, RecursionError):
        return
    for node in (node for statement in statements for node in ast.walk(statement)):
        match node:
            case ast.Subscript(
                value=ast.Attribute(value=ast.Name(id="dpnb"), attr="inputs") | ast.Name(id="inputs"),
                slice=ast.Constant(value=str(name)),
            ):
                yield name
