"""Keeps a grammar that nobody asks for from being built wherever a notebook is read.

nbclient and nbformat import jsonschema. Where JupyterLab is installed, that imports ``rfc3987_syntax`` for texts whose
format is "iri", and this builds an Earley parser at its import: a second of every process that executes a notebook.
No schema of a notebook has such texts; who checks one in spite of that builds the parser then.
"""

from __future__ import annotations

import importlib
import sys
from contextlib import contextmanager
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "rfc3987_syntax"


@contextmanager
def iri_grammar_deferred() -> Iterator[None]:
    """Let what is imported within build the grammar when it is first used; the module itself stays as it was."""
    if NAME in sys.modules or find_spec(NAME) is None:
        yield
        return
    stand_in = ModuleType(NAME)
    stand_in.is_valid_syntax = _is_valid_syntax  # type: ignore[attr-defined]  # what jsonschema takes from it
    sys.modules[NAME] = stand_in
    try:
        yield
    finally:
        if sys.modules.get(NAME) is stand_in:
            del sys.modules[NAME]


def _is_valid_syntax(term: str, value: str) -> bool:
    return bool(importlib.import_module(NAME).is_valid_syntax(term, value))
