"""Modules that lie beside a notebook: its kernel imports them, the process that plans perhaps cannot."""

from __future__ import annotations

import ast
import importlib.util
import sys
from typing import TYPE_CHECKING

from dpnb.registry.fingerprint.digests import text_digest
from dpnb.registry.fingerprint.syntax import normal_form

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


def local_modules(statements: Iterable[ast.AST], folder: Path) -> dict[str, str]:
    """Return digests of the modules in `folder` that these statements import, and of those that these import.

    What this process would import from elsewhere under the same name is left out: a fingerprint reads that by itself,
    name by name. Of the modules here all of their code counts.
    """
    found: dict[str, str] = {}
    waiting = list(_imported(statements))
    for name in waiting:  # grows meanwhile
        file = None if name in found or _is_known(name) else _file_of(name, folder)
        if file is not None:
            tree = _parsed(file)
            found[name] = text_digest(file.read_text(errors="replace") if tree is None else normal_form(tree))
            waiting.extend(_imported([tree]) if tree is not None else ())
    return dict(sorted(found.items()))


def _imported(trees: Iterable[ast.AST]) -> Iterator[str]:
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _is_known(name: str) -> bool:
    top = name.partition(".")[0]
    if top in sys.stdlib_module_names or top in sys.modules:
        return True
    try:
        return importlib.util.find_spec(top) is not None
    except (ImportError, ValueError):
        return False


def _file_of(name: str, folder: Path) -> Path | None:
    place = folder.joinpath(*name.split("."))
    candidates = (place.with_name(f"{place.name}.py"), place / "__init__.py")
    return next((file for file in candidates if file.is_file()), None)


def _parsed(file: Path) -> ast.Module | None:
    try:
        return ast.parse(file.read_bytes())
    except (SyntaxError, ValueError):
        return None
